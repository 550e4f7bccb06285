package report

import (
	"context"
	"fmt"
	"io"
	"unicode/utf8"

	"tokpit/tokenizer"
)

const (
	measurePart = 256 << 10 // bytes of a stream that are looked at together
	measureHold = 8 << 20   // bytes that are held while no safe place to cut comes
)

// Measure measures a text for encodings named as [Estimator.Encodings] does.
func Measure(library tokenizer.Library, encodings []string, text []byte) (Measured, error) {
	m := Measured{Bytes: int64(len(text)), Counts: make(map[string]int64, len(encodings))}
	if !utf8.Valid(text) {
		m.Invalid = int64(tokenizer.Invalid(text))
	}
	var err error
	if m.Profile, err = tokenizer.Describe(text); err != nil {
		return m, err
	}
	for _, name := range encodings {
		e, err := library.Get(name)
		if err != nil {
			return m, err
		}
		if e.Name() == tokenizer.O200K {
			m.Counts[name] = m.Profile.Total()
		} else {
			m.Counts[name] = int64(e.Count(text))
		}
	}
	return m, nil
}

// MeasureReader measures a stream of any length in constant memory. It returns
// ctx's error soon after ctx is done. Errors never hold any of the text.
func MeasureReader(ctx context.Context, library tokenizer.Library, encodings []string, r io.Reader) (Measured, error) {
	total := Measured{Counts: make(map[string]int64, len(encodings))}
	for _, name := range encodings { // present even if there is no text
		total.Counts[name] = 0
	}
	buf := make([]byte, 0, measurePart)
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return total, fmt.Errorf("read text: %w", err)
		}
		end := len(buf)
		if !last {
			if end = safeEnd(buf); end == 0 && cap(buf) < measureHold {
				buf = append(make([]byte, 0, 2*cap(buf)), buf...)
				continue
			}
			if end == 0 {
				end = characterEnd(buf)
				total.Forced++
			}
		}
		part, merr := Measure(library, encodings, buf[:end])
		if merr != nil {
			return total, merr
		}
		total = total.Add(part)
		if last {
			return total, nil
		}
		buf = buf[:copy(buf[:cap(buf)], buf[end:])]
	}
}

// safeEnd returns the last place at which text may be cut for any encoding; 0 if
// there is none.
func safeEnd(text []byte) int {
	for i := len(text) - 1; i > 0; i-- {
		if tokenizer.Safe(text, i) {
			return i
		}
	}
	return 0
}

// characterEnd returns a place near the end of text where a character ends.
func characterEnd(text []byte) int {
	for i := len(text) - 1; i > len(text)-utf8.UTFMax && i > 0; i-- {
		if utf8.RuneStart(text[i]) {
			return i
		}
	}
	return len(text)
}
