package focus

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// good are rows of every kind that there is.
func good(t testing.TB) (columns []string, rows [][]string) {
	at := time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)
	plan := pricing.Plan{Source: "claude-code", Monthly: money.FromUnits(30), Currency: "USD", From: at.Truncate(24 * time.Hour)}
	band := usage.Band{End: 200_001}
	tt, ok := t.(*testing.T)
	if !ok {
		tt = &testing.T{}
	}
	s, _ := rowsOf(tt, []pricing.Plan{plan}, pricing.Embedded(), map[usage.Dims]usage.Measures{
		{Source: "claude-code", Provider: "anthropic", Model: "claude-sonnet-4-6", Basis: usage.Logged, Band: band}:                {Records: 1, Requests: 1, Tokens: usage.Tokens{Input: 1_000_000, CacheRead: 7}},
		{Source: "openai", Provider: "openai", Account: "acme", Project: "web", Model: "gpt-5", Basis: usage.Reported, Band: band}: {Records: 1, Requests: 1, Tokens: usage.Tokens{Output: 3}},
		{Source: "anthropic", Provider: "anthropic", Account: "acme", Key: "k", Tags: usage.NewTags(map[string]string{"cost_center": "4711"}), Model: "claude-sonnet-4-6", Basis: usage.Reported, Band: band}: {
			Records: 1, Requests: 1, Tokens: usage.Tokens{CacheWrite1h: 5}, Quantities: []usage.Quantity{{Meter: "web_search", N: 2}}},
	}, at)
	for _, c := range s.columns {
		columns = append(columns, c.Name)
	}
	for _, r := range s.rows {
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = r[c]
		}
		rows = append(rows, row)
	}
	return columns, rows
}

func verdict(t testing.TB, columns []string, rows [][]string) []string {
	t.Helper()
	c, err := NewChecker(columns, Lacking())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		c.Row(r)
	}
	var out []string
	for _, f := range c.Done().Failures {
		if f.Rule != Contradicted {
			out = append(out, f.Rule)
		}
	}
	return out
}

// What tokpit writes keeps every rule; what is wrong breaks the rule that says
// so.
func TestRules(t *testing.T) {
	columns, rows := good(t)
	if len(rows) < 6 {
		t.Fatalf("%d rows", len(rows))
	}
	if got := verdict(t, columns, rows); len(got) != 0 {
		t.Fatalf("broken: %v", got)
	}
	is := func(column, value string) func([]string) bool {
		return func(r []string) bool { return r[slices.Index(columns, column)] == value }
	}
	for _, c := range []struct {
		column, value, rule string
		row                 func([]string) bool
	}{
		{"ListCost", "3.0000000000001", "ListUnitPrice-C-010-C", is("SkuMeter", "Input Tokens")},
		{"ChargeCategory", "Tokens", "ChargeCategory-C-003-M", is("SkuMeter", "Input Tokens")},
		{"ChargePeriodStart", "2026-11-10T00:00:00+00:00", "ChargePeriodStart-C-002-M", is("SkuMeter", "Input Tokens")},
		{"BillingCurrency", "", "BillingCurrency-C-004-M", is("SkuMeter", "Input Tokens")},
		{"BillingCurrency", "ZZQ", "BillingCurrency-C-006-M", is("SkuMeter", "Input Tokens")},
		{"BilledCost", "1,000.00", "BilledCost-C-002-M", is("SkuMeter", "Output Tokens")},
		{"SkuPriceDetails", `{"a":{"b":1}}`, "SkuPriceDetails-C-001-M", is("SkuMeter", "Output Tokens")},
		{"Tags", "[1]", "Tags-C-001-M", is("SkuMeter", "Output Tokens")},
		{"PricingQuantity", "", "PricingQuantity-C-005-C", is("SkuMeter", "Output Tokens")},
		{"EffectiveCost", "1", "EffectiveCost-C-005-C", is("ChargeCategory", "Purchase")},
		{"SkuId", "another", "SkuPriceId-C-008-M", is("SkuPriceId", "claude-code/subscription-paid")},
		{"BilledCost", "9e999999999", "BilledCost-C-002-M", is("SkuMeter", "Output Tokens")},
	} {
		changed := make([][]string, len(rows))
		done := false
		for i, r := range rows {
			changed[i] = slices.Clone(r)
			if !done && c.row(r) {
				changed[i][slices.Index(columns, c.column)], done = c.value, true
			}
		}
		if got := verdict(t, columns, changed); !done || !slices.Contains(got, c.rule) {
			t.Errorf("%s = %q: %v, want %s", c.column, c.value, got, c.rule)
		}
	}
	short := slices.Clone(columns)
	short[0] = "x_Gone" // BilledCost
	if got := verdict(t, short, rows); !slices.Contains(got, "CostAndUsage-D-006-M") {
		t.Errorf("without BilledCost: %v", got)
	}
}

// Every rule can be read, and says what it wants.
func TestRulesCanBeRead(t *testing.T) {
	rules, err := loadRules()
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != 255 {
		t.Errorf("%d rules", len(rules))
	}
	for _, r := range rules {
		if says := r.test.String(); !strings.Contains(says, " ") {
			t.Errorf("%s says %q", r.id, says)
		}
	}
	for _, bad := range []string{"A-1", "A-1: known(B", "A-1: known(B) perhaps", "A-1: known()", `A-1: is(B, "x)`, "A-1: known(B) when or("} {
		if _, err := parseRule(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// No file brings the checker down.
func FuzzChecker(f *testing.F) {
	columns, rows := good(f)
	for i, v := range rows[0] {
		f.Add(i, v)
	}
	f.Add(0, "1E999999999")
	f.Add(0, strings.Repeat("9", 5000))
	f.Fuzz(func(t *testing.T, at int, v string) {
		row := slices.Clone(rows[0])
		row[((at%len(row))+len(row))%len(row)] = v
		c, err := NewChecker(columns, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Row(row)
		c.Row(row[:1])
		c.Done()
	})
}
