package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/pricing"
	"tokpit/tokenizer"
	"tokpit/usage"
)

// EstimateOptions say which models an [Estimator] is for, and at which prices.
type EstimateOptions struct {
	Book    *pricing.Book
	At      time.Time // whose prices apply
	Library tokenizer.Library
	History *History // may be nil
	// Observed are counts that providers made, beside what was estimated for the
	// same texts. They narrow the estimates of a family.
	Observed map[tokenizer.Family][]tokenizer.Observation
	// Models are names as people write them, with a provider in front or not. An
	// unknown one is an unpriced row. None is the current models, see NewEstimator.
	Models []string
	// All takes every model that has a price instead of the current ones.
	All bool
	// Match keeps models whose provider or name it fits, see [NameFilter].
	Match string
	// Also are models that are there besides the current ones if they have a price,
	// whatever Match says: those that somebody has marked.
	Also []pricing.ModelRef
	// Tier is the service tier that is asked for, "" is standard. Where a model
	// has no price for it, standard applies, and a flag says so.
	Tier string
}

const (
	// staleAfter is how long a model of which nothing but its price is known stays
	// current.
	staleAfter = 2 * 365 * 24 * time.Hour
	// ahead is how far prices that depend on the hour are looked at: every hour of
	// every day of the week.
	ahead = 7 * 24 * time.Hour
)

// Estimator works out what prompts cost. What does not depend on the prompt is
// found out once, so that all models take well under a millisecond for each
// change of the text. It is immutable and safe for concurrent use.
type Estimator struct {
	options    EstimateOptions
	candidates []candidate
	encodings  []string
}

// candidate is a model with all that does not depend on the prompt.
type candidate struct {
	fixed      Estimated // what is always the same
	method     tokenizer.Method
	encoding   string // canonical name of the exact one; "" for an estimate
	standard   []banded
	batch      []banded
	dims       usage.Dims
	cached     bool // the cache classes have a price of their own
	filled     bool
	mute       bool // gives no text
	inputLimit bool // the window is of the input alone
}

// banded is the prices for requests whose total input lies in [lo, end); end 0
// means no upper end.
type banded struct {
	lo, end int64
	over    int64 // the threshold, as vendors state it; 0 below the first
	tariff  pricing.Tariff
}

// NewEstimator returns an estimator for the named models, or else for the current
// ones: those with a price that are not retired, one of each. Left out are dated
// snapshots that cost the same as the name without a date, other people's
// fine-tunes, models that give no text, those that only an agent can call, and
// those of which nothing is known but a price of two years ago. Models that the
// user has used, or has set a price for, are there too, also without a price; but
// embeddings, which answer no prompt and would be the cheapest of all, only if
// Match finds them.
func NewEstimator(o EstimateOptions) *Estimator {
	e := &Estimator{options: o}
	matches := NameFilter(o.Match)
	seen := make(map[pricing.ModelRef]bool)
	add := func(c candidate) {
		if c.fixed.Asked == "" && !o.All && o.Match == "" && embeds(c.fixed.Model, c.fixed.Row.Rates.Known) {
			return
		}
		if !seen[c.fixed.ModelRef] && matches(c.fixed.ModelRef) {
			seen[c.fixed.ModelRef] = true
			e.candidates = append(e.candidates, c)
		}
	}
	if len(o.Models) > 0 {
		for _, name := range o.Models {
			add(e.named("", name, true))
		}
	} else {
		for _, l := range e.current() {
			add(e.listed(l))
		}
		for _, ref := range o.Also {
			if l, ok := o.Book.Listing(ref.Provider, ref.Model, o.At); ok && !seen[ref] {
				seen[ref] = true
				e.candidates = append(e.candidates, e.listed(l))
			}
		}
		for _, ref := range o.History.Models() {
			if r := o.resolve(ref.Provider, ref.Model); !r.free { // such as what an agent makes up itself
				add(e.named(ref.Provider, ref.Model, false))
			}
		}
	}
	e.encodings = []string{tokenizer.O200K}
	for i := range e.candidates {
		if name := e.candidates[i].encoding; name != "" && !slices.Contains(e.encodings, name) {
			e.encodings = append(e.encodings, name)
		}
	}
	return e
}

// Encodings are the encodings that prompts must be counted in.
func (e *Estimator) Encodings() []string { return slices.Clone(e.encodings) }

