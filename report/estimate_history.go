package report

import (
	"slices"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// Habit is what the user's own requests to a model were like.
type Habit struct {
	Requests int64
	P50, P90 int64 // tokens of output that half, or nine in ten, of the answers did not exceed
	// Means: the source tells sums of several requests only, so the figures are
	// those of the means, which vary less than single requests do.
	Means bool
}

// at returns the quantile of a share in percent.
func (h Habit) at(share int) int64 {
	if share >= 90 {
		return h.P90
	}
	return h.P50
}

// History is the habits of a user by model, under the names of the price book. A
// nil *History knows nothing and may be used.
type History struct {
	models map[pricing.ModelRef]Habit
	all    Habit
	// refs are the models, those that have no price too, most requests first.
	refs []pricing.ModelRef
}

// Of returns the habit of a model.
func (h *History) Of(m pricing.ModelRef) (Habit, bool) {
	if h == nil {
		return Habit{}, false
	}
	habit, ok := h.models[m]
	return habit, ok
}

// All returns the habit over all models that answered; its Requests are 0 if there
// are none. Embeddings give no text, so they say nothing of how long answers are.
func (h *History) All() Habit {
	if h == nil {
		return Habit{}
	}
	return h.all
}

// Models are the models that were used, most requests first.
func (h *History) Models() []pricing.ModelRef {
	if h == nil {
		return nil
	}
	return slices.Clone(h.refs)
}

// HistoryBuilder makes a history of records, or of the cells of a cube where
// records are not at hand.
type HistoryBuilder struct {
	book  *pricing.Book
	names map[[2]string]pricing.ModelRef
	seen  map[pricing.ModelRef]*outputs
}

// outputs are the lengths of the answers of one model.
type outputs struct {
	single lengths // of single requests
	means  lengths // of requests whose sum alone is known
	sums   bool    // means has some of more requests than one
}

// lengths counts requests by their tokens of output.
type lengths struct {
	n     int64
	times map[int64]int64
}

func (l *lengths) add(tokens, times int64) {
	if l.times == nil {
		l.times = make(map[int64]int64)
	}
	l.n += times
	l.times[tokens] += times
}

// silent reports whether there was never any text.
func (l *lengths) silent() bool { return l.times[0] == l.n }

// quantiles returns the smallest length that at least a share in percent of the
// requests do not exceed (the nearest-rank method).
func (l *lengths) quantiles(shares ...int64) []int64 {
	sorted := make([]int64, 0, len(l.times))
	for tokens := range l.times {
		sorted = append(sorted, tokens)
	}
	slices.Sort(sorted)
	out := make([]int64, len(shares))
	for i, share := range shares {
		rank := (l.n/100)*share + ((l.n%100)*share+99)/100
		seen := int64(0)
		for _, tokens := range sorted {
			out[i] = tokens
			if seen += l.times[tokens]; seen >= rank {
				break
			}
		}
	}
	return out
}

// NewHistoryBuilder returns a builder that names models as a book does.
func NewHistoryBuilder(book *pricing.Book) *HistoryBuilder {
	return &HistoryBuilder{book: book, names: make(map[[2]string]pricing.ModelRef), seen: make(map[pricing.ModelRef]*outputs)}
}

// Record adds a record. Those that are bills, or do not say how many requests
// they stand for, say nothing.
func (b *HistoryBuilder) Record(r *usage.Record) {
	b.add(&r.Dims, r.Requests, r.Output, r.End.IsZero() && r.Requests == 1, true)
}

// Cube adds the cells of a cube that begin at since or later. All of them are sums
// of the same traffic, also those that happen to have one request.
func (b *HistoryBuilder) Cube(c *usage.Cube, since time.Time) {
	for i := range c.Len() {
		if c.Slot[i].Time().Before(since) || c.Uncounted.At(i) > 0 {
			continue
		}
		b.add(&c.Sets[c.Set[i]], c.Requests.At(i), c.TokensAt(i).Output, false, c.Requests.At(i) > 1)
	}
}

func (b *HistoryBuilder) add(d *usage.Dims, requests, output int64, single, sum bool) {
	if requests <= 0 || output < 0 || d.Basis == usage.Billed || d.Model == "" {
		return
	}
	name := [2]string{d.Provider, d.Model}
	ref, ok := b.names[name]
	if !ok {
		ref = refOf(b.book, d.Provider, d.Model)
		b.names[name] = ref
	}
	o := b.seen[ref]
	if o == nil {
		o = &outputs{}
		b.seen[ref] = o
	}
	if single {
		o.single.add(output, 1)
	} else {
		o.means.add((output+requests/2)/requests, requests)
		o.sums = o.sums || sum
	}
}

// refOf names a recorded model as the book does, or as it was recorded.
func refOf(book *pricing.Book, provider, model string) pricing.ModelRef {
	r := book.Resolve(provider, model, time.Time{})
	switch {
	case r.Model == "":
		return pricing.ModelRef{Provider: provider, Model: model}
	case r.Priced == pricing.PricedAs:
		return pricing.ModelRef{Provider: r.As, Model: r.Model}
	}
	return pricing.ModelRef{Provider: r.Provider, Model: r.Model}
}

// History returns what was added. Single requests count where there are any:
// sums of the same traffic from another source would count it twice.
func (b *HistoryBuilder) History() *History {
	h := &History{models: make(map[pricing.ModelRef]Habit, len(b.seen))}
	var single, means lengths
	sums := false
	for ref, o := range b.seen {
		l, all := &o.single, &single
		if l.n == 0 {
			l, all = &o.means, &means
		}
		q := l.quantiles(50, 90)
		h.models[ref] = Habit{l.n, q[0], q[1], l == &o.means && o.sums}
		sums = sums || o.sums
		h.refs = append(h.refs, ref)
		if l.silent() {
			continue
		}
		for tokens, n := range l.times {
			all.add(tokens, n)
		}
	}
	slices.SortFunc(h.refs, func(x, y pricing.ModelRef) int {
		if a, b := h.models[x].Requests, h.models[y].Requests; a != b {
			return int(min(max(b-a, -1), 1))
		}
		return compareRefs(x, y)
	})
	l := &single
	if l.n == 0 {
		l = &means
	}
	if l.n > 0 {
		q := l.quantiles(50, 90)
		h.all = Habit{l.n, q[0], q[1], l == &means && sums}
	}
	return h
}
