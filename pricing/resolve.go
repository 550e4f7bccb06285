package pricing

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Priced says whose price list a name is priced by.
type Priced uint8

// The kinds of price.
const (
	PricedNo  Priced = iota // the book has none
	PricedOwn               // who bills has it in its list
	PricedAs                // a vendor's list price stands in, as an estimate
)

// Resolution is what a recorded name means at one instant.
type Resolution struct {
	Provider string // who bills; "" if neither the record nor the name says
	Model    string // the model's name in the book; "" if the name is not known
	Tier     string // the service tier that the name states; "" if it states none
	Free     bool   // costs nothing, and needs no price
	Priced   Priced
	As       string // the vendor whose prices stand in, for PricedAs
	Rule     string // the steps taken, for a person: "prefix, claude spelling, alias"
	// Candidates are the nearest names of the book ("provider/model"), best
	// first, where the name has no price. They are for a person to choose from.
	Candidates []string
	Flags      Flags

	model   *model // whose rows apply; nil if free or unpriced
	undated bool   // a date was taken off the name to find the model
}

// PricedText is "own", "as:<vendor>" or "no".
func (r Resolution) PricedText() string {
	switch r.Priced {
	case PricedOwn:
		return "own"
	case PricedAs:
		return "as:" + r.As
	}
	return "no"
}

// Resolve says what a recorded model name means at an instant; the zero time
// asks for the latest meaning. Provider is who billed, as recorded, and may be
// empty.
//
// The name's address (ARN, URL path, vendor prefix) is taken off first. What is
// left is looked up as it is; then, one fixed step at a time, without the
// decorations that do not change the price, the other spellings of its family,
// and a date. Each step must end in the exact name of a model or of the alias
// table, first at the provider itself, then at the one vendor that has it: in
// that case the vendor's price is an estimate. Anything else is unpriced.
func (b *Book) Resolve(provider, model string, at time.Time) Resolution {
	second := int64(math.MaxInt64)
	if !at.IsZero() {
		second = at.Unix()
	}
	r := *b.meanings(provider, model).at(second)
	if r.Priced == PricedNo && r.Candidates == nil {
		r.Candidates = b.candidates(provider, model)
	}
	return r
}

// longestName is the longest name that is worth looking at, in bytes; the
// longest real ones, ARNs, have about 150.
const longestName = 384

type nameKey struct{ provider, model string }

// resolutions are the meanings of one name over time.
type resolutions struct {
	from  []int64 // ascending; the first is the beginning of time
	means []Resolution
}

func (r *resolutions) at(second int64) *Resolution {
	i, found := slices.BinarySearch(r.from, second)
	if !found {
		i--
	}
	return &r.means[i]
}

// last is the latest meaning.
func (r *resolutions) last() *Resolution { return &r.means[len(r.means)-1] }

// longestProvider is the same for who bills. It has a bound of its own, so that
// what a name means can be looked up under the same provider, however long the
// name of the model is that it means.
const longestProvider = 128

// tooLong reports whether a text has more bytes than limit when it is in lower
// case, which may be longer: what is no UTF-8 becomes three bytes.
func tooLong(s string, limit int) bool {
	return len(s) > limit || len(s) > limit/3 && len(strings.ToLower(s)) > limit
}

func (b *Book) meanings(provider, name string) *resolutions {
	if tooLong(provider, longestProvider) || tooLong(name, longestName) {
		return &resolutions{[]int64{math.MinInt64}, []Resolution{{Provider: b.providerName(provider), Rule: "too long",
			Flags: FlagUnpricedModel}}}
	}
	k := nameKey{provider, name}
	if r := b.resolved.get(&k, k.hash()); r != nil {
		return r
	}
	r := &resolutions{}
	for i := -1; i < len(b.epochs); i++ {
		from := int64(math.MinInt64)
		if i >= 0 {
			from = b.epochs[i]
		}
		m, dated := b.resolve(provider, name, from)
		if n := len(r.means); n == 0 || !r.means[n-1].same(&m) {
			r.from, r.means = append(r.from, from), append(r.means, m)
		}
		if !dated { // no name with a date was looked at: it means the same always
			break
		}
	}
	k = nameKey{strings.Clone(provider), strings.Clone(name)}
	return b.resolved.put(k, r)
}

func (r *Resolution) same(s *Resolution) bool {
	return r.Provider == s.Provider && r.Model == s.Model && r.Tier == s.Tier && r.Free == s.Free && r.Priced == s.Priced &&
		r.As == s.As && r.Rule == s.Rule && r.Flags == s.Flags && slices.Equal(r.Candidates, s.Candidates)
}

// providerName returns the book's name of a provider, or the name as given, in
// lower case, if the book does not know it.
func (b *Book) providerName(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if p, ok := b.providers[s]; ok {
		return p.Name
	}
	return strings.Clone(s)
}

func (b *Book) isHost(provider string) bool { return b.providers[provider].Host }

