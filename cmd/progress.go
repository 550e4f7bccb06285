package cmd

import (
	"fmt"
	"io"
	"sync"
	"time"

	"tokpit/ingest"
)

// progress is one line on a terminal that says how far a sync is. On anything
// else it is silent.
type progress struct {
	w     io.Writer
	mu    sync.Mutex
	next  time.Time
	shown bool
	send  func(done, total int64) // instead of w, inside the cockpit
}

// progressDelay keeps short syncs quiet.
const progressDelay = 300 * time.Millisecond

func newProgress(w io.Writer) *progress {
	if !isTerminal(w) {
		w = nil
	}
	return &progress{w: w, next: time.Now().Add(progressDelay)}
}

// update is called after each commit.
func (p *progress) update(r ingest.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line(fmt.Sprintf("%s: %s stored", r.Name, count(r.Added+r.Replaced, "record")))
}

// files is called by sources while they read.
func (p *progress) files(source string, done, total, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.send != nil {
		if time.Now().After(p.next) {
			p.next = time.Now().Add(50 * time.Millisecond)
			p.send(done, total)
		}
		return
	}
	p.line(fmt.Sprintf("%s: %s of %s, %d MB", source, group(done), count(total, "file"), bytes/1e6))
}

func (p *progress) line(text string) {
	if p.w == nil || time.Now().Before(p.next) {
		return
	}
	p.next = time.Now().Add(100 * time.Millisecond)
	p.shown = true
	fmt.Fprintf(p.w, "\r\x1b[K%s", text)
}

func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil && p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	p.w = nil
}
