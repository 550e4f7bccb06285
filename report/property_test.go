package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// zones have days of 23, 25 and 24½ hours, days without a midnight, and
// midnights off the hour.
func zones() []string {
	return []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland",
		"America/Havana", "Asia/Beirut", "Africa/Cairo", "Pacific/Chatham", "America/St_Johns"}
}

func drawZone(t *rapid.T) *time.Location {
	z, err := time.LoadLocation(rapid.SampledFrom(zones()).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// drawCells makes usage around price changes, hourly prices and changes of
// clocks.
func drawCells(t *rapid.T) []cell1 {
	starts := []string{"2026-03-06", "2026-03-27", "2026-04-03", "2026-08-14", "2026-08-20", "2026-09-09", "2026-10-05", "2026-10-23", "2026-10-30"}
	start, _ := time.Parse(time.DateOnly, rapid.SampledFrom(starts).Draw(t, "start"))
	first := usage.SlotOf(start)
	models := []usage.Dims{{Provider: "openai", Model: "gpt-5.6-sol"}, {Provider: "deepseek", Model: "deepseek-v4-flash"},
		{Provider: "anthropic", Model: "claude-sonnet-5-5"}, {Provider: "anthropic", Model: "claude-sonnet-4-6"},
		{Provider: "self-hosted", Model: "ours"}, {Provider: "openai", Model: "text-embedding-3-small"}}
	text := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(t, name) }
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) cell1 {
		d := rapid.SampledFrom(models).Draw(t, "model")
		d.Source = text("source", "claude-code", "codex", "openai", "litellm")
		d.Account, d.Project, d.Key = text("account", "", "a", "b"), text("project", "", "x", "y"), text("key", "", "k")
		d.Tier = text("tier", "", "batch")
		d.Basis = usage.Basis(rapid.IntRange(0, 5).Draw(t, "basis"))
		d.Band = rapid.SampledFrom([]usage.Band{{}, {Lo: 0, End: 100_000}, {Lo: 272_001}, {Lo: 0, End: 200_001}}).Draw(t, "band")
		width := rapid.SampledFrom([]uint8{1, 1, 1, 4, 96}).Draw(t, "width")
		slot := first + usage.Slot(rapid.IntRange(0, 4*96-1).Draw(t, "slot"))
		slot -= slot % usage.Slot(width)
		n := func(name string) int64 { return rapid.Int64Range(0, 2_000_000).Draw(t, name) }
		m := usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: n("input"), CacheRead: n("read"), CacheWrite1h: n("write"), Output: n("output")}}
		if rapid.IntRange(0, 4).Draw(t, "counted") == 0 {
			m.Requests, m.Uncounted = 0, 1
		}
		if rapid.IntRange(0, 5).Draw(t, "searches") == 0 {
			m.Quantities = []usage.Quantity{{Meter: "web_search", N: 2}}
		}
		if rapid.IntRange(0, 3).Draw(t, "says what it costs") == 0 {
			m.Reported = []usage.Charged{{Currency: "USD", Amount: money.FromAtto(rapid.Int64().Draw(t, "amount")), Records: 1}}
		}
		return cell1{slot, width, d, m}
	}), 0, 60).Draw(t, "cells")
}

func drawPlans(t *rapid.T) []pricing.Plan {
	var plans []pricing.Plan
	for _, source := range []string{"claude-code", "codex"} {
		if !rapid.Bool().Draw(t, "plan of "+source) {
			continue
		}
		from := time.Date(2026, 3, rapid.IntRange(1, 240).Draw(t, "from"), 0, 0, 0, 0, time.UTC)
		plans = append(plans, pricing.Plan{Source: source, Monthly: money.FromAtto(rapid.Int64Range(0, 4e18).Draw(t, "fee")), Currency: "USD",
			From: from, To: from.AddDate(0, 0, rapid.IntRange(1, 200).Draw(t, "days"))})
	}
	return plans
}

