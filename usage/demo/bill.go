package demo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// Bills are what the providers charge: money by day and line item, without
// tokens. They tie out with the usage at list price to the last digit, except
// where something happened that happens everywhere:
//
//   - on [holeFrom, holeUntil) usage was billed that nobody has read;
//   - on [keylessFrom, keylessUntil) a key that no report shows was used;
//   - on [untieredFrom, untieredUntil) the usage report does not say that a
//     batch job was one, so it looks twice as dear as it was;
//   - a part of the bill of lateDay was booked on the day after it;
//   - yesterday is billed only this evening ([billLag]).
const (
	holeFrom, holeUntil         = "2026-09-08", "2026-09-11"
	keylessFrom, keylessUntil   = "2026-11-03", "2026-11-08"
	untieredFrom, untieredUntil = "2026-11-14", "2026-11-17"
	lateDay                     = "2026-11-11"
	latePerMille                = 300 // of the day's output tokens on OpenAI
)

// billLag is how long after a UTC day its bill is there.
const billLag = 18 * time.Hour

// within reports whether a date lies in [from, until).
func within(date, from, until string) bool { return date >= from && date < until }

// class is a line of a bill for one model.
type class uint8

const (
	uncached class = iota
	cacheRead
	cacheWrite
	output
	webSearch
)

// item is a line of a provider's bill.
type item struct {
	provider, environment, project, key string
	model, tier                         string
	class                               class
}

func (a item) compare(b item) int {
	return cmp.Or(strings.Compare(a.project, b.project), strings.Compare(a.key, b.key), strings.Compare(a.environment, b.environment),
		strings.Compare(a.model, b.model), strings.Compare(a.tier, b.tier), cmp.Compare(a.class, b.class))
}

