package pricing

import (
	"strings"
	"time"
)

// Place is where the prices of a name belong in a book.
type Place struct {
	ModelRef
	// Known: the book has the model at that provider.
	Known bool
	// Free: the name costs nothing by the book's rules.
	Free bool
	// Modified: the name states a region, a tier or a variant whose price is
	// not the model's own.
	Modified bool
	// Stands is the model that prices the name now, for lack of its own rows;
	// empty if none does.
	Stands ModelRef
}

// Place finds where a price list's entry belongs: the model that usage under
// that name is priced by or, if there is none at that provider, the name that
// such usage would be looked up by. A dated snapshot that the book has no price
// for is a model of its own, because it may cost something else.
func (b *Book) Place(provider, name string, at time.Time) Place {
	a := &address{book: b, at: forever, provider: b.providerName(provider), name: strings.ToLower(strings.TrimSpace(name))}
	if !at.IsZero() {
		a.at = at.Unix()
	}
	a.strip()
	r := b.meanings(provider, name).at(a.at)
	p := Place{ModelRef: ModelRef{r.Provider, spelled(name, a.name)}, Free: r.Free}
	if p.Provider == "" {
		p.Provider = a.provider
	}
	p.Modified = (r.Flags|a.flags)&FlagModifier != 0 || r.Tier != "" || strings.HasPrefix(r.Rule, "variant")
	if r.model != nil {
		p.Stands = ModelRef{r.model.provider, r.model.name}
	}
	switch {
	case r.Priced == PricedOwn && !r.Free && !r.undated:
		p.Model, p.Known = r.Model, true
	case r.Priced == PricedAs && !r.undated:
		p.Model = r.Model
	}
	return p
}

// spelled returns the end of a name that was stripped to low, as it was written.
func spelled(name, low string) string {
	name = strings.TrimSpace(name)
	if n := len(name) - len(low); n >= 0 && strings.EqualFold(name[n:], low) {
		return strings.Clone(name[n:])
	}
	return low
}

// ProviderName returns the book's name for a provider, and whether it knows it.
func (b *Book) ProviderName(s string) (string, bool) {
	name := b.providerName(s)
	_, ok := b.providers[name]
	return name, ok
}
