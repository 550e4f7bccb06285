package scenario

import (
	"cmp"
	"slices"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// atom is a piece of time in which no price of the book changes: between two
// instants at which one does, at the same hours of the day as to the hours that
// have prices of their own. Cells that reach over the edge of one are atoms by
// themselves, and shared.
type atom struct {
	first, last usage.Slot // of the usage seen in it; last is where it ends
	shared      bool
}

const quarter = int64(usage.SlotLength / time.Second)

// calendar finds the atom of every cell.
type calendar struct {
	cuts    []int64           // instants of price changes, Unix seconds
	windows [][]pricing.Hours // by interval between cuts: hours with prices of their own
	ids     [][]int32         // by interval: atom of each quarter of a working day, then of a day of the weekend; -1 is new
	marks   []map[uint64]int32
	spans   map[[2]usage.Slot]int32
	atoms   []atom
	at      int // interval of the last slot asked for
}

func newCalendar(book *pricing.Book, uses []usage.Dims, from, to time.Time) *calendar {
	c := &calendar{spans: make(map[[2]usage.Slot]int32)}
	var hours []pricing.Row
	cut := func(ts ...time.Time) {
		for _, t := range ts {
			if !t.IsZero() && t.After(from) && t.Before(to) {
				c.cuts = append(c.cuts, t.Unix())
			}
		}
	}
	windowed := make(map[pricing.ModelRef]bool)
	for _, m := range book.Models() {
		for _, rows := range [][]pricing.Row{book.History(m.Provider, m.Model), book.Refinements(m.Provider, m.Model)} {
			for i := range rows {
				cut(rows[i].From, rows[i].To)
				if rows[i].Hours != (pricing.Hours{}) {
					hours = append(hours, rows[i])
					windowed[m] = true
				}
			}
		}
	}
	for _, d := range book.Overlay().Discounts {
		cut(d.From, d.To)
	}
	c.names(book, uses, windowed, from, to, cut)
	slices.Sort(c.cuts)
	c.cuts = slices.Compact(c.cuts)
	n := len(c.cuts) + 1
	c.windows, c.ids, c.marks = make([][]pricing.Hours, n), make([][]int32, n), make([]map[uint64]int32, n)
	for i := range n {
		start, end := from.Unix(), to.Unix()
		if i > 0 {
			start = c.cuts[i-1]
		}
		if i < len(c.cuts) {
			end = c.cuts[i]
		}
		for k := range hours {
			r := &hours[k]
			if (r.From.IsZero() || r.From.Unix() < end) && (r.To.IsZero() || r.To.Unix() > start) && !slices.Contains(c.windows[i], r.Hours) {
				c.windows[i] = append(c.windows[i], r.Hours)
			}
		}
		slices.SortFunc(c.windows[i], func(a, b pricing.Hours) int {
			return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
		})
	}
	return c
}

// names adds the instants at which a name that is in use changes its meaning.
func (c *calendar) names(book *pricing.Book, uses []usage.Dims, windowed map[pricing.ModelRef]bool, from, to time.Time, cut func(...time.Time)) {
	for i := range uses {
		for t := from; ; {
			tariff := book.Tariff(&uses[i], t)
			if windowed[pricing.ModelRef{Provider: tariff.Provider, Model: tariff.Model}] || tariff.Until.IsZero() || !tariff.Until.Before(to) {
				break
			}
			cut(tariff.Until)
			t = tariff.Until
		}
	}
}

// interval returns the number of the interval between cuts that an instant is in.
func (c *calendar) interval(s int64) int {
	for c.at > 0 && s < c.cuts[c.at-1] {
		c.at--
	}
	for c.at < len(c.cuts) && s >= c.cuts[c.at] {
		c.at++
	}
	return c.at
}

// of returns the atom of a cell.
func (c *calendar) of(slot usage.Slot, width uint8) int32 {
	s := int64(slot) * quarter
	i := c.interval(s)
	end := slot + usage.Slot(width)
	shared := i < len(c.cuts) && int64(end)*quarter > c.cuts[i]
	id := int32(-1)
	if !shared {
		id = c.mark(i, slot)
		if len(c.windows[i]) > 0 {
			for k := slot + 1; k < end && !shared; k++ {
				shared = c.mark(i, k) != id
			}
		}
	}
	if shared {
		k := [2]usage.Slot{slot, end}
		known, ok := c.spans[k]
		if !ok {
			known = c.add(atom{slot, end, true})
			c.spans[k] = known
		}
		return known
	}
	a := &c.atoms[id]
	if a.last == 0 && a.first == 0 {
		a.first, a.last = slot, end
	}
	a.first, a.last = min(a.first, slot), max(a.last, end)
	return id
}

func (c *calendar) add(a atom) int32 {
	c.atoms = append(c.atoms, a)
	return int32(len(c.atoms) - 1)
}

// mark returns the atom of a quarter hour in an interval.
func (c *calendar) mark(i int, slot usage.Slot) int32 {
	day := slot.Day()
	k := int(slot) - int(day)*96
	weekend := (day%7+7)%7 == 2 || (day%7+7)%7 == 3 // 1970-01-01 was a Thursday
	if weekend {
		k += 96
	}
	if c.ids[i] == nil {
		c.ids[i], c.marks[i] = slices.Repeat([]int32{-1}, 192), make(map[uint64]int32)
	}
	if id := c.ids[i][k]; id >= 0 {
		return id
	}
	var set uint64
	minute := uint16(k % 96 * 15)
	for n, w := range c.windows[i] {
		if minute >= w.Start && minute < w.End && !(w.Weekdays && weekend) {
			set |= 1 << (n % 64)
		}
	}
	id, ok := c.marks[i][set]
	if !ok {
		id = c.add(atom{})
		c.marks[i][set] = id
	}
	c.ids[i][k] = id
	return id
}