// naive answers a query in the plainest way there is: every cell by itself.
func naive(cube *usage.Cube, plans []pricing.Plan, q Query, counts func(i int) bool) map[string]*tally {
	out := make(map[string]*tally)
	for i := range cube.Len() {
		d, start := &cube.Sets[cube.Set[i]], cube.Slot[i].Time()
		if !counts(i) || !(usage.Span{Since: q.Since, Until: q.Until}).Contains(start) {
			continue
		}
		m := cube.MeasuresAt(i)
		charge := pricing.Embedded().ChargeCell(d, start, start.Add(time.Duration(cube.Width[i])*usage.SlotLength), m.Tokens, m.Quantities)
		var keys []string
		local := start.In(q.Zone)
		for _, by := range q.By {
			switch by {
			case usage.ByHour:
				keys = append(keys, strings.Replace(local.Format("2006-01-02T15:00:00-07:00"), "+00:00", "Z", 1))
			case usage.ByDay:
				keys = append(keys, local.Format("2006-01-02"))
			case usage.ByWeek:
				for local.Weekday() != time.Monday {
					local = local.AddDate(0, 0, -1)
				}
				keys = append(keys, local.Format("2006-01-02"))
				local = start.In(q.Zone)
			case usage.ByMonth:
				keys = append(keys, local.Format("2006-01"))
			case usage.ByPricedAs:
				tariff := pricing.Embedded().Tariff(d, start)
				keys = append(keys, tariff.Model)
			default:
				keys = append(keys, value(by, d))
			}
		}
		name := strings.Join(keys, "|")
		if out[name] == nil {
			out[name] = &tally{}
		}
		out[name].use(&m, &charge, planOf(plans, d.Source, start))
	}
	return out
}

func planOf(plans []pricing.Plan, source string, t time.Time) bool {
	return slices.ContainsFunc(plans, func(p pricing.Plan) bool { return p.Source == source && p.Covers(t) })
}

// drawCube adds what the sources have read in full, what the person prefers
// and, at times, rules.
func drawCube(t *rapid.T) *usage.Cube {
	cube := *cubeOf(drawCells(t))
	if cube.Len() > 0 && rapid.Bool().Draw(t, "covered") {
		cube.Coverage = usage.MergeCoverage(drawCoverage(t, cube.Slot[0].Time().Truncate(24*time.Hour)))
	}
	cube.Prefer = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) usage.Preference {
		return usage.Preference{Provider: drawProvider(t), Account: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "account"), Basis: usage.Basis(rapid.IntRange(2, 5).Draw(t, "use"))}
	}), 0, 2).Draw(t, "prefer")
	return &cube
}

func drawProvider(t *rapid.T) string {
	return rapid.SampledFrom([]string{"openai", "anthropic", "deepseek", "self-hosted"}).Draw(t, "provider")
}

func drawCoverage(t *rapid.T, first time.Time) []usage.Coverage {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) usage.Coverage {
		since := first.AddDate(0, 0, rapid.IntRange(-2, 4).Draw(t, "since"))
		return usage.Coverage{Provider: drawProvider(t), Account: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "account"), Basis: usage.Basis(rapid.IntRange(1, 5).Draw(t, "basis")),
			Span: usage.Span{Since: since, Until: since.AddDate(0, 0, rapid.IntRange(1, 4).Draw(t, "days"))}}
	}), 0, 5).Draw(t, "coverage")
}

