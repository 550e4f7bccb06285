// Package tuitest helps to test the cockpit: snapshots made by hand ([Sample],
// [Empty], [Hostile]), and a terminal in memory that runs the whole program
// ([Start]).
//
// Only tests import it.
package tuitest

import (
	"errors"
	"fmt"
	"math"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

// Now is the clock of all samples: a Friday afternoon.
func Now() time.Time { return time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC) }

// cents is n hundredths of a unit.
func cents(n int64) money.Amount { return money.NewRate(money.FromUnits(n)).Scale(1, 100).Amount() }

// Sum is usage that costs so many cents, with figures in a believable relation
// to each other. covered is the part, in percent, that a plan pays for.
func Sum(c, covered int64) report.Sum {
	cost := cents(c)
	under := money.NewRate(cost).Scale(covered, 100).Amount()
	t := usage.Tokens{Input: c * 2100, CacheRead: c * 19_300, CacheWrite5m: c * 1400, Output: c * 900, Reasoning: c * 310}
	return report.Sum{
		Requests: c/4 + 1, Tokens: t,
		Cost: cost, Priced: true, Low: cost, High: cost,
		Cash: cost.Sub(under), CashKnown: true, PlanCost: under, Currency: "USD",
	}
}

// withFee adds plan fees, in cents.
func withFee(s report.Sum, fee int64) report.Sum {
	s.PlanFee = cents(fee)
	s.Cash = s.Cash.Add(s.PlanFee)
	return s
}

func line(name string, now, before, covered int64) report.Line {
	return report.Line{Name: name, Sum: Sum(now, covered), Previous: Sum(before, covered)}
}

// Sample is the usage of a small organisation in the third week of a month:
// three providers, a subscription, a price that fell and one that rose, a
// spike, unpriced models, untracked use and rows in quarantine.
func Sample() *report.Snapshot {
	now := Now()
	s := &report.Snapshot{
		AsOf: now, Zone: time.UTC, Revision: 4711, PlanSet: true, Subscribable: true,
		Bases: []report.BasisShare{
			{Basis: usage.Reported, Tokens: 1_730_000_000, Counted: 1_730_000_000, Sum: Sum(71_234, 0)},
			{Basis: usage.Logged, Tokens: 7_420_000_000, Counted: 7_420_000_000, Sum: Sum(309_876, 88)},
		},
		CycleStart: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), CycleEnd: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		Today: withFee(Sum(16_411, 70), 1333), Yesterday: withFee(Sum(18_702, 70), 1333),
		Cycle: withFee(Sum(381_110, 71), 26_667), Previous: withFee(Sum(342_095, 74), 25_806),
		PreviousFull: withFee(Sum(531_774, 73), 40_000), All: withFee(Sum(2_210_450, 70), 241_291),
		Series:      []string{"anthropic", "openai", "google"},
		Quarantined: 3,
		Unpriced: []report.Unpriced{
			{Provider: "openai", Model: "gpt-5.3-codex-preview", Tokens: 1_210_000, Requests: 84, Candidates: []string{"gpt-5.2-codex"}},
			{Provider: "", Model: "llama-4-scout-local", Tokens: 388_000, Requests: 41},
		},
		LastRecord: now.Add(-3 * time.Minute), LastSync: now.Add(-2 * time.Minute),
	}
	s.Cycle.UnpricedTokens = 1_598_000
	s.Trend = trend(now)
	s.PriceChanges = []report.PriceChange{
		{At: time.Date(2026, 10, 27, 0, 0, 0, 0, time.UTC), Provider: "anthropic", Model: "claude-opus-4-8", Text: "input 5 → 4, output 25 → 20 per 1M"},
		{At: time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC), Provider: "openai", Model: "gpt-5.2", Text: "cache read 0.125 → 0.175 per 1M", Up: true},
	}
	s.Models = []report.Line{
		line("claude-opus-4-8", 198_004, 181_220, 92), line("claude-sonnet-5", 74_410, 61_300, 85), line("gpt-5.2", 52_877, 48_102, 0),
		line("gpt-5.2-codex", 24_330, 0, 60), line("gemini-3-pro", 15_204, 17_951, 0), line("claude-haiku-4-5-20251001", 9_118, 9_004, 40),
		line("gpt-5-mini", 4_402, 4_950, 0), line("gemini-3-flash", 2_210, 1_800, 0), line("text-embedding-3-large", 512, 498, 0), line("gpt-5-nano", 3, 4, 0),
	}
	s.Models = append(s.Models,
		report.Line{Name: "gpt-5.3-codex-preview", Sum: report.Sum{Requests: 84, Tokens: usage.Tokens{Input: 1_100_000, Output: 110_000}, UnpricedTokens: 1_210_000, Currency: "USD"}},
		report.Line{Name: "llama-4-scout-local", Sum: report.Sum{Requests: 41, Tokens: usage.Tokens{Input: 360_000, Output: 28_000}, UnpricedTokens: 388_000, Currency: "USD"}})
	s.Projects = []report.Line{
		line("checkout-api", 121_470, 98_431, 70), line("mobile-app", 80_912, 84_120, 75), line("search-relevance", 61_008, 60_770, 40),
		line("", 44_651, 31_999, 80), line("data-platform", 38_204, 39_112, 66), line("support-bot", 21_740, 18_333, 0),
		line("docs", 9_019, 7_801, 90), line("infra", 4_106, 1_529, 90),
	}
	s.Providers = []report.Line{line("anthropic", 281_532, 251_524, 90), line("openai", 82_124, 53_056, 20), line("google", 17_454, 19_751, 0)}
	s.SourceLines = []report.Line{line("claude-code", 268_140, 241_777, 90), line("openai", 71_234, 53_056, 0), line("codex", 41_736, 47_262, 60)}
	for _, lines := range [][]report.Line{s.Models, s.Projects, s.Providers, s.SourceLines} {
		for i := range lines {
			lines[i].Days = days(s, &lines[i].Sum, i)
		}
	}
	s.Sources = sources(now)
	s.Book, s.Uses = Book(), uses(s.Models)
	s.Prices = s.Book.Version()
	return s
}