// Len is the number of models.
func (e *Estimator) Len() int { return len(e.candidates) }

// Find returns the model that a name means, if the estimator has it.
func (e *Estimator) Find(name string) (pricing.ModelRef, bool) {
	ref := e.options.resolve("", name).ref
	for i := range e.candidates {
		if f := &e.candidates[i].fixed; f.ModelRef == ref || f.Asked == name {
			return f.ModelRef, true
		}
	}
	return pricing.ModelRef{}, false
}

// Unknown returns the first of the named models of which nothing is known, neither
// a price nor a family of vocabularies nor a request of the user's own, with the
// nearest names. ok is false if there is none.
func (e *Estimator) Unknown() (name string, nearest []string, ok bool) {
	for i := range e.candidates {
		c := &e.candidates[i]
		if f := &c.fixed; f.Asked != "" && !f.Priced && f.Requests == 0 && c.method.Family == tokenizer.Unmeasured && !c.method.Exact {
			return f.Asked, f.Candidates, true
		}
	}
	return "", nil, false
}

// current are the listings that a person may want to send a prompt to.
func (e *Estimator) current() []pricing.Listing {
	at := e.options.At
	all := e.options.Book.List(at)
	if e.options.All {
		return all
	}
	byName := make(map[pricing.ModelRef]*pricing.Listing, len(all))
	for i := range all {
		byName[all[i].ModelRef] = &all[i]
	}
	out := all[:0:0]
	for i := range all {
		l := &all[i]
		_, used := e.options.History.Of(l.ModelRef)
		found := e.options.Match != "" && embeds(l.Model, l.Rates.Known)
		if used || found || l.Row.Origin != pricing.Reviewed || isCurrent(l, byName, at) {
			out = append(out, *l)
		}
	}
	return out
}

func isCurrent(l *pricing.Listing, all map[pricing.ModelRef]*pricing.Listing, at time.Time) bool {
	switch {
	case l.HasLife && l.Life.StatusAt(at) == pricing.Retired,
		!l.Rates.Known.Has(pricing.Output),
		strings.HasPrefix(l.Model, "ft:"), strings.HasSuffix(l.Model, "-finetuned"),
		l.Row.From.After(at),
		l.Provider == "cursor", l.Provider == "github": // agents, which take no request from elsewhere
		return false
	}
	if stem, dated := undated(l.Model); dated {
		twin := all[pricing.ModelRef{Provider: l.Provider, Model: stem}]
		if twin != nil && (samePrices(l, twin) || !l.HasLife && twin.HasLife && twin.Life.StatusAt(at) == pricing.Retired) {
			return false
		}
	}
	return l.HasLife || at.Sub(l.Row.From) < staleAfter
}

// embeds reports a model that turns text into vectors: its name says so, and it
// has no price for an answer.
func embeds(model string, known pricing.Classes) bool {
	return strings.Contains(strings.ToLower(model), "embed") && !known.Has(pricing.Output)
}

// undated takes -2026-03-05 or -20260305 off a name.
func undated(model string) (string, bool) {
	for _, layout := range []string{"-2006-01-02", "-20060102"} {
		if i := len(model) - len(layout); i > 0 {
			if _, err := time.Parse(layout, model[i:]); err == nil {
				return model[:i], true
			}
		}
	}
	return model, false
}

// samePrices reports whether two models cost the same in every way.
func samePrices(a, b *pricing.Listing) bool {
	if a.Rates != b.Rates || a.Row.Currency != b.Row.Currency || len(a.Tiers) != len(b.Tiers) {
		return false
	}
	for _, r := range a.Tiers {
		if !slices.ContainsFunc(b.Tiers, func(s pricing.Row) bool {
			return r.Tier == s.Tier && r.Context == s.Context && r.Hours == s.Hours && r.Rates == s.Rates
		}) {
			return false
		}
	}
	return true
}

// resolved is what a name means.
type resolved struct {
	ref        pricing.ModelRef
	listing    pricing.Listing
	listed     bool
	candidates []string
	free       bool
}

func (o *EstimateOptions) resolve(provider, name string) resolved {
	r := o.Book.Resolve(provider, name, o.At)
	out := resolved{ref: pricing.ModelRef{Provider: r.Provider, Model: r.Model}, candidates: r.Candidates, free: r.Free}
	if r.Model == "" {
		out.ref = pricing.ModelRef{Provider: cmp.Or(r.Provider, provider), Model: clean.Limit(name, 200)}
	}
	vendor := r.Provider
	if r.Priced == pricing.PricedAs {
		vendor = r.As
	}
	if r.Priced != pricing.PricedNo {
		out.listing, out.listed = o.Book.Listing(vendor, r.Model, o.At)
	}
	return out
}

