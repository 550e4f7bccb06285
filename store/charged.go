package store

import (
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/usage"
)

// What sources themselves say that something cost stands behind the other
// columns of a day's cells, by currency, in a value of a version of its own: a
// day without amounts takes no byte more for them.

func hasCharges(sums []usage.Measures) bool {
	for i := range sums {
		if len(sums[i].Reported) > 0 {
			return true
		}
	}
	return false
}

// charged writes the amounts of the cells that have any. Nearly always all
// records of a cell have one, so the difference is what is written.
func (e *encoder) charged(sums []usage.Measures) {
	rows := make(map[string]int)
	for i := range sums {
		for _, c := range sums[i].Reported {
			rows[c.Currency]++
		}
	}
	currencies := make([]string, 0, len(rows))
	for c := range rows {
		currencies = append(currencies, c)
	}
	slices.Sort(currencies)
	e.uint(uint64(len(currencies)))
	for _, currency := range currencies {
		e.text(currency)
		e.uint(uint64(rows[currency]))
		last := -1
		for i := range sums {
			for _, c := range sums[i].Reported {
				if c.Currency == currency {
					e.uint(uint64(i - last))
					last = i
					e.short(c.Amount)
					e.int(sums[i].Records - c.Records)
				}
			}
		}
	}
}

// charged reads the amounts of n cells, whose records are counted by records.
func (d *decoder) charged(n int, records func(int) int64, set func(int, []usage.Charged)) {
	lists := make([][]usage.Charged, n)
	before := ""
	for range d.count(6) {
		currency := d.text()
		if currency <= before {
			d.fail("currencies out of order")
			return
		}
		before = strings.Clone(currency)
		all, row := make([]usage.Charged, d.count(3)), uint64(0)
		for k := range all {
			step := d.uint()
			amount, less := d.short(), d.int()
			if row += step; step == 0 || step > uint64(n) || row > uint64(n) {
				d.fail("amount of an unknown row")
				return
			}
			i := int(row - 1)
			all[k] = usage.Charged{Currency: before, Amount: amount, Records: records(i) - less}
			if lists[i] == nil {
				lists[i] = all[k : k+1 : k+1]
			} else {
				lists[i] = append(lists[i], all[k])
			}
		}
	}
	for i, list := range lists {
		if list != nil {
			set(i, list)
		}
	}
}

// short writes an amount in as few bytes as its size needs, with their number
// before them: most are far below a unit, and an amount has room for 10^20.
func (e *encoder) short(a money.Amount) {
	var buf [16]byte
	b := a.AppendBinary(buf[:0])
	sign := byte(int8(b[0]) >> 7)
	for len(b) > 1 && b[0] == sign && b[1]>>7 == sign&1 {
		b = b[1:]
	}
	if a.IsZero() {
		b = nil
	}
	e.byte(byte(len(b)))
	e.b = append(e.b, b...)
}

func (d *decoder) short() money.Amount {
	n := int(d.byte())
	if n > 16 {
		d.fail("impossible amount")
		return money.Amount{}
	}
	tail := d.bytes(n)
	var b [16]byte
	if len(tail) > 0 && tail[0] >= 0x80 {
		for i := range b[:16-n] {
			b[i] = 0xff
		}
	}
	copy(b[16-len(tail):], tail)
	a, _ := money.FromBinary(b[:])
	return a
}
