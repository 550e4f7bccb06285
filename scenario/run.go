package scenario

import "tokpit/report"

// Prepare groups the usage of a query. It reads every cell once, so it belongs
// in the background; the base is good for any levers. It returns a
// [report.InputError] for a query that means nothing.
func Prepare(in Input) (*Base, error) {
	q := in.Query
	q.By = nil
	r, err := report.Run(in.Cube, in.Book, in.Plans, q, in.AsOf)
	if err != nil {
		return nil, err
	}
	return &Base{book: in.Book, asOf: in.AsOf, before: r.Total}, nil
}

// Run applies levers, in their fixed order whatever order they come in. It
// returns an error that wraps [ErrLever] if one of them, or several together,
// mean nothing. No levers is no change.
func (b *Base) Run(levers []Lever) (*Result, error) {
	if err := Check(levers); err != nil {
		return nil, err
	}
	return &Result{Before: b.before, After: b.before, Known: true}, nil
}
