package scenario

import (
	"strings"

	"tokpit/pricing"
	"tokpit/tokenizer"
)

type placeKey struct {
	provider string
	to       pricing.ModelRef
}

// place returns the model that a lever means for usage of a provider: where it
// names no provider, the usage stays with its own if that sells the model.
func (b *Base) place(provider string, to pricing.ModelRef) pricing.ModelRef {
	if to.Provider != "" {
		return to
	}
	k := placeKey{provider, to}
	b.mu.RLock()
	ref, ok := b.places[k]
	b.mu.RUnlock()
	if ok {
		return ref
	}
	ref = pricing.ModelRef{Provider: provider, Model: to.Model}
	if own := b.book.Resolve(provider, to.Model, b.asOf); own.Priced != pricing.PricedOwn {
		if any := b.book.Resolve("", to.Model, b.asOf); any.Priced != pricing.PricedNo {
			ref.Provider = any.Provider
			if any.Priced == pricing.PricedAs || any.Provider == "" {
				ref.Provider = any.As
			}
		}
	}
	b.mu.Lock()
	b.places[k] = ref
	b.mu.Unlock()
	return ref
}

// matcher finds the models that a lever names: those recorded by that very name
// or, if there are none, those priced as it.
type matcher struct {
	ref   pricing.ModelRef
	exact bool
	b     *Base
	known map[pricing.ModelRef]bool
}

func (b *Base) matcher(ref pricing.ModelRef) *matcher {
	m := &matcher{ref: ref, b: b, known: make(map[pricing.ModelRef]bool)}
	for i := range b.models {
		if b.models[i].Model == ref.Model && (ref.Provider == "" || b.models[i].Provider == ref.Provider) {
			m.exact = true
			break
		}
	}
	return m
}

func (m *matcher) holds(ref pricing.ModelRef) bool {
	if m.ref == (pricing.ModelRef{}) {
		return true
	}
	if m.ref.Provider != "" && !strings.EqualFold(ref.Provider, m.ref.Provider) {
		return false
	}
	if ref.Model == m.ref.Model || m.ref.Model == "" {
		return true
	}
	if m.exact {
		return false
	}
	is, ok := m.known[ref]
	if !ok {
		is = m.b.book.Resolve(ref.Provider, ref.Model, m.b.asOf).Model == strings.ToLower(m.ref.Model)
		m.known[ref] = is
	}
	return is
}

// tokenRatio is how many tokens of one model stand for one of another: exact
// where both cut text in the same way. Agents' usage is taken for code, other
// usage for prose; the range encloses both, and data.
type tokenRatio struct {
	value [variants]frac
	exact bool
	text  string // "×1.16 (1.04 to 1.48)"
}

// thousandths of tokens of a model per o200k_base token.
func perO200K(m tokenizer.Method, k tokenizer.Kind) tokenizer.Ratio {
	if !m.Exact {
		return m.Family.Ratios(k)
	}
	switch m.Encoding {
	case tokenizer.O200K, tokenizer.O200KHarmony:
		return tokenizer.Ratio{Low: 1000, Point: 1000, High: 1000}
	case tokenizer.CL100K: // measured: 0.998 on English, 0.981 on code, 0.999 on JSON
		return tokenizer.Ratio{Low: 970, Point: 995, High: 1020}
	}
	return tokenizer.Ratio{Low: 950, Point: 1050, High: 1400} // older encodings cut code into more
}

func ratioBetween(from, to pricing.ModelRef, code bool) tokenRatio {
	a, b := tokenizer.For(from.Provider, from.Model), tokenizer.For(to.Provider, to.Model)
	same := a.Family == b.Family && a.Exact == b.Exact
	if a.Exact && b.Exact {
		same = a.Encoding == b.Encoding || textual(a.Encoding) == textual(b.Encoding)
	}
	if from == to || same && a.Family != tokenizer.Unmeasured {
		return tokenRatio{[variants]frac{entire(), entire(), entire()}, true, ""}
	}
	if same && from.Provider == to.Provider { // one maker's, neither of them measured
		return newTokenRatio(quotient(1, 1), quotient(9, 10), quotient(11, 10))
	}
	kind := tokenizer.English
	if code {
		kind = tokenizer.Code
	}
	x, y := perO200K(a, kind), perO200K(b, kind)
	point := quotient(uint64(y.Point), uint64(x.Point))
	low, high := point, point
	for _, k := range []tokenizer.Kind{tokenizer.English, tokenizer.Code, tokenizer.Data} {
		x, y := perO200K(a, k), perO200K(b, k)
		low = lesser(low, quotient(uint64(y.Low), uint64(x.High)))
		high = greater(high, quotient(uint64(y.High), uint64(x.Low)))
	}
	return newTokenRatio(point, low, high)
}

// textual is the encoding as far as plain text goes: harmony adds special
// tokens only.
func textual(encoding string) string {
	if encoding == tokenizer.O200KHarmony {
		return tokenizer.O200K
	}
	return encoding
}

func newTokenRatio(point, low, high frac) tokenRatio {
	show := func(f frac) string { return decimal(f.floor(1000), 3) }
	return tokenRatio{[variants]frac{likely: point, lowest: low, highest: high}, false,
		"×" + show(point) + " (" + show(low) + " to " + show(high) + ")"}
}