// resolve finds the meaning of a name at one instant, and whether it may have
// another at some other instant.
func (b *Book) resolve(provider, raw string, at int64) (res Resolution, dated bool) {
	a := &address{book: b, at: at, provider: b.providerName(provider), name: strings.ToLower(strings.TrimSpace(raw))}
	if a.name == "<synthetic>" { // Claude Code's own messages, which no model wrote
		if a.provider == "" {
			a.provider = "anthropic"
		}
		return Resolution{Provider: a.provider, Free: true, Priced: PricedOwn, Rule: "placeholder"}, false
	}
	redirected := a.redirect()
	a.strip()
	if !redirected && a.redirect() {
		a.strip()
	}
	res = Resolution{Provider: a.provider, Flags: a.flags}
	forms := a.forms()
	if !b.find(&res, a, forms) {
		res.Rule = "unknown name"
		res.Flags |= FlagUnpricedModel
	}
	last := forms[len(forms)-1]
	switch {
	case last.free:
		res.Free, res.Priced, res.As, res.model, res.Flags = true, PricedOwn, "", nil, 0
		res.Rule = "free variant"
	case last.variant != "" && res.Model != "":
		res.Candidates = []string{res.vendor() + "/" + res.Model}
		res.Priced, res.As, res.model = PricedNo, "", nil
		res.Rule = "variant :" + last.variant + " has a price of its own"
		res.Flags = a.flags | FlagUnpricedModel
	}
	return res, a.dated
}

func (r *Resolution) vendor() string {
	if r.As != "" {
		return r.As
	}
	return r.Provider
}

// find looks for the first form that names a model: all forms at who bills
// first, then at vendors.
func (b *Book) find(res *Resolution, a *address, forms []form) bool {
	if a.provider != "" {
		for i := range forms {
			if hit := a.lookup(a.provider, &forms[i]); hit != nil {
				res.take(hit, a, &forms[i])
				res.Priced = PricedOwn
				return true
			}
		}
	}
	vendors := b.vendors
	if a.vendor != "" {
		vendors = []string{a.vendor}
	}
	for i := range forms {
		var found *hit
		for _, v := range vendors {
			if h := a.lookup(v, &forms[i]); h != nil {
				if found != nil {
					return false // two vendors have it: no telling which
				}
				h.vendor, found = v, h
			}
		}
		if found == nil {
			continue
		}
		res.take(found, a, &forms[i])
		if a.provider == "" {
			res.Provider, res.Priced = found.vendor, PricedOwn
		} else if own := b.hosted(a.provider, found); own != nil {
			res.model, res.Priced = own, PricedOwn
		} else {
			res.Priced, res.As, res.Flags = PricedAs, found.vendor, res.Flags|FlagEstimate
		}
		return true
	}
	return false
}

// hosted returns a host's own price for a vendor's model, by the vendor's name
// for it.
func (b *Book) hosted(host string, h *hit) *model {
	if h.model == nil {
		return nil
	}
	if m := b.byName[modelKey{host, strings.ToLower(h.model.name)}]; m != nil && len(m.base) > 0 {
		return m
	}
	return nil
}

// hit is a model or a free name that a form stands for.
type hit struct {
	model  *model
	alias  *Name
	vendor string
}

func (r *Resolution) take(h *hit, a *address, f *form) {
	steps := append(slices.Clone(a.steps), f.steps...)
	r.Tier, r.Flags = f.tier, r.Flags|f.flags
	if h.alias != nil {
		steps = append(steps, "alias")
		r.Model, r.Free = h.alias.Model, h.alias.Free
		if h.alias.Assumed {
			r.Flags |= FlagLikelyName
		}
	}
	if h.model != nil {
		r.Model, r.model, r.undated = h.model.name, h.model, f.date != ""
		if f.date != "" && h.model.snapshots {
			r.Flags |= FlagLikelyName
		}
	}
	if len(steps) == 0 {
		steps = []string{"exact"}
	}
	r.Rule = strings.Join(steps, ", ")
}

// lookup finds the exact name of a model of one provider, or of its alias table.
func (a *address) lookup(provider string, f *form) *hit {
	b := a.book
	if m := b.byName[modelKey{provider, f.name}]; m != nil && len(m.base) > 0 {
		return &hit{model: m}
	}
	names := b.names[modelKey{provider, f.name}]
	for i := range names {
		n := &names[i]
		a.dated = a.dated || !n.From.IsZero() || !n.To.IsZero()
		if !n.From.IsZero() && a.at < n.From.Unix() || !n.To.IsZero() && a.at >= n.To.Unix() {
			continue
		}
		if n.Free {
			return &hit{alias: n}
		}
		if f.date != "" && endsInOtherDate(n.Model, f.date) {
			return nil // a snapshot that the book does not have is not its sibling
		}
		if m := b.byName[modelKey{provider, strings.ToLower(n.Model)}]; m != nil && len(m.base) > 0 {
			return &hit{model: m, alias: n}
		}
	}
	return nil
}
