package pricing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// VersionInfo describes one state of the book's knowledge.
type VersionInfo struct {
	Version string // what [Book.ByVersion] takes
	Learned time.Time
	Rows    int    // prices learned then
	Note    string // where they come from
}

// Versions lists the states that the book's knowledge has been through, oldest
// first. The last is the book itself. The user's overrides are not knowledge:
// they apply to every version.
func (b *Book) Versions() []VersionInfo {
	counts := map[time.Time]int{}
	notes := map[time.Time][]string{}
	for i := range b.layers.root.Rows {
		counts[b.layers.root.Rows[i].Learned.UTC()]++
	}
	for at := range counts {
		notes[at] = []string{"reviewed table"}
	}
	for _, imp := range b.layers.added {
		counts[imp.At] += len(imp.Rows)
		notes[imp.At] = append(notes[imp.At], fmt.Sprintf("import %d: %s %s", imp.ID, imp.Kind, imp.Origin))
	}
	out := make([]VersionInfo, 0, len(counts))
	for at, n := range counts {
		l := b.layers.asKnown(at)
		out = append(out, VersionInfo{l.version(), at, n, strings.Join(notes[at], "; ")})
	}
	slices.SortFunc(out, func(x, y VersionInfo) int { return x.Learned.Compare(y.Learned) })
	return out
}

// AsKnown returns the book as it was known at an instant: without the prices
// that it learned later, and with the ends that these have set undone. It is b
// itself if nothing was learned since. Overrides, discounts and aliases stay.
func (b *Book) AsKnown(at time.Time) *Book {
	l := b.layers.asKnown(at)
	if l.root == b.layers.root && len(l.added) == len(b.layers.added) {
		return b
	}
	return assemble(l)
}

// ByVersion returns the book as it was in a version that [Book.Versions] lists,
// named in full or by its beginning ("2026-11-21"): of several that begin so
// the latest.
func (b *Book) ByVersion(version string) (*Book, bool) {
	if version == "" {
		return nil, false
	}
	if version == b.version {
		return b, true
	}
	for _, v := range slices.Backward(b.Versions()) {
		if strings.HasPrefix(v.Version, version) {
			return b.AsKnown(v.Learned), true
		}
	}
	return nil, false
}

// Knowledge is the version without the user's overrides.
func (b *Book) Knowledge() string { return b.layers.version() }

// version names what the layers know: the newest instant at which a price was
// learned, and a fingerprint.
func (l *layers) version() string {
	var learned time.Time
	for i := range l.root.Rows {
		learned = maxTime(learned, l.root.Rows[i].Learned)
	}
	print := l.print
	if len(l.added) > 0 {
		h := sha256.New()
		fmt.Fprintln(h, print)
		for i := range l.added {
			learned = maxTime(learned, l.added[i].At)
			h.Write(l.added[i].append(nil))
		}
		print = hex.EncodeToString(h.Sum(nil)[:4])
	}
	day := learned.UTC().Format(time.DateOnly)
	if learned.Unix()%daySeconds != 0 {
		day = learned.UTC().Format("2006-01-02T150405Z")
	}
	return day + "." + print
}

// asKnown drops what was learned after an instant.
func (l *layers) asKnown(at time.Time) layers {
	out := *l
	out.added = nil
	for _, imp := range l.added {
		if !imp.At.After(at) {
			out.added = append(out.added, imp)
		}
	}
	later := func(r Row) bool { return r.Learned.After(at) }
	if slices.ContainsFunc(l.root.Rows, later) || slices.ContainsFunc(l.root.Meters, func(m Meter) bool { return m.Learned.After(at) }) {
		out.root = l.root.asKnown(at)
		out.print = out.root.print()
	}
	return out
}

// asKnown returns the table without the rows and meters learned after at.
func (t *Table) asKnown(at time.Time) *Table {
	out := *t
	out.Rows, out.Meters = nil, nil
	dropped := map[modelKey][]*Row{}
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Learned.After(at) {
			dropped[r.key()] = append(dropped[r.key()], r)
		} else {
			out.Rows = append(out.Rows, *r)
		}
	}
	for i := range out.Rows {
		r := &out.Rows[i]
		for _, d := range dropped[r.key()] {
			if !r.To.IsZero() && d.From.Equal(r.To) && (d.Base() || d.sameConditions(r)) {
				r.To = time.Time{}
				if i+1 < len(out.Rows) { // sorted: what follows is the next of its kind, if there is one
					if n := &out.Rows[i+1]; n.key() == r.key() && n.sameConditions(r) {
						r.To = n.From
					}
				}
				break
			}
		}
	}
	for _, m := range t.Meters {
		if !m.Learned.After(at) {
			out.Meters = append(out.Meters, m)
		}
	}
	for i := range out.Meters {
		m := &out.Meters[i]
		m.To = reopened(t.Meters, m, at)
	}
	return &out
}

// reopened is the end of a meter's price without the prices learned after at.
func reopened(all []Meter, m *Meter, at time.Time) time.Time {
	to := m.To
	for i := range all {
		n := &all[i]
		if n.Provider != m.Provider || n.Meter != m.Meter || !n.From.After(m.From) {
			continue
		}
		if n.Learned.After(at) && n.From.Equal(to) {
			to = time.Time{}
		} else if to.IsZero() && !n.Learned.After(at) {
			return n.From
		}
	}
	return to
}

// print is the fingerprint of a table.
func (t *Table) print() string {
	data, err := t.Encode()
	if err != nil { // out of the range that can be stored, but not of what can be priced
		return "unstored"
	}
	return fingerprint(data)
}
