package pricing

import (
	"slices"
	"strings"
	"time"
)

// Origin says which layer of a book a row comes from.
type Origin uint8

// The layers, from the bottom up.
const (
	Reviewed Origin = iota // the table that comes with the program
	Imported               // a price list that the user took over
	Override               // the user's own price
)

var originNames = [...]string{"reviewed", "imported", "override"}

// String returns the origin in lower case ("imported").
func (o Origin) String() string { return nameAt(originNames[:], int(o)) }

// layers is all that a book is compiled from.
type layers struct {
	root  *Table // sorted
	print string // of root
	added []Import
	over  overlay
}

// rows returns the rows that the layers amount to, sorted.
func (l *layers) rows() []Row {
	if len(l.added) == 0 && len(l.over.rows) == 0 {
		return l.root.Rows
	}
	touched := map[modelKey][]Row{}
	for i := range l.added {
		for j := range l.added[i].Rows {
			touched[l.added[i].Rows[j].key()] = nil
		}
	}
	for i := range l.over.rows {
		touched[l.over.rows[i].key()] = nil
	}
	var out []Row
	for _, r := range l.root.Rows {
		if _, ok := touched[r.key()]; ok {
			touched[r.key()] = append(touched[r.key()], r)
		} else {
			out = append(out, r)
		}
	}
	for i := range l.added {
		for k, rows := range l.added[i].byModel() {
			touched[k] = appendImport(touched[k], rows)
		}
	}
	for _, r := range l.over.rows {
		touched[r.key()] = override(touched[r.key()], r)
	}
	for _, rows := range touched {
		out = append(out, rows...)
	}
	slices.SortStableFunc(out, compareRows)
	return out
}

func (r *Row) key() modelKey { return modelKey{r.Provider, strings.ToLower(r.Model)} }

// sameConditions reports whether two rows of a model price the same requests.
func (r *Row) sameConditions(s *Row) bool {
	return r.Tier == s.Tier && r.Context.first() == s.Context.first() && r.Hours == s.Hours
}

// appendImport puts the rows that one import has for a model over those that
// are known. A new row holds until the next known change of the same price. A
// new base price ends what refined the old one, for the refinements were
// relative to it; the import states those that go on.
func appendImport(known, rows []Row) []Row {
	if len(known) > 0 { // one spelling of the name
		for i := range rows {
			rows[i].Model = known[0].Model
		}
	}
	slices.SortStableFunc(rows, compareRows)
	for i := range rows {
		r := &rows[i]
		if r.To.IsZero() {
			r.To = nextStart(slices.Concat(known, rows), r)
		}
		if r.Base() && rebased(known, r) {
			known = cutRows(known, r.From, r.To, func(s *Row) bool { return !s.Base() && s.Learned.Before(r.Learned) })
		}
	}
	for _, r := range rows {
		known = cutRows(known, r.From, r.To, r.sameConditions)
		known = append(known, r)
	}
	return known
}

// nextStart is when the next known price for the same requests begins.
func nextStart(known []Row, r *Row) time.Time {
	var next time.Time
	for i := range known {
		if s := &known[i]; s.sameConditions(r) && s.From.After(r.From) && (next.IsZero() || s.From.Before(next)) {
			next = s.From
		}
	}
	return next
}

// rebased reports whether a base row changes the price that is in force.
func rebased(known []Row, r *Row) bool {
	i := slices.IndexFunc(known, func(s Row) bool { return s.Base() && s.in(r.From.Unix()) })
	return i >= 0 && (known[i].Rates != r.Rates || known[i].Currency != r.Currency)
}

// override puts one price of the user's over those that are known: without a
// context it stands for every request of its tier.
func override(known []Row, r Row) []Row {
	if len(known) > 0 {
		r.Model = known[0].Model
	}
	known = cutRows(known, r.From, r.To, func(s *Row) bool {
		if r.Context == (Context{}) {
			return s.Tier == r.Tier && s.Origin != Override
		}
		return s.sameConditions(&r)
	})
	return append(known, r)
}

// cutRows takes [from, to) out of the rows that match. A zero to is the end of
// time, a zero from its beginning.
func cutRows(rows []Row, from, to time.Time, match func(*Row) bool) []Row {
	out := make([]Row, 0, len(rows)+1)
	for _, r := range rows {
		if !match(&r) || !r.To.IsZero() && !r.To.After(from) || !to.IsZero() && !r.From.Before(to) {
			out = append(out, r)
			continue
		}
		if r.From.Before(from) {
			before := r
			before.To = from
			out = append(out, before)
		}
		if !to.IsZero() && (r.To.IsZero() || r.To.After(to)) {
			r.From = to
			out = append(out, r)
		}
	}
	return out
}