// named returns the candidate of a name as people or tools write it.
func (e *Estimator) named(provider, name string, asked bool) candidate {
	r := e.options.resolve(provider, name)
	c := e.candidate(r.ref, r.listing, r.listed || r.free, usage.Dims{Provider: provider, Model: name, Tier: e.options.Tier})
	if asked {
		c.fixed.Asked = clean.Limit(name, 200)
	}
	if !c.fixed.Priced {
		for _, n := range r.candidates {
			c.fixed.Candidates = append(c.fixed.Candidates, clean.Text(n))
		}
	}
	return c
}

func (e *Estimator) listed(l pricing.Listing) candidate {
	return e.candidate(l.ModelRef, l, true, usage.Dims{Provider: l.Provider, Model: l.Model, Tier: e.options.Tier})
}

// candidate settles all that is known of a model before there is a prompt.
func (e *Estimator) candidate(ref pricing.ModelRef, l pricing.Listing, priced bool, d usage.Dims) candidate {
	o := &e.options
	known := l.Row.Rates.Known
	c := candidate{dims: d, cached: known.Has(pricing.CacheRead), filled: known.Has(pricing.CacheWrite5m),
		mute: priced && known != 0 && !known.Has(pricing.Output), inputLimit: l.Provider == "google" || l.Provider == "vertex"}
	c.method = o.Library.For(ref.Provider, ref.Model)
	if c.method.Exact {
		if enc, err := o.Library.Get(c.method.Encoding); err == nil {
			c.encoding = enc.Name()
		}
	}
	f := &c.fixed
	f.ModelRef = ref
	f.Row, f.Window, f.MaxOutput = l.Row, l.Row.Window, l.Row.MaxOutput
	if l.HasLife {
		f.Life, f.HasLife, f.Shutdown = l.Life.StatusAt(o.At), true, l.Life.Shutdown
	}
	f.Changes = l.Row.To
	if !l.Next.From.IsZero() {
		f.Changes = l.Next.From
	}
	if habit, ok := o.History.Of(ref); ok {
		f.Requests = habit.Requests
	}
	if priced {
		c.standard = e.bands(d, &l)
		f.Priced = len(c.standard) > 0
		if slices.ContainsFunc(l.Tiers, func(r pricing.Row) bool { return r.Tier == "batch" }) {
			d.Tier = "batch"
			c.batch = e.bands(d, &l)
		}
	}
	return c
}

// bands returns the prices of a model by the size of the request, nil if some
// size has none.
func (e *Estimator) bands(d usage.Dims, l *pricing.Listing) []banded {
	at := e.options.At
	out := []banded{{}}
	hourly := false
	tiers := slices.Clone(l.Tiers)
	slices.SortFunc(tiers, func(a, b pricing.Row) int { return cmp.Compare(firstOver(a.Context), firstOver(b.Context)) })
	for _, r := range tiers {
		hourly = hourly || r.Hours != pricing.Hours{}
		if lo := firstOver(r.Context); lo > out[len(out)-1].lo {
			out[len(out)-1].end = lo
			out = append(out, banded{lo: lo, over: r.Context.Over})
		}
	}
	until := at.Add(ahead)
	for _, t := range []time.Time{l.Row.To, l.Next.From} {
		if !t.IsZero() && t.After(at) && t.Before(until) {
			until = t
		}
	}
	for i := range out {
		b := &out[i]
		d.Band = usage.Band{Lo: b.lo, End: b.end}
		if hourly {
			b.tariff = e.options.Book.TariffOver(&d, at, until)
		} else {
			b.tariff = e.options.Book.Tariff(&d, at)
		}
		if !b.tariff.Priced {
			return nil
		}
	}
	return out
}

// firstOver is the smallest total input that a row is for.
func firstOver(c pricing.Context) int64 {
	if c.Over == 0 || c.Inclusive {
		return c.Over
	}
	return c.Over + 1
}

func compareRefs(x, y pricing.ModelRef) int {
	return cmp.Or(strings.Compare(x.Provider, y.Provider), strings.Compare(x.Model, y.Model))
}
