package pricing

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// ErrOverlay is wrapped by the errors of [Book.With].
var ErrOverlay = errors.New("invalid price entry")

// largestFactor is the largest discount factor; what is above is a slip.
const largestFactor = 10

// check turns the user's entries into rows and factors of the book's names.
func (b *Book) check(o Overlay) (overlay, error) {
	out := overlay{entries: o, print: o.fingerprint()}
	var errs []error
	fail := func(what string, i int, provider, name string, err error) {
		errs = append(errs, fmt.Errorf("%w: %s %d (%s/%s): %w", ErrOverlay, what, i+1, provider, name, err))
	}
	for i, p := range o.Prices {
		row, err := b.ownRow(p)
		if err == nil {
			err = clashes(out.rows, &row)
		}
		if err != nil {
			fail("price", i, p.Provider, p.Model, err)
			continue
		}
		out.rows = append(out.rows, row)
	}
	for i := range out.rows {
		if r := &out.rows[i]; !r.Base() && !b.hasBase(out.rows, r) {
			errs = append(errs, fmt.Errorf("%w: %s: there is no standard price to refine: add one for the model", ErrOverlay, r))
		}
	}
	sortOverrides(out.rows)
	for i, d := range o.Discounts {
		c, err := b.ownDiscount(d)
		for _, other := range out.discounts {
			if err == nil && c.provider == other.provider && c.model == other.model && overlapping(c.from, c.to, other.from, other.to) {
				err = errors.New("another discount covers the same model and time")
			}
		}
		if err != nil {
			fail("discount", i, d.Provider, d.Model, err)
			continue
		}
		out.discounts = append(out.discounts, c)
	}
	for i, a := range o.Aliases {
		if err := b.ownAlias(a, o.Aliases[:i]); err != nil {
			fail("alias", i, a.Provider, a.Name, err)
		}
	}
	return out, errors.Join(errs...)
}

// ownRow makes a row of a price.
func (b *Book) ownRow(p OwnPrice) (Row, error) {
	if err := named(p.Provider, p.Model); err != nil {
		return Row{}, err
	}
	if err := between(p.From, p.To); err != nil {
		return Row{}, err
	}
	at := p.From
	if at.IsZero() {
		at = p.To
	}
	place := b.Place(p.Provider, p.Model, at)
	r := Row{Provider: place.Provider, Model: place.Model, Tier: tierOf(place.Provider, p.Tier), From: p.From.UTC(), To: p.To.UTC(),
		Currency: strings.ToUpper(p.Currency), Source: "your own price", Origin: Override}
	if r.Currency == "" {
		r.Currency = "USD"
	}
	if p.Note != "" {
		r.Source += ": " + p.Note
	}
	switch {
	case tierRank(r.Tier) == len(tiers()):
		return r, fmt.Errorf("unknown tier %.40q: it is one of %s", p.Tier, strings.Join(tiers(), ", "))
	case len(r.Currency) != 3 || !lettersOnly(r.Currency):
		return r, fmt.Errorf("%.40q is not a currency code", p.Currency)
	case p.ContextOver < 0 || p.Inclusive && p.ContextOver == 0:
		return r, errors.New("context_over must be a number of tokens above zero")
	}
	r.Context = Context{Over: p.ContextOver, Inclusive: p.Inclusive}
	for c, s := range [classCount]string{p.Input, p.CacheRead, p.CacheWrite5m, p.CacheWrite1h, p.Output} {
		if s == "" {
			continue
		}
		rate, err := money.ParsePerMillion(s)
		if err != nil {
			return r, fmt.Errorf("%s: %w", Class(c), err)
		}
		if rate.Amount().Sign() < 0 {
			return r, fmt.Errorf("%s: %s is below zero", Class(c), s)
		}
		r.Rates.Set(Class(c), rate)
	}
	if r.Rates.Known == 0 {
		return r, errors.New("no rate is given; 0 says that a model is free")
	}
	return r, nil
}

// sortOverrides puts prices for any size before those for large requests,
// which then take their part.
func sortOverrides(rows []Row) { slices.SortStableFunc(rows, compareRows) }