// counting says which cells are in the headline, by the rules' own words.
func counting(cube *usage.Cube, plans []pricing.Plan) func(i int) bool {
	type account struct{ provider, name string }
	known, billed, mapped := make(map[account]bool), make(map[account]bool), make(map[account]bool)
	note := func(a account, b usage.Basis) {
		switch {
		case b == usage.Reported, b == usage.Metered && a.name != "":
			known[a] = true
		case b == usage.Billed:
			billed[a] = a.name != "" || billed[a]
		case a.name != "" && b < usage.Metered:
			mapped[a] = true
		}
	}
	for _, d := range cube.Sets {
		note(account{d.Provider, d.Account}, d.Basis)
	}
	for _, c := range cube.Coverage {
		note(account{c.Provider, c.Account}, c.Basis)
	}
	of := func(all map[account]bool, provider string) (names []string) {
		for a, is := range all {
			if is && a.provider == provider {
				names = append(names, a.name)
			}
		}
		return names
	}
	owner := func(a account, b usage.Basis) account {
		names := of(known, a.provider)
		if bills := of(billed, a.provider); len(names) == 0 && len(bills) == 1 {
			names = bills
		}
		if len(names) == 0 {
			if names = of(mapped, a.provider); len(names) > 1 && b != usage.Metered {
				return a
			}
		}
		switch {
		case a.name != "" || b == usage.Reported || len(names) == 0:
			return a
		case len(names) == 1:
			return account{a.provider, names[0]}
		}
		return account{a.provider, "?"}
	}
	whose := func(i int) account {
		d := &cube.Sets[cube.Set[i]]
		if planOf(plans, d.Source, cube.Slot[i].Time()) {
			return account{d.Provider, "plan:" + d.Source}
		}
		return owner(account{d.Provider, d.Account}, d.Basis)
	}
	type day struct {
		account
		day int32
	}
	has := make(map[day]map[usage.Basis]bool)
	for i := range cube.Len() {
		key := day{whose(i), cube.Slot[i].Day()}
		if has[key] == nil {
			has[key] = make(map[usage.Basis]bool)
		}
		has[key][cube.Sets[cube.Set[i]].Basis] = true
	}
	// covers says whether a basis covers a day, and whether it says which it does.
	covers := func(k day, b usage.Basis) (covered, says bool) {
		for _, c := range cube.Coverage {
			if c.Basis == b && owner(account{c.Provider, c.Account}, c.Basis) == k.account {
				says = true
				covered = covered || c.Contains((usage.Slot(k.day) * 96).Time())
			}
		}
		return covered, says
	}
	best := func(k day) usage.Basis {
		var order []usage.Basis
		for _, p := range cube.Prefer {
			if p.Provider == k.provider && (p.Account == "" || p.Account == k.name) {
				order = append(order, p.Basis)
				break
			}
		}
		order = append(order, usage.Reported, usage.Metered, usage.Logged, usage.Imported, usage.BasisUnknown)
		for _, b := range order {
			if covered, says := covers(k, b); covered || !says && has[k][b] {
				return b
			}
		}
		for _, b := range order {
			if has[k][b] {
				return b
			}
		}
		return usage.Billed
	}
	chosen := make(map[day]usage.Basis)
	return func(i int) bool {
		b, k := cube.Sets[cube.Set[i]].Basis, day{whose(i), cube.Slot[i].Day()}
		if _, ok := chosen[k]; !ok {
			chosen[k] = best(k)
		}
		return b != usage.Billed && k.name != "?" && chosen[k] == b
	}
}

func sameUsage(t *rapid.T, what string, got, want Sum) {
	a, b := got, want
	a.PlanFee, b.PlanFee, a.Cash, b.Cash, a.CashKnown, b.CashKnown = money.Amount{}, money.Amount{}, money.Amount{}, money.Amount{}, false, false
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Fatalf("%s:\n got %+v\nwant %+v", what, a, b)
	}
	if got.Cash.Sub(got.PlanFee) != want.Cash {
		t.Fatalf("%s: cash %s less fee %s, want %s", what, got.Cash, got.PlanFee, want.Cash)
	}
}

func groupings() []string {
	return []string{"", "day", "hour", "week", "month", "model", "day,provider", "project,month", "priced_as", "priced_as,hour", "week,month,key",
		"source,basis,band,tier", "account"}
}

func drawQuery(t *rapid.T) Query {
	by, err := usage.ParseDimensions(rapid.SampledFrom(groupings()).Draw(t, "by"))
	if err != nil {
		t.Fatal(err)
	}
	return Query{By: by, Zone: drawZone(t)}
}

