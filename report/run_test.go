package report

import (
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

func dims(source, provider, model string) usage.Dims {
	return usage.Dims{Source: source, Provider: provider, Model: model, Basis: usage.Logged, Band: usage.Band{Lo: 0, End: 100_000}}
}

// An invoice worked out by hand: the price of gpt-5.6-sol falls from 5/0.5/30
// to 4/0.4/20 at 2026-08-21T00:00Z.
func TestInvoiceAcrossAPriceChange(t *testing.T) {
	sol := dims("codex", "openai", "gpt-5.6-sol")
	r := run(t, cubeOf([]cell1{
		one(t, "2026-08-20T23:45Z", sol, usage.Tokens{Input: 10_000, CacheRead: 20_000, Output: 1_000, Reasoning: 600}),
		one(t, "2026-08-21T00:00Z", sol, usage.Tokens{Input: 10_000, CacheRead: 20_000, Output: 1_000}),
	}), nil, Query{By: []usage.Dimension{usage.ByDay}})
	// 10k×5 + 20k×0.5 + 1k×30 = 0.05 + 0.01 + 0.03; then 0.04 + 0.008 + 0.02.
	wantAmount(t, "before", row(t, r, "2026-08-20").Cost, "0.09")
	wantAmount(t, "after", row(t, r, "2026-08-21").Cost, "0.068")
	wantAmount(t, "total", r.Total.Cost, "0.158")
	wantAmount(t, "cash without plans", r.Total.Cash, "0.158")
	if r.Total.Requests != 2 || r.Total.Tokens.Reasoning != 600 || r.Total.Tokens.Total() != 62_000 {
		t.Errorf("total is %+v", r.Total)
	}
	if r.Total.Ranged || r.Total.Currency != "USD" || !r.Subscribable || r.PlanSet {
		t.Errorf("flags: %+v", r)
	}
}

// A provider's bucket of a day during which a price changed is a range.
func TestBucketAcrossAPriceChange(t *testing.T) {
	d := dims("anthropic", "anthropic", "claude-sonnet-5-5")
	d.Basis = usage.Reported
	day := cell1{usage.SlotOf(at(t, "2026-10-06T00:00Z")), 96, d, usage.Measures{Records: 1, Uncounted: 1, Tokens: usage.Tokens{CacheRead: 1_000_000}}}
	flash := dims("litellm", "deepseek", "deepseek-v4-flash")
	cut := cell1{usage.SlotOf(at(t, "2026-09-10T00:00Z")), 96, flash, usage.Measures{Records: 1, Requests: 3, Tokens: usage.Tokens{Input: 1_000_000}}}
	r := run(t, cubeOf([]cell1{day, cut}), nil, Query{By: []usage.Dimension{usage.ByModel}})
	sonnet := row(t, r, "claude-sonnet-5-5")
	if wantAmount(t, "the last day at 0.20", sonnet.Cost, "0.2"); sonnet.Ranged || sonnet.Requests != usage.Absent {
		t.Errorf("sonnet is %+v", sonnet)
	}
	// 0.22 until 04:00, then 0.15; peak hours cost twice that.
	got := row(t, r, "deepseek-v4-flash")
	if !got.Ranged {
		t.Fatalf("flash is %+v", got)
	}
	wantAmount(t, "base", got.Cost, "0.22")
	wantAmount(t, "low", got.Low, "0.15")
	wantAmount(t, "high", got.High, "0.44")
	wantAmount(t, "total low", r.Total.Low, "0.35")
	if r.Straddling != 1 {
		t.Errorf("%d records straddle a change, want 1", r.Straddling)
	}
}

func TestQuantitiesAndUnpriced(t *testing.T) {
	sonnet := dims("claude-code", "anthropic", "claude-sonnet-5")
	ours := dims("litellm", "self-hosted", "claude-sonet-5")
	r := run(t, cubeOf([]cell1{
		one(t, "2026-08-01T10:00Z", sonnet, usage.Tokens{Input: 1000}, usage.Quantity{Meter: "web_search", N: 3}),
		one(t, "2026-08-01T10:00Z", ours, usage.Tokens{Input: 500, Output: 7}),
		one(t, "2026-08-02T10:00Z", ours, usage.Tokens{Input: 1}),
	}), nil, Query{By: []usage.Dimension{usage.ByModel, usage.ByPricedAs}})
	// 1000 × 2/M + 3 searches × 0.01.
	s := row(t, r, "claude-sonnet-5", "claude-sonnet-5")
	wantAmount(t, "with searches", s.Cost, "0.032")
	if len(s.Quantities) != 1 || s.Quantities[0] != (usage.Quantity{Meter: "web_search", N: 3}) {
		t.Errorf("quantities %v", s.Quantities)
	}
	u := row(t, r, "claude-sonet-5", "")
	if u.Priced || u.CashKnown || u.UnpricedTokens != 508 {
		t.Errorf("unpriced row is %+v", u)
	}
	if !r.Total.Priced || r.Total.UnpricedTokens != 508 || r.Total.Cost != s.Cost {
		t.Errorf("total is %+v", r.Total)
	}
	if len(r.Unpriced) != 1 || r.Unpriced[0].Tokens != 508 || r.Unpriced[0].Requests != 2 || len(r.Unpriced[0].Candidates) == 0 ||
		r.Unpriced[0].Candidates[0] != "anthropic/claude-sonnet-5" {
		t.Errorf("unpriced list is %+v", r.Unpriced)
	}
}

// A quantity without a price is listed by its meter; the tokens beside it have
// theirs.
func TestUnpricedQuantities(t *testing.T) {
	sonnet := dims("claude-code", "anthropic", "claude-sonnet-5")
	r := run(t, cubeOf([]cell1{
		one(t, "2026-08-01T10:00Z", sonnet, usage.Tokens{Input: 1000}, usage.Quantity{Meter: "moon_rides", N: 4}, usage.Quantity{Meter: "web_search", N: 1}),
		one(t, "2026-08-01T11:00Z", sonnet, usage.Tokens{}, usage.Quantity{Meter: "moon_rides", N: 1}),
	}), nil, Query{By: []usage.Dimension{usage.ByHour}})
	wantAmount(t, "the rest", r.Total.Cost, "0.012")
	if len(r.UnpricedMeters) != 1 || r.UnpricedMeters[0] != (usage.Quantity{Meter: "moon_rides", N: 5}) || r.Total.UnpricedUnits != 5 || len(r.Unpriced) != 0 {
		t.Errorf("meters %v, total %+v, models %+v", r.UnpricedMeters, r.Total, r.Unpriced)
	}
	if s := row(t, r, "2026-08-01T11:00:00Z"); s.Priced || s.UnpricedUnits != 1 {
		t.Errorf("rides alone are %+v", s)
	}
}

// The same traffic is known from logs, a gateway and the provider: the highest
// basis of each day counts, and days that only the logs know keep them.
func TestHighestBasisOfTheDayCounts(t *testing.T) {
	logs, gateway, report := dims("codex", "openai", "gpt-5.4"), dims("litellm", "openai", "gpt-5.4"), dims("openai", "openai", "gpt-5.4")
	gateway.Basis, report.Basis = usage.Metered, usage.Reported
	gateway.Account, report.Account = "acme", "acme"
	million := usage.Tokens{Input: 1_000_000} // 2.50
	cube := cubeOf([]cell1{
		one(t, "2026-07-01T23:00Z", logs, million),
		one(t, "2026-07-02T01:00Z", logs, million), one(t, "2026-07-02T22:00Z", gateway, million),
		one(t, "2026-07-03T05:00Z", logs, million), one(t, "2026-07-03T05:00Z", gateway, million), one(t, "2026-07-03T23:00Z", report, million),
	})
	r := run(t, cube, nil, Query{By: []usage.Dimension{usage.ByDay, usage.BySource}})
	if got := rowKeys(r); got != "2026-07-01|codex 2026-07-02|litellm 2026-07-03|openai" {
		t.Errorf("rows are %s", got)
	}
	wantAmount(t, "total", r.Total.Cost, "7.5")
	var names []string
	for _, b := range r.Bases {
		names = append(names, b.Basis.String())
		wantAmount(t, b.Basis.String(), b.Sum.Cost, map[usage.Basis]string{usage.Reported: "2.5", usage.Metered: "5", usage.Logged: "7.5"}[b.Basis])
		if b.Counted != 1_000_000 {
			t.Errorf("%s counts with %d tokens", b.Basis, b.Counted)
		}
	}
	if len(names) != 3 || names[0] != "reported" || names[2] != "logged" {
		t.Errorf("bases are %v", names)
	}
	// A part of a day is decided like the day.
	part := run(t, cube, nil, Query{Since: at(t, "2026-07-03"), Until: at(t, "2026-07-03T12:00Z")})
	if part.Total.Priced {
		t.Errorf("the morning has %+v, though the day's report begins in the evening", part.Total)
	}
	only := run(t, cube, nil, Query{Basis: usage.Logged})
	wantAmount(t, "logged alone", only.Total.Cost, "7.5")
}

func TestLogsOfAProviderWithSeveralAccounts(t *testing.T) {
	logs, a, b := dims("codex", "openai", "gpt-5.4"), dims("openai", "openai", "gpt-5.4"), dims("openai", "openai", "gpt-5.4")
	a.Basis, a.Account, b.Basis, b.Account = usage.Reported, "a", usage.Reported, "b"
	million := usage.Tokens{Input: 1_000_000}
	cube := cubeOf([]cell1{one(t, "2026-07-01", logs, million), one(t, "2026-07-02", a, million), one(t, "2026-07-02", b, million)})
	r := run(t, cube, nil, Query{})
	wantAmount(t, "the accounts", r.Total.Cost, "5")
	if len(r.Notes) != 1 || r.Notes[0].Code != "unmapped_logs" {
		t.Errorf("notes are %+v", r.Notes)
	}
}

func plan(t testing.TB, source, monthly, from, to string) pricing.Plan {
	p := pricing.Plan{Source: source, Monthly: amount(t, monthly), Currency: "USD", From: at(t, from)}
	if to != "" {
		p.To = at(t, to)
	}
	return p
}

// Usage under a plan is not spend: cash is the fee, cost stays what the tokens
// would have cost, and a provider's report of the same days is other traffic.
func TestPlanUsageIsNotSpend(t *testing.T) {
	logs, report := dims("claude-code", "anthropic", "claude-opus-5"), dims("anthropic", "anthropic", "claude-opus-5")
	report.Basis, report.Account = usage.Reported, "acme"
	million := usage.Tokens{Input: 1_000_000} // 5
	cube := cubeOf([]cell1{
		one(t, "2026-08-31T10:00Z", logs, million), one(t, "2026-08-31T11:00Z", report, million), // before the plan: the same traffic
		one(t, "2026-09-01T10:00Z", logs, million), one(t, "2026-09-01T11:00Z", report, million),
	})
	plans := []pricing.Plan{plan(t, "claude-code", "300", "2026-09-01", "2026-10-01")}
	r := run(t, cube, plans, Query{By: []usage.Dimension{usage.ByDay}})
	wantAmount(t, "the day before, cost", row(t, r, "2026-08-31").Cost, "5")
	wantAmount(t, "the day before, cash", row(t, r, "2026-08-31").Cash, "5")
	first := row(t, r, "2026-09-01")
	wantAmount(t, "first day, cost", first.Cost, "10")
	wantAmount(t, "first day, fee", first.PlanFee, "10")
	wantAmount(t, "first day, cash", first.Cash, "15")
	wantAmount(t, "first day, API-equivalent of the plan", first.PlanCost, "5")
	quiet := row(t, r, "2026-09-30")
	if wantAmount(t, "a day without usage", quiet.Cash, "10"); quiet.Priced || !quiet.CashKnown || quiet.Requests != 0 {
		t.Errorf("a day without usage: %+v", quiet)
	}
	if len(r.Rows) != 31 {
		t.Errorf("%d rows, want 31 days", len(r.Rows))
	}
	wantAmount(t, "total fee", r.Total.PlanFee, "300")
	wantAmount(t, "total cash", r.Total.Cash, "310")
	wantAmount(t, "total cost", r.Total.Cost, "15")
}

func TestWhichRowsCarryFees(t *testing.T) {
	cube := cubeOf([]cell1{one(t, "2026-09-15T10:00Z", dims("claude-code", "anthropic", "claude-opus-5"), usage.Tokens{Input: 1_000_000})})
	plans := []pricing.Plan{plan(t, "claude-code", "300", "2026-09-01", "2026-10-01")}
	for _, c := range []struct {
		by      string
		inRows  string
		inTotal string
		filter  map[usage.Dimension][]string
	}{
		{by: "day", inRows: "300", inTotal: "300"},
		{by: "week,source", inRows: "300", inTotal: "300"},
		{by: "source,month", inRows: "300", inTotal: "300"},
		{by: "source", inRows: "0", inTotal: "300"},
		{by: "hour", inRows: "0", inTotal: "300"},
		{by: "day,model", inRows: "0", inTotal: "300"},
		{by: "", inRows: "0", inTotal: "300"},
		{by: "day", inRows: "300", inTotal: "300", filter: map[usage.Dimension][]string{usage.BySource: {"claude-code"}}},
		{by: "day", inRows: "0", inTotal: "0", filter: map[usage.Dimension][]string{usage.BySource: {"codex"}}},
		{by: "day", inRows: "0", inTotal: "0", filter: map[usage.Dimension][]string{usage.ByModel: {"claude-opus-5"}}},
	} {
		by, err := usage.ParseDimensions(c.by)
		if err != nil {
			t.Fatal(err)
		}
		r := run(t, cube, plans, Query{By: by, Filter: c.filter})
		var sum money.Amount
		for i := range r.Rows {
			sum = sum.Add(r.Rows[i].Sum.PlanFee)
		}
		wantAmount(t, "fees in the rows by "+c.by, sum, c.inRows)
		wantAmount(t, "fee in the total by "+c.by, r.Total.PlanFee, c.inTotal)
	}
}

// A month's fee falls into that month's days, whatever zone they are counted in.
func TestFeesFallOnTheirDate(t *testing.T) {
	plans := []pricing.Plan{plan(t, "claude-code", "310", "2026-05-01", "")}
	for _, name := range []string{"UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo", "America/St_Johns"} {
		z := zone(t, name)
		span, err := ParseSpan("2026-07-01", "2026-08-01", z, at(t, "2026-11-20T15:00Z"), 1)
		if err != nil {
			t.Fatal(err)
		}
		r := run(t, cubeOf(nil), plans, Query{Since: span.Since, Until: span.Until, Zone: z, By: []usage.Dimension{usage.ByDay}})
		wantAmount(t, name, r.Total.PlanFee, "310")
		if len(r.Rows) != 31 || r.Rows[0].Keys[0] != "2026-07-01" || r.Rows[30].Keys[0] != "2026-07-31" {
			t.Errorf("%s: rows %s", name, rowKeys(r))
		}
		for i := range r.Rows {
			wantAmount(t, r.Rows[i].Keys[0], r.Rows[i].Sum.PlanFee, "10")
		}
	}
}

func TestFeesOfDaysToComeAreNotDue(t *testing.T) {
	plans := []pricing.Plan{plan(t, "codex", "300", "2026-11-01", "")}
	r := run(t, cubeOf(nil), plans, Query{By: []usage.Dimension{usage.ByMonth}})
	wantAmount(t, "20 of 30 days", r.Total.PlanFee, "200")
}

func TestSeveralCurrencies(t *testing.T) {
	plans := []pricing.Plan{plan(t, "codex", "300", "2026-09-01", "2026-10-01")}
	plans[0].Currency = "EUR"
	cube := cubeOf([]cell1{one(t, "2026-09-02", dims("claude-code", "anthropic", "claude-opus-5"), usage.Tokens{Input: 1_000_000})})
	r := run(t, cube, plans, Query{By: []usage.Dimension{usage.ByDay}})
	if r.Total.Currency != "" || len(r.Total.Costs) != 2 || r.Total.Costs[0].Currency != "EUR" {
		t.Fatalf("total is %+v", r.Total)
	}
	wantAmount(t, "euros", r.Total.Costs[0].Cash, "300")
	wantAmount(t, "dollars", r.Total.Costs[1].Cash, "5")
	if s := row(t, r, "2026-09-03"); s.Currency != "EUR" || s.Costs != nil {
		t.Errorf("a day of euros is %+v", s)
	}
}

func TestEmpty(t *testing.T) {
	r := run(t, cubeOf(nil), nil, Query{By: []usage.Dimension{usage.ByMonth}})
	if r.Total.Priced || r.Total.CashKnown || len(r.Rows) != 0 || len(r.Bases) != 0 || r.Total.Requests != 0 {
		t.Errorf("nothing is %+v", r)
	}
}

func TestCoarseCellsAreNoted(t *testing.T) {
	d := dims("openai", "openai", "gpt-5.4-mini")
	d.Basis = usage.Reported
	day := cell1{usage.SlotOf(at(t, "2026-09-01")), 96, d, usage.Measures{Records: 1, Requests: 5, Tokens: usage.Tokens{Input: 10}}}
	for name, want := range map[string]int{"UTC": 0, "Europe/Berlin": 1} {
		r := run(t, cubeOf([]cell1{day}), nil, Query{Zone: zone(t, name), By: []usage.Dimension{usage.ByDay}})
		if len(r.Notes) != want || len(r.Rows) != 1 || r.Rows[0].Keys[0] != "2026-09-01" {
			t.Errorf("%s: notes %+v, rows %s", name, r.Notes, rowKeys(r))
		}
	}
}

func TestBadQueries(t *testing.T) {
	for _, q := range []Query{
		{Since: at(t, "2026-09-02"), Until: at(t, "2026-09-02")},
		{Filter: map[usage.Dimension][]string{usage.ByDay: {"2026-09-01"}}},
		{By: []usage.Dimension{usage.ByModel, usage.ByModel}},
	} {
		_, err := Run(cubeOf(nil), pricing.Embedded(), nil, q, time.Now())
		hinted, ok := err.(interface{ Hint() string })
		if err == nil || !ok || hinted.Hint() == "" {
			t.Errorf("%+v gives %v", q, err)
		}
	}
}
