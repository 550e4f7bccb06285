package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/usage"
)

// mostCauses is how many parts of a rise are named.
const mostCauses = 3

// rise is by how much a combo was dearer on a day than on comparable days, times
// their number: exact.
type rise struct {
	combo int32
	cost  money.Amount // of the day
	like  money.Amount // of all comparable days together
	rise  money.Amount // cost × their number - like
}

// rises lists the combos of a series.
func (t *costTable) rises(s *costSeries, day int, like []int) []rise {
	at := make(map[int32]int)
	var out []rise
	find := func(c int32) *rise {
		i, ok := at[c]
		if !ok {
			i = len(out)
			at[c] = i
			out = append(out, rise{combo: c})
		}
		return &out[i]
	}
	each := func(day int, f func(*rise, money.Amount)) {
		for _, e := range t.entries[t.first[day]:t.first[day+1]] {
			if s.holds(&t.combos[e.combo]) {
				f(find(e.combo), e.cost)
			}
		}
	}
	each(day, func(r *rise, c money.Amount) { r.cost = r.cost.Add(c) })
	for _, d := range like {
		each(d, func(r *rise, c money.Amount) { r.like = r.like.Add(c) })
	}
	for i := range out {
		out[i].rise = money.NewRate(out[i].cost).Times(int64(len(like))).Sub(out[i].like)
	}
	return out
}

// ways are the combinations of dimensions that a rise may be explained by. The
// more specific come first.
func ways() [][]usage.Dimension {
	return [][]usage.Dimension{{usage.ByKey, usage.ByModel}, {usage.ByProject, usage.ByModel}, {usage.ByKey}, {usage.ByProject},
		{usage.ByModel}, {usage.ByProvider}}
}

// causes divides the rise of a day by the combination of dimensions that says
// most: the first of which one part, with a name, is half of the rise or more;
// else the one with the largest part.
func (t *costTable) causes(u *UnusualDay, s *costSeries, day int, like []int) []RisePart {
	rises := t.rises(s, day, like)
	var best []RisePart
	most := 0.0
	for _, dims := range ways() {
		dims = slices.DeleteFunc(slices.Clone(dims), func(d usage.Dimension) bool { return d == s.by })
		if len(dims) == 0 {
			continue
		}
		parts := t.divide(u, rises, dims, len(like))
		if len(parts) == 0 {
			continue
		}
		says := parts[0].Share
		if slices.Contains(parts[0].Values, "") {
			says /= 2
		}
		if says > most {
			best, most = parts, says
		}
		if most >= 0.5 {
			break
		}
	}
	if best == nil {
		return nil
	}
	rest := RisePart{Label: "the rest", Cost: u.Cost, Usual: u.Usual, Rise: u.Rise}
	for _, p := range best {
		rest.Cost, rest.Usual, rest.Rise, rest.Share = rest.Cost.Sub(p.Cost), rest.Usual.Sub(p.Usual), rest.Rise.Sub(p.Rise), rest.Share+p.Share
	}
	rest.Share = 1 - rest.Share
	if rest.Cost.IsZero() && rest.Usual.IsZero() {
		return best
	}
	return append(best, rest)
}

// divide groups rises by dimensions and returns the largest, without what has
// not risen.
func (t *costTable) divide(u *UnusualDay, rises []rise, dims []usage.Dimension, like int) []RisePart {
	groups := make(map[[2]string]*rise)
	for i := range rises {
		c := &t.combos[rises[i].combo]
		k := [2]string{c.of(dims[0])}
		if len(dims) > 1 {
			k[1] = c.of(dims[1])
		}
		g := groups[k]
		if g == nil {
			g = &rise{}
			groups[k] = g
		}
		g.cost, g.like, g.rise = g.cost.Add(rises[i].cost), g.like.Add(rises[i].like), g.rise.Add(rises[i].rise)
	}
	whole := money.NewRate(u.Rise).Times(int64(like)).Float()
	var out []RisePart
	for k, g := range groups {
		if g.rise.Sign() <= 0 {
			continue
		}
		p := RisePart{Dims: dims, Values: slices.Clone(k[:len(dims)]), Cost: g.cost, Usual: money.NewRate(g.like).Scale(1, int64(like)).Amount()}
		p.Rise = p.Cost.Sub(p.Usual)
		p.Share = g.rise.Float() / whole
		p.Label = t.label(p.Dims, p.Values)
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b RisePart) int {
		return cmp.Or(b.Rise.Cmp(a.Rise), slices.Compare(a.Values, b.Values))
	})
	return out[:min(len(out), mostCauses)]
}

// label names a part: "key ci-bot on gpt-5".
func (t *costTable) label(dims []usage.Dimension, values []string) string {
	var out []string
	for i, d := range dims {
		v := t.names.Of(d, values[i])
		switch {
		case v == "" && d == usage.ByKey:
			v = "untracked usage"
		case v == "" && d == usage.ByProject:
			v = "unallocated usage"
		case v == "":
			v = "usage without a " + string(d)
		case d == usage.ByModel && i > 0: // "on" says it
		default:
			v = string(d) + " " + v
		}
		out = append(out, v)
	}
	return strings.Join(out, " on ")
}

// sentence says what happened.
func (u *UnusualDay) sentence() string {
	var b strings.Builder
	b.WriteString(u.Day.Format("Mon 2 Jan"))
	if u.By != "" {
		fmt.Fprintf(&b, ": %s %s", u.By, u.Label)
	}
	switch {
	case u.Ratio == 0:
		fmt.Fprintf(&b, " cost %s, usually nothing", amountText(u.Cost, defaultCurrency))
	case u.Ratio < 10:
		fmt.Fprintf(&b, " is %.1f× its usual", u.Ratio)
	default:
		fmt.Fprintf(&b, " is %.0f× its usual", u.Ratio)
	}
	if len(u.Causes) == 0 || len(u.Causes[0].Dims) == 0 {
		return b.String()
	}
	switch c := &u.Causes[0]; {
	case c.Share >= 0.995:
		fmt.Fprintf(&b, ": all of the rise is %s", c.Label)
	case c.Share < 0.2:
		b.WriteString(": the rise is spread over many")
	default:
		fmt.Fprintf(&b, ": %.0f%% of the rise is %s", 100*c.Share, c.Label)
	}
	return b.String()
}