// text is how the provider words the line.
func (a item) text() string {
	if a.provider == "openai" {
		name := [...]string{"input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "web_searches"}[a.class]
		if a.tier == batch {
			name = "batch_" + name
		}
		return a.model + ", " + name
	}
	if a.class == webSearch {
		return "Web Search Usage"
	}
	name := [...]string{"Input Tokens", "Input Tokens, Cache Read", "Input Tokens, Cache Write", "Output Tokens"}[a.class]
	usage := " Usage - "
	if a.tier == batch {
		usage = " Usage (Batch) - "
	}
	return title(a.model) + usage + name
}

// title turns "claude-opus-5-5" into "Claude Opus 5.5".
func title(model string) string {
	var b strings.Builder
	for i, word := range strings.Split(model, "-") {
		digit := word[0] >= '0' && word[0] <= '9'
		switch {
		case digit && len(word) == 8: // the date of a snapshot
			continue
		case digit && i > 0 && isDigit(b.String()):
			b.WriteByte('.')
		case i > 0:
			b.WriteByte(' ')
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func isDigit(s string) bool { return s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' }

// bill adds up what the workloads used on a day: units by line item.
type bill map[item]int64

func (b bill) add(r *usage.Record, tier string) {
	at := item{r.Provider, r.Environment, r.Project, r.Key, r.Model, tier, uncached}
	if r.Provider == "anthropic" { // its bill knows workspaces, but no keys
		at.key, at.environment = "", ""
	}
	for c, n := range [...]int64{r.Input, r.CacheRead, r.CacheWrite5m, r.Output} {
		if at.class = class(c); n > 0 {
			b[at] += n
		}
	}
	for _, q := range r.Quantities {
		search := item{provider: at.provider, project: at.project, class: webSearch}
		b[search] += q.N
	}
}

// records are the bill's lines. What was booked late is moved from its day to
// the next.
func (b bill) records(day time.Time, dues tariffs, before bill) []usage.Record {
	cost := make(map[item]money.Amount, len(b))
	for at, n := range b {
		cost[at] = dues.cost(at, n, day)
		if day.Format(time.DateOnly) == lateDay {
			cost[at] = cost[at].Sub(dues.late(at, n, day))
		}
	}
	for at, n := range before {
		if late := dues.late(at, n, day.AddDate(0, 0, -1)); !late.IsZero() {
			cost[at] = cost[at].Add(late)
		}
	}
	out := make([]usage.Record, 0, len(cost))
	for _, at := range slices.SortedFunc(maps.Keys(cost), item.compare) {
		kind, model, tier := "costs/1d", "", "" // OpenAI says both only in the line's text
		if at.provider == "anthropic" {
			kind, model, tier = "cost_report/1d", at.model, at.tier
		}
		out = append(out, usage.Record{
			ID:    fmt.Sprintf("%s/%s/%s/%s/%s/%s", at.provider, kind, at.project, at.key+at.environment, at.text(), day.Format(time.DateOnly)),
			Start: day, End: day.AddDate(0, 0, 1), Slice: kind,
			Dims: usage.Dims{Source: at.provider, Account: account, Provider: at.provider, Organization: orgName, Environment: at.environment,
				Project: at.project, Key: at.key, Model: model, Tier: tier, Basis: usage.Billed,
				Tags: usage.NewTags(map[string]string{string(usage.ByLineItem): at.text()})},
			Context: usage.Absent, Requests: usage.Absent, Reported: cost[at], Currency: "USD",
		})
	}
	return out
}

// tariffs are the list prices that the bills go by, oldest first for a model.
type tariffs []tariff

type tariff struct {
	model string
	from  string // YYYY-MM-DD
	rates [webSearch]money.Rate
}

// cost is the price of n units of a line on a day.
func (ts tariffs) cost(at item, n int64, day time.Time) money.Amount {
	if at.class == webSearch {
		return money.NewRate(money.FromUnits(10)).Scale(1, 1000).Times(n)
	}
	var rate money.Rate
	for i := range ts {
		if t := &ts[i]; t.model == at.model && t.from <= day.Format(time.DateOnly) {
			rate = t.rates[at.class]
		}
	}
	if at.tier == batch {
		rate = rate.Scale(1, 2)
	}
	return rate.Times(n)
}

// late is the part of a line of lateDay that is booked on the day after.
func (ts tariffs) late(at item, n int64, day time.Time) money.Amount {
	if at.provider != "openai" || at.class != output || day.Format(time.DateOnly) != lateDay {
		return money.Amount{}
	}
	return ts.cost(at, n*latePerMille/1000, day)
}

// listPrices are dollars per million tokens: input, cache read, cache write,
// output.
func listPrices() tariffs {
	var out tariffs
	add := func(model, from string, rates ...string) {
		t := tariff{model: model, from: from}
		for i, s := range rates {
			rate, err := money.ParsePerMillion(s)
			if err != nil {
				panic(err) // the table below is wrong
			}
			t.rates[i] = rate
		}
		out = append(out, t)
	}
	add("gpt-5.4-mini", "", "0.75", "0.075", "0.75", "4.5")
	add("gpt-5.4-nano", "", "0.2", "0.02", "0.2", "1.25")
	add("text-embedding-3-small", "", "0.02", "0.02", "0.02", "0")
	add("gpt-5.6-luna", "", "1", "0.1", "1.25", "6")
	add("gpt-5.6-luna", "2026-07-30", "0.2", "0.02", "0.25", "1.2")
	add("claude-haiku-4-5-20251001", "", "1", "0.1", "1.25", "5")
	add("claude-sonnet-4-6", "", "3", "0.3", "3.75", "15")
	add("claude-sonnet-5", "", "2", "0.2", "2.5", "10")
	add("claude-sonnet-5-5", "", "2", "0.2", "2.5", "10")
	add("claude-sonnet-5-5", "2026-10-07", "2", "0.1", "2.5", "10")
	for _, model := range []string{"claude-opus-4-7", "claude-opus-4-8", "claude-opus-5"} {
		add(model, "", "5", "0.5", "6.25", "25")
	}
	add("claude-opus-5-5", "", "4", "0.2", "5", "20")
	return out
}
