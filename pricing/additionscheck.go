package pricing

import (
	"errors"
	"fmt"
	"strings"
)

// checkImported refuses rows that could not be looked up or mean nothing.
func (r *Row) checkImported(stored bool) error {
	if err := named(r.Provider, r.Model); err != nil {
		return err
	}
	if !plainName(r.Provider) {
		return fmt.Errorf("provider: not a plain name: %.40q", r.Provider)
	}
	if stored && r.From.IsZero() {
		return errors.New("from: missing")
	}
	if err := between(r.From, r.To); err != nil {
		return err
	}
	h := r.Hours
	switch {
	case tierRank(r.Tier) == len(tiers()):
		return fmt.Errorf("tier: %.40q is not one of %s", r.Tier, strings.Join(tiers(), ", "))
	case len(r.Currency) != 3 || !lettersOnly(r.Currency):
		return fmt.Errorf("currency: not a code: %.40q", r.Currency)
	case h != (Hours{}) && (h.Start >= h.End || h.Start%15 != 0 || h.End%15 != 0):
		return errors.New("hours: not within one day on quarter hours")
	case h != (Hours{}) && (r.Context != Context{} || r.Tier != Standard):
		return errors.New("hours: cannot be combined with a tier or a context")
	case !r.Rates.Known.Has(Input):
		return errors.New("input: missing")
	}
	for c := Input; c < classCount; c++ {
		if rate, _ := r.Rates.Of(c); rate.Amount().Sign() < 0 {
			return fmt.Errorf("%s: below zero", c)
		}
	}
	return nil
}
