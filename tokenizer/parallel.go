package tokenizer

import (
	"context"
	"io"
	"runtime"
	"sync"
	"unicode/utf8"

	"tokpit/tokenizer/split"
)

const (
	// unit is how much text one worker takes at a time, in bytes: enough to hide
	// the hand-over, little enough to cancel at once.
	unit = 64 << 10
	// longest is how much of a stream is held while no safe place to cut comes.
	longest = 8 << 20
)

// Tally is the count of a text or stream.
type Tally struct {
	Tokens  int64
	Bytes   int64
	Invalid int64 // bytes that are not part of valid UTF-8; see the package comment
	// Forced counts the places where a stream was cut although a piece may go on
	// there, after 8 MiB without a safe place. Each may have changed the count by
	// a token or two.
	Forced int
}

// CountAll counts text on all cores. It returns ctx's error soon after ctx is
// done.
func (e *Encoding) CountAll(ctx context.Context, text []byte) (Tally, error) {
	units := &units{text: text, pattern: e.pattern}
	var total Tally
	var mu sync.Mutex // guards total
	work := func() {
		w := e.borrow()
		defer e.giveBack(w)
		w.merger.Done = ctx.Done()
		var t Tally
		for ctx.Err() == nil {
			part := units.take()
			if len(part) == 0 {
				break
			}
			w.add(&t, e, part)
		}
		mu.Lock()
		defer mu.Unlock()
		total.Tokens += t.Tokens
		total.Bytes += t.Bytes
		total.Invalid += t.Invalid
	}
	if len(text) <= 2*unit {
		work()
	} else {
		var wg sync.WaitGroup
		for range min(runtime.GOMAXPROCS(0), maxWorkers) {
			wg.Go(work)
		}
		wg.Wait()
	}
	return total, ctx.Err()
}

// units hands out a text in parts that end at safe places.
type units struct {
	mu      sync.Mutex
	text    []byte // what is left
	pattern split.Pattern
}

func (u *units) take() []byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	end := min(unit, len(u.text))
	if end < len(u.text) {
		if cut := u.pattern.Cut(u.text, unit/2, end); cut > unit/2 {
			end = cut
		} else {
			end = u.pattern.CutAfter(u.text, end, len(u.text))
		}
	}
	part := u.text[:end]
	u.text = u.text[end:]
	return part
}

// CountReader counts a stream of any length in constant memory, at most 16 MiB
// and usually under 1 MiB. After an error of r it returns what was counted with
// that error.
func (e *Encoding) CountReader(ctx context.Context, r io.Reader) (Tally, error) {
	w := e.borrow()
	defer e.giveBack(w)
	w.merger.Done = ctx.Done()
	var t Tally
	buf := make([]byte, 0, 4*unit)
	for {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		end := len(buf)
		if err == nil {
			if end = e.Cut(buf, 0, len(buf)-1); end == 0 && cap(buf) < longest {
				buf = append(make([]byte, 0, 2*cap(buf)), buf...)
				continue
			} else if end == 0 {
				end = forcedCut(buf)
				t.Forced++
			}
		}
		w.add(&t, e, buf[:end])
		buf = buf[:copy(buf[:cap(buf)], buf[end:])]
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return t, ctx.Err()
		default:
			return t, err
		}
	}
}

// add counts a part that ends at a safe place.
func (w *worker) add(t *Tally, e *Encoding, part []byte) {
	t.Bytes += int64(len(part))
	if !utf8.Valid(part) {
		t.Invalid += int64(Invalid(part))
		part = e.prepare(part)
	}
	t.Tokens += int64(w.count(part))
}

// forcedCut returns a place near the end of buf where a character ends.
func forcedCut(buf []byte) int {
	for i := len(buf) - 1; i > len(buf)-1-utf8.UTFMax; i-- {
		if utf8.RuneStart(buf[i]) {
			return i
		}
	}
	return len(buf)
}