func mustRun(t *rapid.T, cube *usage.Cube, plans []pricing.Plan, q Query) *Report {
	r, err := Run(cube, pricing.Embedded(), plans, q, time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Rows and total are what the plainest evaluation gives, in every zone, for
// every grouping, with and without plans; and the rows add up to the total.
func TestRunAgreesWithThePlainWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans, q := drawCube(t), drawPlans(t), drawQuery(t)
		r := mustRun(t, cube, plans, q)
		want := naive(cube, plans, q, counting(cube, plans))
		var all, rows tally
		for _, v := range want {
			all.merge(v)
		}
		sameUsage(t, "total", r.Total, all.sum("USD"))
		var fees money.Amount
		found := 0
		for i := range r.Rows {
			name := strings.Join(r.Rows[i].Keys, "|")
			s := &r.Rows[i].Sum
			fees = fees.Add(s.PlanFee)
			if v := want[name]; v != nil {
				sameUsage(t, name, *s, v.sum("USD"))
				rows.merge(v)
				found++
			} else if !s.Tokens.IsZero() || s.PlanFee.IsZero() && !s.CashKnown {
				t.Fatalf("row %s should not be there: %+v", name, *s)
			}
			if i > 0 && slices.Equal(r.Rows[i-1].Keys, r.Rows[i].Keys) {
				t.Fatalf("row %s comes twice", name)
			}
		}
		if len(q.By) > 0 && found != len(want) {
			t.Fatalf("%d of %d rows", found, len(want))
		}
		if carriesFees(q.By) && fees != r.Total.PlanFee {
			t.Fatalf("fees of the rows %s, of the total %s", fees, r.Total.PlanFee)
		}
	})
}

// The parts of a span add up to it, wherever it is cut, and the values of a
// filter add up to the whole.
func TestPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans, q := drawCube(t), drawPlans(t), drawQuery(t)
		q.By = nil
		whole := mustRun(t, cube, plans, q)
		var cost, cash money.Amount
		var tokens usage.Tokens
		add := func(q Query) {
			r := mustRun(t, cube, plans, q)
			cost, cash, tokens = cost.Add(r.Total.Cost), cash.Add(r.Total.Cash), tokens.Add(r.Total.Tokens)
		}
		same := func(what string) {
			if cost != whole.Total.Cost || tokens != whole.Total.Tokens || cash != whole.Total.Cash {
				t.Fatalf("%s: cost %s, cash %s, tokens %v; whole %s, %s, %v", what, cost, cash, tokens, whole.Total.Cost, whole.Total.Cash, whole.Total.Tokens)
			}
			cost, cash, tokens = money.Amount{}, money.Amount{}, usage.Tokens{}
		}
		first, last := time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		if cube.Len() > 0 {
			first, last = cube.Slot[0].Time(), cube.Slot[cube.Len()-1].Time()
		}
		calendar := Calendar{Zone: q.Zone}
		from := time.Time{}
		for day := calendar.Day(first); ; day = calendar.Day(day.Until) {
			q.Since, q.Until = from, day.Until
			if day.Until.After(last) {
				q.Until = time.Time{}
				add(q)
				break
			}
			add(q)
			from = day.Until
		}
		same("days of " + q.Zone.String())
		q.Since, q.Until = time.Time{}, time.Time{}
		if len(plans) == 0 {
			for _, project := range []string{"", "x", "y"} {
				q.Filter = map[usage.Dimension][]string{usage.ByProject: {project}}
				add(q)
			}
			same("projects")
		}
	})
}

// A basis asked for by itself is what the report lists for it.
func TestBasesStandByThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		q := Query{Zone: time.UTC}
		var counted int64
		for _, share := range mustRun(t, cube, plans, q).Bases {
			counted += share.Counted
			if share.Basis == usage.BasisUnknown {
				continue
			}
			q.Basis = share.Basis
			if alone := mustRun(t, cube, plans, q).Total; fmt.Sprint(alone) != fmt.Sprint(share.Sum) {
				t.Fatalf("%s:\n listed %+v\n alone %+v", share.Basis, share.Sum, alone)
			}
		}
		q.Basis = 0
		if total := mustRun(t, cube, plans, q).Total.Tokens.Total(); counted != total {
			t.Fatalf("%d tokens count by basis, %d in total", counted, total)
		}
	})
}
