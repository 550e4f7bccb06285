package store

import "tokpit/usage"

// dictionary numbers texts in order of first use; 0 is always "".
type dictionary struct {
	index map[string]uint64
	texts []string
}

func newDictionary() *dictionary {
	return &dictionary{index: map[string]uint64{"": 0}, texts: []string{""}}
}

// reset forgets all texts but the empty one.
func (t *dictionary) reset() {
	clear(t.index)
	t.index[""] = 0
	clear(t.texts)
	t.texts = append(t.texts[:0], "")
}

func (t *dictionary) number(s string) uint64 {
	if s == "" {
		return 0
	}
	n, ok := t.index[s]
	if !ok {
		n = uint64(len(t.texts))
		t.index[s] = n
		t.texts = append(t.texts, s)
	}
	return n
}

func (t *dictionary) encode(e *encoder) {
	e.uint(uint64(len(t.texts) - 1))
	for _, s := range t.texts[1:] {
		e.text(s)
	}
}

// dictionary reads the texts into one piece of memory.
func (d *decoder) dictionary() []string {
	texts := make([]string, 1, d.count(1)+1)
	all := d.b
	ends := make([][2]int, 0, cap(texts)-1)
	for range cap(ends) {
		n := d.length()
		start := len(all) - len(d.b)
		if d.bytes(n); d.err != nil {
			return nil
		}
		ends = append(ends, [2]int{start, start + n})
	}
	text := string(all[:len(all)-len(d.b)])
	for _, end := range ends {
		texts = append(texts, text[end[0]:end[1]])
	}
	return texts
}

func (d *decoder) word(texts []string) string {
	n := d.uint()
	if n >= uint64(len(texts)) {
		d.fail("unknown text number")
		return ""
	}
	return texts[n]
}

// dims writes one dimension set. The dictionary is filled on the way, so it
// must be written before: callers encode sets into a buffer of their own.
func (e *encoder) dims(d *usage.Dims, t *dictionary) {
	for _, s := range d.Strings() {
		e.uint(t.number(*s))
	}
	e.byte(byte(d.Basis))
	e.uint(uint64(d.Band.Lo))
	e.uint(uint64(d.Band.End))
}

func (d *decoder) dims(out *usage.Dims, texts []string) {
	for _, s := range out.Strings() {
		*s = d.word(texts)
	}
	out.Basis = usage.Basis(d.byte())
	out.Band = usage.Band{Lo: int64(d.uint()), End: int64(d.uint())}
}

// sets writes the dimension sets and the dictionary that they use.
func (e *encoder) sets(sets []usage.Dims, t *dictionary) {
	var inner encoder
	for i := range sets {
		inner.dims(&sets[i], t)
	}
	t.encode(e)
	e.uint(uint64(len(sets)))
	e.b = append(e.b, inner.b...)
}

func (d *decoder) sets() (sets []usage.Dims, texts []string) {
	texts = d.dictionary()
	n := d.count(18)
	sets = make([]usage.Dims, n)
	for i := range sets {
		d.dims(&sets[i], texts)
	}
	return sets, texts
}

// quantities writes the few rows that have any.
func (e *encoder) quantities(n int, at func(int) []usage.Quantity) {
	rows := 0
	for i := range n {
		if len(at(i)) > 0 {
			rows++
		}
	}
	e.uint(uint64(rows))
	last := 0
	for i := range n {
		qs := at(i)
		if len(qs) == 0 {
			continue
		}
		e.uint(uint64(i - last))
		last = i
		e.uint(uint64(len(qs)))
		for _, q := range qs {
			e.text(q.Meter)
			e.int(q.N)
		}
	}
}

func (d *decoder) quantities(n int, set func(int, []usage.Quantity)) {
	row := 0
	for range d.count(3) {
		row += int(d.uint())
		qs := make([]usage.Quantity, d.count(2))
		for k := range qs {
			qs[k] = usage.Quantity{Meter: d.text(), N: d.int()}
		}
		if row < 0 || row >= n {
			d.fail("quantity of an unknown row")
			return
		}
		set(row, qs)
	}
}
