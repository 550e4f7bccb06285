package pricelist

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tokpit/pricing"
)

// ErrShrunk is wrapped by the error of [Changes.Apply] for a list that lacks
// many of the models it had before.
var ErrShrunk = errors.New("the list has lost many models")

// ErrOrder is wrapped by the error of [Changes.Apply] for an import that is
// older than the last one: a wrong clock.
var ErrOrder = errors.New("the last import is newer")

// Apply appends the new, changed and scheduled prices as one import; with force
// the refused ones too, and even if the list has shrunk. It reports whether
// there was anything to append: taking the same list over twice changes
// nothing. The additions it is given stay as they are.
func (c *Changes) Apply(a pricing.Additions, force bool) (pricing.Additions, bool, error) {
	if len(c.Shrunk) > 0 && !force {
		var parts []string
		for _, s := range c.Shrunk {
			parts = append(parts, s.String())
		}
		return a, false, fmt.Errorf("%w: %s", ErrShrunk, strings.Join(parts, "; "))
	}
	entries := slices.Concat(c.New, c.Changed, c.Scheduled)
	if force {
		entries = append(entries, c.Refused...)
	}
	if len(entries) == 0 {
		return a, false, nil
	}
	n := len(a.Imports)
	if n > 0 && c.At.Before(a.Imports[n-1].At) {
		return a, false, fmt.Errorf("%w: %s, after %s", ErrOrder, a.Imports[n-1].At, c.At)
	}
	imp := pricing.Import{ID: n + 1, At: c.At, Kind: string(c.Kind), Origin: c.Origin, Digest: c.Digest, Forced: force && len(c.Refused)+len(c.Shrunk) > 0}
	for _, e := range entries {
		r := e.After
		r.Learned = c.At
		imp.Rows = append(imp.Rows, r)
	}
	if c.Kind != Native {
		before := a.Known(string(c.Kind))
		for ref := range c.listed {
			if !before[ref] {
				imp.Listed = append(imp.Listed, ref)
			}
		}
		for ref := range before {
			if !c.listed[ref] {
				imp.Unlisted = append(imp.Unlisted, ref)
			}
		}
		slices.SortFunc(imp.Listed, compareRefs)
		slices.SortFunc(imp.Unlisted, compareRefs)
	}
	return pricing.Additions{Imports: append(slices.Clone(a.Imports), imp)}, true, nil
}
