package pricing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
)

// Check proves that the table can be compiled without doubt: every request has
// exactly one price, at every instant, in every tier and at every size. It
// returns all that is wrong, joined.
//
// Per provider and model the base rows are contiguous and the last one is open;
// rows that refine them lie inside one base price, have the same classes and do
// not overlap; a tier that is sold while the standard price depends on context
// states that context too. Instants fall on quarter hours of UTC, so no cell of
// usage straddles a change that a finer cell could have avoided.
func (t *Table) Check() error {
	t = t.sorted()
	c := &checker{table: t, base: map[modelKey][]*Row{}, kinds: map[string]Provider{}}
	c.providers()
	for i := range t.Rows {
		c.row(&t.Rows[i])
		if r := &t.Rows[i]; r.Base() {
			k := modelKey{r.Provider, r.Model}
			c.base[k] = append(c.base[k], r)
		}
	}
	c.baseRows()
	c.tierRows()
	c.names()
	c.meters()
	c.regions()
	c.lives()
	slices.SortFunc(c.errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(c.errs...)
}

type modelKey struct{ provider, model string }

type checker struct {
	table *Table
	base  map[modelKey][]*Row // in time order once baseRows has run
	kinds map[string]Provider // by alias
	errs  []error
}

func (c *checker) failf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

func (r *Row) String() string {
	s := r.Provider + "/" + r.Model + " " + r.Tier
	if r.Context.Over > 0 {
		s += " over " + fmt.Sprint(r.Context.Over)
	}
	if r.Hours != (Hours{}) {
		s += fmt.Sprintf(" %02d:%02d-%02d:%02d", r.Hours.Start/60, r.Hours.Start%60, r.Hours.End/60, r.Hours.End%60)
	}
	return s + " from " + r.From.Format(time.RFC3339)
}

func (c *checker) interval(what string, from, to time.Time) {
	for _, t := range []time.Time{from, to} {
		if !t.IsZero() && (t.Unix()%int64(usage.SlotLength/time.Second) != 0 || t.Nanosecond() != 0) {
			c.failf("%s: %s is not on a quarter hour", what, t.Format(time.RFC3339))
		}
	}
	if !to.IsZero() && !from.Before(to) {
		c.failf("%s: ends before it begins", what)
	}
}

// row checks what one row can be checked for alone.
func (c *checker) row(r *Row) {
	name := r.String()
	if p, ok := c.kinds[r.Provider]; !ok || p.Name != r.Provider {
		c.failf("%s: provider is not in the provider table", name)
	}
	if r.Model == "" || r.Model != strings.TrimSpace(r.Model) || r.Source == "" || r.From.IsZero() || r.Learned.IsZero() {
		c.failf("%s: model, from, learned and source are required", name)
	}
	if !slices.Contains(tiers(), r.Tier) {
		c.failf("%s: unknown tier", name)
	}
	if len(r.Currency) != 3 || strings.ToUpper(r.Currency) != r.Currency {
		c.failf("%s: currency %q", name, r.Currency)
	}
	c.interval(name, r.From, r.To)
	h := r.Hours
	if h != (Hours{}) && (h.Start >= h.End || h.End > 24*60 || h.Start%15 != 0 || h.End%15 != 0) {
		c.failf("%s: hours are not within one day on quarter hours", name)
	}
	if h != (Hours{}) && (r.Context != Context{} || r.Tier != Standard) {
		c.failf("%s: hours cannot be combined with a context or a tier", name)
	}
	if !r.Base() && (r.Window != 0 || r.MaxOutput != 0) {
		c.failf("%s: only base rows state a window", name)
	}
	if in, ok := r.Rates.Of(Input); !ok || in.IsZero() {
		c.failf("%s: no input rate", name)
	} else if read, ok := r.Rates.Of(CacheRead); ok && read.Cmp(in) > 0 {
		c.failf("%s: a cached token is dearer than a fresh one", name)
	}
	for k := Input; k < classCount; k++ {
		if rate, _ := r.Rates.Of(k); rate.Amount().Sign() < 0 {
			c.failf("%s: negative %s rate", name, k)
		}
	}
}

// baseRows demands one base price at every instant from the first on.
func (c *checker) baseRows() {
	owners := map[string]string{}
	for k, rows := range c.base {
		slices.SortFunc(rows, func(a, b *Row) int { return a.From.Compare(b.From) })
		for i, r := range rows[:len(rows)-1] {
			if !r.To.Equal(rows[i+1].From) {
				c.failf("%s: ends at %s, but the next base row begins at %s", r, r.To.Format(time.RFC3339), rows[i+1].From.Format(time.RFC3339))
			}
			if r.Currency != rows[i+1].Currency {
				c.failf("%s: the next base row has another currency", r)
			}
		}
		if last := rows[len(rows)-1]; !last.To.IsZero() {
			c.failf("%s: the last base row is not open", last)
		}
		if !c.kinds[k.provider].Host {
			low := strings.ToLower(k.model)
			if other, ok := owners[low]; ok {
				c.failf("%s is sold by two vendors, %s and %s: mark one a host", k.model, min(other, k.provider), max(other, k.provider))
			}
			owners[low] = k.provider
		}
	}
}

// tierRows checks the rows that refine a base price.
func (c *checker) tierRows() {
	refined := map[modelKey][]*Row{}
	for i := range c.table.Rows {
		if r := &c.table.Rows[i]; !r.Base() {
			k := modelKey{r.Provider, r.Model}
			refined[k] = append(refined[k], r)
		}
	}
	inclusive := map[string]bool{}
	for k, rows := range refined {
		for i, r := range rows {
			c.follows(c.base[k], r)
			for _, s := range rows[:i] {
				if r.Tier == s.Tier && r.Context == s.Context && r.Hours.overlaps(s.Hours) && overlap(r, s) {
					c.failf("%s: overlaps %s", r, s)
				}
				if r.Tier == s.Tier && r.Context.Over == s.Context.Over && r.Context != s.Context {
					c.failf("%s: the same threshold both includes and excludes itself", r)
				}
			}
			if r.Context.Over > 0 {
				if kind, ok := inclusive[r.Provider]; ok && kind != r.Context.Inclusive {
					c.failf("%s: other rows of the provider draw the boundary differently", r)
				}
				inclusive[r.Provider] = r.Context.Inclusive
			}
			if r.Tier == Standard && r.Context.Over > 0 {
				c.bandComplete(r, rows)
			}
		}
	}
}

func (h Hours) overlaps(g Hours) bool {
	if h == (Hours{}) || g == (Hours{}) {
		return h == g
	}
	return h.Start < g.End && g.Start < h.End
}

func overlap(a, b *Row) bool {
	return (a.To.IsZero() || b.From.Before(a.To)) && (b.To.IsZero() || a.From.Before(b.To))
}

// follows demands that a refined row lies within base rows of one price, has
// the same classes, and costs a believable multiple.
func (c *checker) follows(base []*Row, r *Row) {
	if len(base) == 0 || r.From.Before(base[0].From) {
		c.failf("%s: no base row under it", r)
		return
	}
	limits := map[string][2]int64{Standard: {200, 500}, "batch": {50, 250}, "flex": {50, 100}, "priority": {160, 400}, "fast": {100, 1200}}
	for i, b := range base {
		if !overlap(b, r) {
			continue
		}
		if i > 0 && base[i-1].Rates != b.Rates && overlap(base[i-1], r) {
			c.failf("%s: the base price changes at %s, this one does not", r, b.From.Format(time.RFC3339))
		}
		if b.Rates.Known != r.Rates.Known || b.Currency != r.Currency {
			c.failf("%s: other classes or currency than its base row", r)
		}
		percent := r.Rates.Input.Times(100)
		if l, ok := limits[r.Tier]; ok && (percent.Cmp(b.Rates.Input.Times(l[0])) < 0 || percent.Cmp(b.Rates.Input.Times(l[1])) > 0) {
			c.failf("%s: input is not between %d%% and %d%% of the base price", r, l[0], l[1])
		}
	}
}

// bandComplete demands that every tier sold while the standard long-context
// row long is in force states that context too.
func (c *checker) bandComplete(long *Row, rows []*Row) {
	for _, short := range rows {
		if short.Tier == Standard || short.Context.Over != 0 || !overlap(short, long) {
			continue
		}
		at := maxTime(short.From, long.From)
		for !at.IsZero() && (long.To.IsZero() || at.Before(long.To)) && (short.To.IsZero() || at.Before(short.To)) {
			i := slices.IndexFunc(rows, func(r *Row) bool {
				return r.Tier == short.Tier && r.Context == long.Context && r.in(at.Unix())
			})
			if i < 0 {
				c.failf("%s: has no row over %d at %s", short, long.Context.Over, at.Format(time.RFC3339))
				break
			}
			at = rows[i].To
		}
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
