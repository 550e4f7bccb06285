package jsonl

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
)

// windowsKey is the cursor that holds the windows last told of. A pull sees only
// new lines, and what it finds replaces what was known, so the source has to
// remember the windows that those lines do not speak of.
const windowsKey = "w:"

// maxWindows is how many windows are remembered. Tools have two or three.
const maxWindows = 16

// slackAhead is how far a window may have been seen ahead of the clock. One from
// the far future would be the latest for ever.
const slackAhead = 5 * time.Minute

// Window takes what a row says of an allowance of the tool's plan. Of one name
// the latest counts, in whatever order files are read. What cannot be true is
// left out: no usage depends on it.
func (o *Out) Window(w usage.Window) {
	if w.Name == "" || w.At.Year() < firstYear || w.At.After(o.now.Add(slackAhead)) {
		return
	}
	o.windows = later(o.windows, w)
}

// later adds a window to a list that has one of each name.
func later(all []usage.Window, w usage.Window) []usage.Window {
	i := slices.IndexFunc(all, func(o usage.Window) bool { return o.Name == w.Name })
	switch {
	case i >= 0 && newer(&w, &all[i]) > 0:
		all[i] = w
	case i < 0 && len(all) < maxWindows:
		all = append(all, w)
	case i < 0:
		oldest := 0
		for k := range all {
			if newer(&all[oldest], &all[k]) > 0 {
				oldest = k
			}
		}
		if newer(&w, &all[oldest]) > 0 {
			all[oldest] = w
		}
	}
	return all
}

// newer orders by time, and what was said in the same instant in a fixed way.
func newer(a, b *usage.Window) int {
	return cmp.Or(a.At.Compare(b.At), a.Resets.Compare(b.Resets), cmp.Compare(a.Used, b.Used), cmp.Compare(a.Length, b.Length), strings.Compare(a.Name, b.Name))
}

// loadWindows reads the cursor. What it cannot read is not known.
func loadWindows(c usage.Cursors) []usage.Window {
	var all []usage.Window
	if json.Unmarshal(c[windowsKey], &all) != nil || len(all) > maxWindows {
		return nil
	}
	return all
}

// tell adds the windows to a batch if there is something new to say. They are
// emitted with the cursors of the lines that said so: neither is kept alone.
func (p *pull) tell(b *usage.Batch) {
	if !p.newWindows {
		return
	}
	p.newWindows = false
	all := slices.Clone(p.windows)
	slices.SortFunc(all, func(a, b usage.Window) int {
		return cmp.Or(cmp.Compare(a.Length, b.Length), strings.Compare(a.Name, b.Name))
	})
	if text, err := json.Marshal(all); err == nil {
		b.Cursors[windowsKey] = text
	}
	s := &usage.Standing{Windows: all}
	for i := range all {
		if all[i].At.After(s.At) {
			s.At = all[i].At
		}
	}
	b.Standing = s
}

// learn takes the windows of a chunk.
func (p *pull) learn(all []usage.Window) {
	for _, w := range all {
		before := slices.Clone(p.windows)
		p.windows = later(p.windows, w)
		p.newWindows = p.newWindows || !slices.Equal(before, p.windows)
	}
}
