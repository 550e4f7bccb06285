package pricing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Overlay is what a user says about prices: prices of their own, discounts and
// names. It is put over a book by [Book.With].
type Overlay struct {
	Prices    []OwnPrice
	Discounts []Discount
	Aliases   []Alias
}

// OwnPrice is a price that the user knows better than the book, such as a
// negotiated one. It is exact: no discount applies to it.
//
// Rates are exact decimals per 1,000,000 tokens. "0" is free; "" is not known:
// those tokens are unpriced, but for the cache classes, which are then billed
// as input.
//
// A price covers its own tier only ("" is standard), at every hour, and
// requests of any size unless ContextOver limits it to larger ones.
type OwnPrice struct {
	Provider, Model, Tier                                string
	From, To                                             time.Time // zero is open
	Input, CacheRead, CacheWrite5m, CacheWrite1h, Output string
	ContextOver                                          int64  // tokens
	Inclusive                                            bool   // at ContextOver and above; otherwise strictly above
	Currency                                             string // "" is USD
	Note                                                 string
}

// Discount is a factor on every token rate of a model, or of all models of who
// bills ("*"). A discount for a model replaces the one for all. It is given
// as Percent off ("12.5") or as the factor Num/Den.
type Discount struct {
	Provider, Model string
	Percent         string
	Num, Den        int64
	From, To        time.Time // zero is open
}

// Alias gives a name of the user's (an Azure deployment, a router's label) a
// meaning: usage that Provider bills under Name is usage of Model, any name
// that the book can resolve. It wins over the book's own names.
type Alias struct {
	Name, Provider, Model string
	From, To              time.Time // zero is open
}

// Factor multiplies a rate. The zero value is 1.
type Factor struct{ Num, Den int64 }

// One reports whether the factor changes nothing.
func (f Factor) One() bool { return f.Num == f.Den }

// Percent is what the factor takes off, as an exact decimal where there is one:
// "12.5". An increase is negative.
func (f Factor) Percent() string {
	if f.One() {
		return "0"
	}
	return decimalRatio((f.Den-f.Num)*100, f.Den)
}

// overlay is a checked Overlay.
type overlay struct {
	entries   Overlay // as given, for putting more over it
	rows      []Row
	discounts []discount
	print     string // "" for none
}

type discount struct {
	provider, model string // model is lower case, or "*"
	factor          Factor
	from, to        time.Time
}

func (d *discount) in(at int64) bool {
	return (d.from.IsZero() || d.from.Unix() <= at) && (d.to.IsZero() || at < d.to.Unix())
}

// With returns the book with the user's entries over it. Entries add to those
// that b has; in which order they are given makes no difference, because two
// that would decide about the same usage are an error. An error names the
// entry.
func (b *Book) With(o Overlay) (*Book, error) {
	all := Overlay{
		Prices:    slices.Concat(b.layers.over.entries.Prices, o.Prices),
		Discounts: slices.Concat(b.layers.over.entries.Discounts, o.Discounts),
		Aliases:   slices.Concat(b.layers.over.entries.Aliases, o.Aliases),
	}
	l := b.layers
	l.over = overlay{}
	plain := b
	if b.layers.over.print != "" {
		plain = assemble(l)
	}
	var err error
	if l.over, err = plain.check(all); err != nil {
		return nil, err
	}
	if l.over.print == "" {
		return plain, nil
	}
	out := assemble(l)
	if err := out.checkAliases(all.Aliases); err != nil {
		return nil, err
	}
	return out, nil
}

// Overlay returns the user's entries that the book has.
func (b *Book) Overlay() Overlay {
	o := b.layers.over.entries
	return Overlay{slices.Clone(o.Prices), slices.Clone(o.Discounts), slices.Clone(o.Aliases)}
}

// fingerprint is short for a set of entries, in whatever order.
func (o *Overlay) fingerprint() string {
	var lines []string
	for _, p := range o.Prices {
		p.From, p.To = p.From.UTC(), p.To.UTC()
		lines = append(lines, fmt.Sprintf("price %q", fmt.Sprint(p)))
	}
	for _, d := range o.Discounts {
		d.From, d.To = d.From.UTC(), d.To.UTC()
		lines = append(lines, fmt.Sprintf("discount %q", fmt.Sprint(d)))
	}
	for _, a := range o.Aliases {
		a.From, a.To = a.From.UTC(), a.To.UTC()
		lines = append(lines, fmt.Sprintf("alias %q", fmt.Sprint(a)))
	}
	if len(lines) == 0 {
		return ""
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:4])
}

// addOverlay indexes discounts and aliases.
func (b *Book) addOverlay(o *overlay) {
	for _, d := range o.discounts {
		if b.discounts == nil {
			b.discounts = map[string][]discount{}
		}
		b.discounts[d.provider] = append(b.discounts[d.provider], d)
	}
	for _, a := range o.entries.Aliases {
		if b.aliases == nil {
			b.aliases = map[string][]Alias{}
		}
		a.Provider = b.providerName(a.Provider)
		a.Name = lowerName(a.Name)
		b.aliases[a.Name] = append(b.aliases[a.Name], a)
		b.addEpochs(a.From, a.To)
	}
}

// discount returns the factor for a model that provider bills, at an instant.
func (b *Book) discount(provider, model string, at int64) Factor {
	var general Factor
	for i := range b.discounts[provider] {
		d := &b.discounts[provider][i]
		switch {
		case !d.in(at):
		case d.model == "*":
			general = d.factor
		case strings.EqualFold(d.model, model):
			return d.factor
		}
	}
	return general
}

// redirect follows the user's alias for the name, if there is one at who bills.
// Where nobody is known to bill, an alias of a single provider says who does.
func (a *address) redirect() bool {
	var found *Alias
	for i := range a.book.aliases[a.name] {
		al := &a.book.aliases[a.name][i]
		if a.provider != "" && al.Provider != a.provider {
			continue
		}
		a.dated = a.dated || !al.From.IsZero() || !al.To.IsZero()
		if !al.From.IsZero() && a.at < al.From.Unix() || !al.To.IsZero() && a.at >= al.To.Unix() {
			continue
		}
		if found != nil {
			return false // of two providers: no telling which
		}
		found = al
	}
	if found == nil {
		return false
	}
	a.provider, a.name = found.Provider, lowerName(found.Model)
	a.step("your alias")
	return true
}

func lowerName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
