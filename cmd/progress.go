package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"tokpit/ingest"
	"tokpit/internal/clean"
)

// progress is one line on a terminal that says how far a sync is. On anything
// else it is silent.
type progress struct {
	w     io.Writer
	width int // of the terminal in cells; 0 if not known
	now   func() time.Time
	// send is told instead of w, inside the cockpit: files of this machine have no
	// source; done ≥ total ends one.
	send func(source string, done, total int64)

	mu    sync.Mutex
	next  time.Time
	shown bool
	names []string // of the sources being read, in the order they began
	said  map[string]string
	began map[string]mark
}

// mark is where the reading of a provider began, to tell how fast it goes.
type mark struct {
	at   time.Time
	done int64
}

// progressDelay keeps short syncs quiet.
const progressDelay = 300 * time.Millisecond

func newProgress(w io.Writer) *progress {
	width := terminalWidth(w)
	if !isTerminal(w) {
		w = nil
	}
	return &progress{w: w, width: width, now: time.Now, next: time.Now().Add(progressDelay)}
}

// update is called after each commit.
func (p *progress) update(r ingest.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, better := p.began[r.Name]; !better {
		p.line(r.Name, count(r.Added+r.Replaced, "record")+" stored")
	}
}

// files is called by sources that read files while they read.
func (p *progress) files(source string, done, total, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.send != nil {
		if now := p.now(); now.After(p.next) {
			p.next = now.Add(50 * time.Millisecond)
			p.send("", done, total)
		}
		return
	}
	p.line(source, fmt.Sprintf("%s of %s, %d MB", group(done), count(total, "file"), bytes/1e6))
}

// waits is called by sources that ask a provider before they ask again.
func (p *progress) waits(source string, err error, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line(source, fmt.Sprintf("waiting %s: %s", wait.Round(100*time.Millisecond), clean.Text(err.Error())))
}

// steps is called by sources that ask a provider, window of time by window of
// time.
func (p *progress) steps(source string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.send != nil && done < total {
		p.send(source, done, total)
	}
	if p.w == nil || total <= 0 {
		return
	}
	m, ok := p.began[source]
	if !ok {
		if p.began == nil {
			p.began = make(map[string]mark)
		}
		m = mark{p.now(), done}
		p.began[source] = m
	}
	text := fmt.Sprintf("%d%%", done*100/total)
	if left, ok := m.left(p.now(), done, total); ok {
		text += ", " + left + " left"
	}
	p.line(source, text)
}

// left says how long the rest will take if it goes on like this; ok is false
// while there is not enough to tell.
func (m mark) left(now time.Time, done, total int64) (text string, ok bool) {
	took := now.Sub(m.at)
	if took < 2*time.Second || done <= m.done || done >= total {
		return "", false
	}
	rest := time.Duration(float64(took) / float64(done-m.done) * float64(total-done))
	switch {
	case rest < time.Minute:
		return fmt.Sprintf("about %d s", max(1, int(rest.Seconds()+0.5))), true
	case rest < 2*time.Hour:
		return fmt.Sprintf("about %d min", int(rest.Minutes()+0.5)), true
	}
	return fmt.Sprintf("about %d h", int(rest.Hours()+0.5)), true
}

// done forgets a source that has been read.
func (p *progress) done(source string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.send != nil {
		p.send(source, 0, 0)
	}
	delete(p.said, source)
	p.names = slices.DeleteFunc(p.names, func(n string) bool { return n == source })
}

func (p *progress) line(source, text string) {
	if p.w == nil {
		return
	}
	if _, known := p.said[source]; !known {
		if p.said == nil {
			p.said = make(map[string]string)
		}
		p.names = append(p.names, source)
	}
	p.said[source] = text
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(100 * time.Millisecond)
	p.shown = true
	var parts []string
	for _, name := range p.names {
		parts = append(parts, name+": "+p.said[name])
	}
	whole := strings.Join(parts, "; ")
	if p.width > 1 {
		whole = clean.Limit(whole, p.width-1) // a longer line would wrap and stay
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", whole)
}

func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil && p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	p.w = nil
}
