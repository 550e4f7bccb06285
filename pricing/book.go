// Package pricing knows what a token cost, when, and how sure that is.
//
// A [Book] is a dated price list: for every provider and model a sequence of
// base prices, refined by service tier, by the size of the request (long
// context), and by the hour of the day. Nothing in it is overwritten when a
// price changes; a row gets an end and a new one follows, so usage of last year
// is priced as it was last year. [Embedded] is the book that comes with the
// program, compiled by bookgen from the reviewed tables in table/.
//
// Pricing a record takes two steps. [Book.Resolve] turns a name as some tool
// recorded it ("anthropic/claude-opus-4.5", an AWS ARN) into a model of the
// book, by fixed rules and exact matches, never by resemblance. [Book.Tariff]
// then gives the rates for one set of dimensions at one instant; a [Tariff]
// turns tokens into a [Charge]. Both are remembered, so that pricing a cell of
// usage costs a map look-up and a few multiplications.
//
// What has no price is unpriced, which is a value: it is counted in the charge
// and never becomes zero. What can only be bounded (a bucket with requests on
// both sides of a long-context threshold, or a day in which a price changed) is
// a range.
package pricing

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"

	"tokpit/usage"
)

//go:generate go run ./bookgen

//go:embed book.bin
var embedded []byte

var embeddedBook = sync.OnceValue(func() *Book {
	t, err := Decode(embedded)
	if err != nil { // a test holds that this cannot be
		return NewBook(&Table{})
	}
	return compile(t, fingerprint(embedded))
})

// Embedded returns the book that comes with the program.
func Embedded() *Book { return embeddedBook() }

// Book is a compiled price table. It is immutable and safe for concurrent use.
type Book struct {
	layers  layers
	version string
	edges   usage.Edges
	models  []*model
	// byName finds a model by provider and lower-case name.
	byName    map[modelKey]*model
	names     map[modelKey][]Name // in time order
	epochs    []int64             // instants at which some name changes its meaning, ascending
	providers map[string]Provider
	vendors   []string
	meters    map[string][]Meter
	regions   map[modelKey][]Region // by provider and region, latest launch first
	discounts map[string][]discount // by who bills
	aliases   map[string][]Alias    // the user's, by lower-case name

	lives      []Life // by provider and model
	lifeByName map[modelKey]int

	resolved cache[nameKey, resolutions]
	tariffs  cache[tariffKey, timeline]
}

// model is the rows of one model.
type model struct {
	provider, name string
	base           []Row // in time order
	refined        []Row // the others
	// launched is when the first reviewed or imported price begins.
	launched time.Time
	// snapshots: there are models of this name with a date, so one with another
	// date may cost something else.
	snapshots bool
}

// NewBook compiles a table. It accepts any table: of rows that contradict each
// other one is chosen; run [Table.Check] first to be sure that there are none.
func NewBook(t *Table) *Book {
	t = t.sorted()
	return compile(t, t.print())
}

// compile makes a book of a sorted table.
func compile(t *Table, print string) *Book { return assemble(layers{root: t, print: print}) }

// assemble makes a book of a table and what lies over it.
func assemble(l layers) *Book {
	t := l.root
	b := &Book{layers: l, byName: map[modelKey]*model{}, names: map[modelKey][]Name{}, providers: map[string]Provider{},
		meters: map[string][]Meter{}, regions: map[modelKey][]Region{}}
	b.version = l.version()
	if l.over.print != "" {
		b.version += "+" + l.over.print
	}
	b.addRows(l.rows())
	b.addNames(t.Names)
	b.addLives(t.Lives)
	for _, p := range t.Providers {
		b.providers[p.Alias] = p
		if !p.Host && !slices.Contains(b.vendors, p.Name) {
			b.vendors = append(b.vendors, p.Name)
		}
	}
	slices.Sort(b.vendors)
	for _, m := range t.Meters {
		b.meters[m.Provider] = append(b.meters[m.Provider], m)
	}
	for _, g := range slices.Backward(t.Regions) {
		if g.Num <= 0 || g.Den <= 0 { // no factor; Check refuses it
			continue
		}
		k := modelKey{g.Provider, g.Region}
		b.regions[k] = append(b.regions[k], g)
	}
	for _, m := range b.models { // a provider that only the user knows sells what it names
		if _, ok := b.providers[m.provider]; !ok && (l.over.print != "" || len(l.added) > 0) {
			b.providers[m.provider] = Provider{Alias: m.provider, Name: m.provider, Host: true}
		}
	}
	b.addOverlay(&l.over)
	return b
}

func (b *Book) addRows(rows []Row) {
	var thresholds []int64
	for _, r := range rows {
		k := modelKey{r.Provider, strings.ToLower(r.Model)}
		m := b.byName[k]
		if m == nil {
			m = &model{provider: r.Provider, name: r.Model}
			b.byName[k] = m
			b.models = append(b.models, m)
		}
		if r.Base() {
			m.base = append(m.base, r)
		} else {
			m.refined = append(m.refined, r)
			thresholds = append(thresholds, r.Context.Over)
		}
		if r.Origin != Override && (m.launched.IsZero() || r.From.Before(m.launched)) {
			m.launched = r.From
		}
	}
	for _, m := range b.models {
		f := form{name: strings.ToLower(m.name)}
		if stripDate(nil, &f) == "" {
			continue
		}
		if family := b.byName[modelKey{m.provider, f.name}]; family != nil {
			family.snapshots = true
		}
	}
	b.edges = usage.NewEdges(thresholds)
}

func (b *Book) addNames(names []Name) {
	for _, n := range names {
		k := modelKey{n.Provider, n.Alias}
		b.names[k] = append(b.names[k], n)
		b.addEpochs(n.From, n.To)
	}
}

// addEpochs notes instants at which a name changes its meaning.
func (b *Book) addEpochs(ts ...time.Time) {
	for _, at := range ts {
		if i, found := slices.BinarySearch(b.epochs, at.Unix()); !at.IsZero() && !found {
			b.epochs = slices.Insert(b.epochs, i, at.Unix())
		}
	}
}

// Version names the book: the newest day on which it learned a price, and a
// fingerprint ("2026-11-21.1f0c77aa"). Later books sort after earlier ones,
// except on the same day.
func (b *Book) Version() string { return b.version }

// Edges returns every context threshold that a row uses, for cutting bands.
func (b *Book) Edges() usage.Edges { return slices.Clone(b.edges) }

// ModelRef names a model of the book.
type ModelRef struct{ Provider, Model string }

// Models lists the models of the book by provider and name.
func (b *Book) Models() []ModelRef {
	out := make([]ModelRef, len(b.models))
	for i, m := range b.models {
		out[i] = ModelRef{m.provider, m.name}
	}
	return out
}

// History returns the base rows of a model of the book, oldest first, and nil
// for a name that is none; use [Book.Resolve] first for recorded names.
func (b *Book) History(provider, model string) []Row {
	if m := b.byName[modelKey{provider, strings.ToLower(model)}]; m != nil {
		return slices.Clone(m.base)
	}
	return nil
}

// Refinements returns the rows of a model that refine its base prices: tiers,
// long context and hours.
func (b *Book) Refinements(provider, model string) []Row {
	if m := b.byName[modelKey{provider, strings.ToLower(model)}]; m != nil {
		return slices.Clone(m.refined)
	}
	return nil
}
