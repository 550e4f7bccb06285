package scenario

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/money"
)

// finish turns single results into scores and pairs, in a fixed order.
func (s *scoreReader) finish() {
	keys := slices.SortedFunc(maps.Keys(s.groups), compareKeys)
	s.plan(keys)
	single := make(map[scoreKey]map[string]Points)
	for _, k := range keys {
		g := s.groups[k]
		values, byItem := g.means()
		score := Score{Provider: k.provider, Model: k.model, Metric: k.metric, Effort: k.effort, AsOf: g.asOf, Origin: s.options.Name}
		mean, interval := values[0], Interval{}
		if len(values) > 1 {
			mean, interval = bootstrap(values)
			score.Interval, score.Items = &interval, len(values)
			s.step(len(values))
		}
		score.Mean = mean
		if g.costs > 0 {
			score.Cost, score.HasCost = money.NewRate(g.cost).Scale(1, g.costs).Amount(), true
		}
		if g.timed > 0 {
			score.Latency, score.HasLatency = g.latency/time.Duration(g.timed), true
		}
		s.out.Scores = append(s.out.Scores, score)
		if len(byItem) > 1 {
			single[k] = byItem
		}
	}
	s.pair(keys, single)
	slices.Sort(s.out.Ignored)
}

// plan works out how many results will be drawn from, for the progress.
func (s *scoreReader) plan(keys []scoreKey) {
	paired := 0
	for i, a := range keys {
		s.total += int64(len(s.groups[a].order))
		for _, b := range keys[i+1:] {
			if a.metric != b.metric {
				continue
			}
			n := min(len(s.groups[a].order), len(s.groups[b].order))
			if paired += n * resamples; paired <= maxPairedWork {
				s.total += int64(n)
			}
		}
	}
}

func (s *scoreReader) step(results int) {
	if s.done += int64(results); s.options.Progress != nil {
		s.options.Progress(min(s.done, s.total), s.total)
	}
}

func compareKeys(a, b scoreKey) int {
	return cmp.Or(strings.Compare(a.metric, b.metric), strings.Compare(a.provider, b.provider), strings.Compare(a.model, b.model), strings.Compare(a.effort, b.effort))
}

// means returns the items' scores in their order, and those of named items by
// name.
func (g *scoreGroup) means() ([]Points, map[string]Points) {
	values, byItem := make([]Points, len(g.order)), make(map[string]Points)
	for i, item := range g.order {
		all := g.items[item]
		values[i] = divide(sumPoints(all), Points(len(all)))
		if item[0] != 0 {
			byItem[item] = values[i]
		}
	}
	return values, byItem
}

// pair compares the models of each metric on the items that they share.
func (s *scoreReader) pair(keys []scoreKey, single map[scoreKey]map[string]Points) {
	work := 0
	for i, a := range keys {
		for _, b := range keys[i+1:] {
			if a.metric != b.metric || single[a] == nil || single[b] == nil {
				continue
			}
			if work += min(len(single[a]), len(single[b])) * resamples; work > maxPairedWork {
				s.out.Unpaired++
				continue
			}
			delta, interval, n, ok := paired(single[a], single[b])
			s.step(min(len(single[a]), len(single[b])))
			if !ok {
				continue
			}
			s.out.Pairs = append(s.out.Pairs, Paired{Metric: a.metric, A: a.contender(), B: b.contender(), Delta: delta, Interval: interval, Items: n})
		}
	}
}

func (k scoreKey) contender() Contender { return Contender{k.provider, k.model, k.effort} }

// readPoints reads a score: a decimal number, or a verdict.
func readPoints(text string) (Points, bool) {
	switch strings.ToLower(text) {
	case "true", "pass", "passed", "yes":
		return 1_000_000, true
	case "false", "fail", "failed", "no":
		return 0, true
	}
	a, ok := readDecimal(strings.TrimSpace(strings.TrimSuffix(text, "%")))
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.Replace(a.Format(6), ".", "", 1), 10, 64)
	if err != nil || n > int64(maxPoints) || n < -int64(maxPoints) {
		return 0, false
	}
	return Points(n), true
}

// readDecimal reads a decimal number as programs write it, with an exponent and
// with more digits than an amount can hold: these are cut at 1e-18.
func readDecimal(text string) (money.Amount, bool) {
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(text), "e")
	shift := 0
	if scientific {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil || shift < -40 || shift > 18 {
			return money.Amount{}, false
		}
	}
	sign := ""
	if rest, ok := strings.CutPrefix(mantissa, "-"); ok {
		sign, mantissa = "-", rest
	} else {
		mantissa = strings.TrimPrefix(mantissa, "+")
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	if len(whole)+len(frac) == 0 || len(whole)+len(frac) > 100 || strings.Trim(whole+frac, "0123456789") != "" {
		return money.Amount{}, false
	}
	digits, point := whole+frac, len(whole)+shift
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	whole, frac = digits[:point], digits[point:]
	frac = frac[:min(len(frac), money.Decimals)]
	plain := sign + cmp.Or(strings.TrimLeft(whole, "0"), "0")
	if frac != "" {
		plain += "." + frac
	}
	a, err := money.Parse(plain)
	return a, err == nil
}
