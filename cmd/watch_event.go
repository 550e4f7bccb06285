package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"tokpit/internal/clean"
)

// event is something that happened while nobody looked.
type event struct {
	What  string // "start", "sync", "alert", "note", "target", "digest", "told", "untold", "error", "end"
	Name  string // the source, budget or target that it is about; "" if none
	Text  string
	Key   string // of a message
	Level string // "" is "info"
	Err   error  // nil if it went well
}

// eventJSON is one line of `watch --json`.
type eventJSON struct {
	Schema string  `json:"schema"`
	AsOf   string  `json:"as_of"`
	Event  string  `json:"event"`
	Name   *string `json:"name"`
	OK     bool    `json:"ok"`
	Text   string  `json:"text"`
	Key    *string `json:"key,omitempty"` // of a message
	Error  *string `json:"error,omitempty"`
	Hint   *string `json:"hint,omitempty"`
}

// eventLog writes events: a line each to stderr, or to stdout as JSON. It may be
// used by several goroutines.
type eventLog struct {
	now  func() time.Time
	talk io.Writer
	data io.Writer // nil without --json

	mu  sync.Mutex
	err error // of writing data
}

func (l *eventLog) say(e event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.data != nil {
		l.encode(&e)
		return
	}
	line := e.What
	if e.Name != "" {
		line += " " + clean.Text(e.Name)
	}
	line += ": " + e.Text
	if e.Err != nil && e.Text != e.Err.Error() {
		line += ": " + e.Err.Error()
	}
	fmt.Fprintf(l.talk, "tokpit: %s %s\n", stamp(l.now()), clean.Limit(line, 1000))
	if e.Err == nil {
		return
	}
	if h := hintOf(e.Err); h != "" {
		fmt.Fprintf(l.talk, "hint: %s\n", clean.Limit(h, 1000))
	}
}

func (l *eventLog) encode(e *event) {
	d := eventJSON{Schema: "tokpit.watch/1", AsOf: stamp(l.now()), Event: e.What, Name: optional(clean.Text(e.Name)), OK: e.Err == nil,
		Text: clean.Limit(e.Text, 1000), Key: optional(e.Key)}
	if e.Err != nil {
		d.Error, d.Hint = optional(clean.Limit(e.Err.Error(), 1000)), optional(clean.Limit(hintOf(e.Err), 1000))
	}
	out := json.NewEncoder(l.data)
	out.SetEscapeHTML(false)
	if err := out.Encode(d); err != nil && l.err == nil {
		l.err = err
	}
}

// fail tells an error.
func (l *eventLog) fail(what, name string, err error) {
	l.say(event{What: what, Name: name, Text: err.Error(), Err: err})
}

// broken is why events cannot be written any more; nobody reading on is no error.
func (l *eventLog) broken() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return unlessBrokenPipe(l.err)
}