// days divides what a line costs over the days of the cycle, and gives it as much
// for each day of two months before. The n-th line has a rhythm of its own.
func days(s *report.Snapshot, sum *report.Sum, n int) []report.LineDay {
	const before = 60
	if !sum.Priced {
		return nil
	}
	first := len(s.Trend)
	for first > 0 && !s.Trend[first-1].Day.Before(s.CycleStart) {
		first--
	}
	weights := make([]int64, len(s.Trend)-first)
	for i := range weights {
		weights[i] = 1 + int64(s.Trend[first+i].Sum.Cost.Float())/10 + int64((i+n)*(n+3)%7)
	}
	costs, plans := money.Split(sum.Cost, weights), money.Split(sum.PlanCost, weights)
	var out []report.LineDay
	for day := first - before; day < len(s.Trend); day++ {
		i := (day - first + 3*len(weights)) % len(weights)
		out = append(out, report.LineDay{Day: day, Cost: costs[i], Planned: plans[i]})
	}
	return out
}

// trend is 200 days with weekends, growth and a spike.
func trend(now time.Time) []report.Point {
	const n = 200
	out := make([]report.Point, n)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	for i := range out {
		day := today.AddDate(0, 0, i-n+1)
		level := 9000 + float64(i)*55 + 2600*math.Sin(float64(i)*0.7) + 1500*math.Sin(float64(i)*2.3)
		switch day.Weekday() {
		case time.Saturday:
			level *= 0.3
		case time.Sunday:
			level *= 0.22
		}
		if day.Month() == time.November && day.Day() == 10 {
			level *= 2.1
		}
		if i == n-1 {
			level *= 0.8
		}
		c := int64(level)
		parts := []int64{c * 72 / 100, c * 21 / 100, c - c*72/100 - c*21/100}
		sum := withFee(Sum(c, 71), 1333)
		out[i] = report.Point{Day: day, Sum: sum, Parts: []money.Amount{cents(parts[0]), cents(parts[1]), cents(parts[2])},
			Planned: []money.Amount{sum.PlanCost, {}, {}}} // the agents' provider comes first
	}
	return out
}

func sources(now time.Time) []report.SourceStatus {
	return []report.SourceStatus{
		{Name: "claude-code", Kind: "agent log", Basis: usage.Logged, Records: 184_220, Files: 1320, Quarantined: 3,
			First: now.AddDate(0, -6, -11), Last: now.Add(-3 * time.Minute), Synced: now.Add(-2 * time.Minute),
			Places: []usage.Place{
				{Path: "/home/mara/.claude/projects", Why: "default", Found: true, Files: 1320},
				{Path: "/home/mara/.config/claude/projects", Why: "XDG_CONFIG_HOME"},
			}},
		{Name: "codex", Kind: "agent log", Basis: usage.Logged, Records: 20_118, Files: 204, Pending: 1,
			First: now.AddDate(0, -4, -2), Last: now.Add(-40 * time.Minute), Synced: now.Add(-2 * time.Minute),
			Places: []usage.Place{{Path: "/home/mara/.codex/sessions", Why: "default", Found: true, Files: 204}}},
		{Name: "openai", Kind: "provider API", Basis: usage.Reported, Records: 9_416,
			First: now.AddDate(0, -6, 0), Last: now.Add(-70 * time.Minute), Synced: now.Add(-26 * time.Hour),
			Err: "the usage API answered 429 (too many requests)", Hint: "it is tried again by itself at 15:10"},
	}
}

