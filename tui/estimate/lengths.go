package estimate

import "slices"

// Each model has its own usual length of an answer until a person sets one. What
// calls with answers of different lengths cost says what is going to be spent, but
// is no comparison of prices.

// reference is where the row is that the others are compared with, -1 if there is
// none.
func (l *listing) reference() int {
	for i := range l.rows {
		if l.rows[i].Baseline {
			return i
		}
	}
	return -1
}

// compare leaves multiples to the rows whose answer is as long as that of the row
// that they are compared with; the others keep the difference as an amount.
func (l *listing) compare() {
	base := l.reference()
	if base < 0 {
		return
	}
	for i := range l.rows {
		if r := &l.rows[i]; r.Output != l.rows[base].Output {
			r.PerMille, r.Relative = 0, false
		}
	}
}

// answersDiffer reports whether models are compared with answers of different
// lengths: the pinned ones, or all if there are none. Models that give no text
// have no answer that could differ.
func (l *listing) answersDiffer() bool {
	rows, base := l.pins, l.reference()
	if len(rows) == 0 {
		rows = l.order
	} else if base < 0 {
		base = rows[0]
	}
	return base >= 0 && slices.ContainsFunc(rows, func(i int) bool {
		return l.rows[i].Output > 0 && l.rows[i].Output != l.rows[base].Output
	})
}