func lettersOnly(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

func named(provider, name string) error {
	switch {
	case strings.TrimSpace(provider) == "":
		return errors.New("no provider is given")
	case strings.TrimSpace(name) == "":
		return errors.New("no name is given")
	case tooLong(provider, longestProvider), tooLong(name, longestName):
		return errors.New("the name is too long")
	}
	return nil
}

// between checks an interval of a user's entry.
func between(from, to time.Time) error {
	for _, t := range []time.Time{from, to} {
		switch {
		case t.IsZero():
		case t.Unix()%int64(usage.SlotLength/time.Second) != 0 || t.Nanosecond() != 0:
			return fmt.Errorf("%s is not on a quarter hour", t.Format(time.RFC3339))
		case t.Year() < 2000 || t.Year() > lastYear:
			return fmt.Errorf("%s is not between 2000 and %d", t.Format(time.DateOnly), lastYear)
		}
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return fmt.Errorf("ends at %s, before it begins", to.Format(time.RFC3339))
	}
	return nil
}

func overlapping(aFrom, aTo, bFrom, bTo time.Time) bool {
	return (aTo.IsZero() || bFrom.Before(aTo)) && (bTo.IsZero() || aFrom.Before(bTo))
}

// clashes refuses a price for requests that another one covers already.
func clashes(rows []Row, r *Row) error {
	for i := range rows {
		if s := &rows[i]; s.key() == r.key() && s.sameConditions(r) && overlapping(s.From, s.To, r.From, r.To) {
			return errors.New("another price covers the same requests and time")
		}
	}
	return nil
}

func (b *Book) hasBase(rows []Row, r *Row) bool {
	if m := b.byName[r.key()]; m != nil && len(m.base) > 0 {
		return true
	}
	for i := range rows {
		if rows[i].Base() && rows[i].key() == r.key() {
			return true
		}
	}
	return false
}

// ownDiscount checks a discount.
func (b *Book) ownDiscount(d Discount) (discount, error) {
	if d.Model == "" {
		d.Model = "*"
	}
	if err := named(d.Provider, d.Model); err != nil {
		return discount{}, err
	}
	if err := between(d.From, d.To); err != nil {
		return discount{}, err
	}
	c := discount{provider: b.providerName(d.Provider), model: "*", from: d.From.UTC(), to: d.To.UTC(), factor: Factor{d.Num, d.Den}}
	if d.Model != "*" {
		place := b.Place(d.Provider, d.Model, d.From)
		c.provider, c.model = place.Provider, strings.ToLower(place.Model)
	}
	if d.Percent != "" {
		if d.Num != 0 || d.Den != 0 {
			return c, errors.New("give a percentage or a factor, not both")
		}
		var err error
		if c.factor, err = off(d.Percent); err != nil {
			return c, err
		}
	}
	if f := c.factor; f.Den <= 0 || f.Num < 0 || f.Den > 1e9 || f.Num > largestFactor*f.Den {
		return c, fmt.Errorf("factor %d/%d is not between 0 and %d", f.Num, f.Den, largestFactor)
	}
	return c, nil
}

// off is the factor that is left of 1 when percent are taken off.
func off(percent string) (Factor, error) {
	whole, frac, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(percent), "%"), ".")
	n, err := strconv.ParseUint(whole+frac, 10, 32)
	if err != nil || len(frac) > 6 || whole == "" {
		return Factor{}, fmt.Errorf("%.40q is not a percentage", percent)
	}
	den := int64(100)
	for range frac {
		den *= 10
	}
	if int64(n) > den {
		return Factor{}, fmt.Errorf("%s percent is more than everything", percent)
	}
	return Factor{den - int64(n), den}, nil
}

// ownAlias checks what can be checked of an alias before it is in force.
func (b *Book) ownAlias(a Alias, earlier []Alias) error {
	if err := named(a.Provider, a.Name); err != nil {
		return err
	}
	if err := named(a.Provider, a.Model); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	for _, o := range earlier {
		if lowerName(o.Name) == lowerName(a.Name) && b.providerName(o.Provider) == b.providerName(a.Provider) &&
			overlapping(o.From, o.To, a.From, a.To) {
			return errors.New("another alias gives the name a meaning at the same time")
		}
	}
	return between(a.From, a.To)
}

// checkAliases refuses aliases for what has no price: a slip of the pen.
func (b *Book) checkAliases(aliases []Alias) error {
	var errs []error
	for i, a := range aliases {
		r := b.Resolve(a.Provider, a.Name, a.From)
		if r.Priced != PricedNo {
			continue
		}
		hint := ""
		if near := b.candidates(a.Provider, a.Model); len(near) > 0 {
			hint = "; the nearest are " + strings.Join(near, ", ")
		}
		errs = append(errs, fmt.Errorf("%w: alias %d (%s/%s): there is no price for %s%s", ErrOverlay, i+1, a.Provider, a.Name, a.Model, hint))
	}
	return errors.Join(errs...)
}