// Empty is a first run that found nothing.
func Empty() *report.Snapshot {
	now := Now()
	return &report.Snapshot{
		AsOf: now, Zone: time.UTC, Empty: true,
		CycleStart: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), CycleEnd: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		LastSync: now,
		Sources: []report.SourceStatus{
			{Name: "claude-code", Kind: "agent log", Basis: usage.Logged, Synced: now, Places: []usage.Place{
				{Path: "/home/mara/.claude/projects", Why: "default"},
				{Path: "/home/mara/.config/claude/projects", Why: "default"},
			}},
			{Name: "codex", Kind: "agent log", Basis: usage.Logged, Synced: now, Places: []usage.Place{
				{Path: "/home/mara/.codex/sessions", Why: "default", Found: true},
				{Path: "/mnt/team/codex", Why: "CODEX_HOME", Err: errors.New("permission denied")},
			}},
		},
	}
}

// HostileNames are names that try to break the screen.
func HostileNames() []string {
	return []string{
		"\x1b[2J\x1b[H\x1b]0;owned\x07gpt", "\x1b]52;c;cm0gLXJm\x07copy", "\u202egnp.exe\u202c rtl", "a\r\nb\tc\x00d\x7f",
		"非常に長い日本語のプロジェクト名前です", "👨\u200d👩\u200d👧\u200d👦 family 👍🏽 ❤\ufe0f 1\ufe0f⃣ 🇩🇪", "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301zalgo",
		"\u200b\u200d\u2060", "क्षत्रिय नमस्ते", "\x9b31mC1\x9d", string([]byte{0xff, 0xfe, 'x'}), "\u3164\u115f",
		fmt.Sprintf("%0500d", 7),
	}
}

// Hostile is the sample with every name replaced by one that tries to break the
// screen.
func Hostile() *report.Snapshot {
	s, names := Sample(), HostileNames()
	for _, lines := range [][]report.Line{s.Models, s.Projects, s.Providers, s.SourceLines} {
		for i := range lines {
			lines[i].Name = names[i%len(names)]
		}
	}
	for i := range s.Series {
		s.Series[i] = names[i+3]
	}
	for i := range s.Unpriced {
		s.Unpriced[i].Model = names[i]
	}
	for i := range s.PriceChanges {
		s.PriceChanges[i].Model, s.PriceChanges[i].Text = names[i], names[i+4]
	}
	s.Book, s.Prices = HostileBook(), names[1]
	for i := range s.Uses {
		s.Uses[i].Dims.Provider, s.Uses[i].Dims.Model = names[i/3], names[i]
	}
	for i := range s.Sources {
		src := &s.Sources[i]
		src.Name, src.Kind = names[i+1], names[i+5]
		src.Err, src.Hint = names[i], names[i+2]
		src.Places = []usage.Place{
			{Path: names[i+4], Why: names[i]},
			{Path: names[i], Err: errors.New(names[i+5]), Why: names[12]},
			{Path: names[12], Found: true, Files: math.MaxInt64},
		}
	}
	return s
}

// Huge is the sample with amounts and counts at the end of their range.
func Huge() *report.Snapshot {
	s := Sample()
	big := report.Sum{
		Requests: math.MaxInt64, Tokens: usage.Tokens{Input: 1 << 60, Output: 1 << 60},
		Cost: money.Max(), Priced: true, Low: money.Max(), High: money.Max(), Ranged: true, Estimated: true,
		Cash: money.Max(), CashKnown: true, PlanFee: money.Max(), PlanCost: money.Max(), Currency: "USD",
		UnpricedTokens: 1 << 60, Uncounted: 5, Records: 50,
	}
	s.Today, s.Cycle, s.All, s.PreviousFull = big, big, big, big
	for i := range s.Models {
		s.Models[i].Sum = big
	}
	for i := range s.Uses {
		s.Uses[i].Sum = big
	}
	for i := range s.Trend[190:] {
		s.Trend[190+i].Sum, s.Trend[190+i].Parts = big, []money.Amount{money.Max(), money.Max(), money.Max()}
	}
	return s
}

// Sparse is a snapshot with hardly anything: one day, nothing priced, nothing
// before.
func Sparse() *report.Snapshot {
	now := Now()
	sum := report.Sum{Requests: usage.Absent, Tokens: usage.Tokens{Input: 10, Output: 2}, UnpricedTokens: 12}
	return &report.Snapshot{
		AsOf: now, Subscribable: true,
		CycleStart: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), CycleEnd: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		Today: sum, Cycle: sum, All: sum,
		Trend:    []report.Point{{Day: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Sum: sum}},
		Models:   []report.Line{{Name: "mystery", Sum: sum}},
		Unpriced: []report.Unpriced{{Model: "mystery", Tokens: 12}},
	}
}
