package focus

import (
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/usage"
)

// sheet keeps rows by column.
type sheet struct {
	columns []export.Column
	rows    []map[string]string
}

func (s *sheet) Begin(c []export.Column) error { s.columns = c; return nil }

func (s *sheet) Row(cells []export.Cell) error {
	row := make(map[string]string)
	for i := range cells {
		if cells[i].Known() {
			row[s.columns[i].Name] = string(cells[i].Append(nil, s.columns[i].Kind))
		}
	}
	s.rows = append(s.rows, row)
	return nil
}

func (s *sheet) End() error { return nil }

func (s *sheet) sum(t *testing.T, column string) money.Amount {
	t.Helper()
	var sum money.Amount
	for _, r := range s.rows {
		sum = sum.Add(amount(t, r[column]))
	}
	return sum
}

func amount(t *testing.T, s string) money.Amount {
	t.Helper()
	a, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rowsOf are the rows of some usage at an instant.
func rowsOf(t *testing.T, plans []pricing.Plan, book *pricing.Book, cells map[usage.Dims]usage.Measures, at time.Time) (*sheet, []LeftOut) {
	t.Helper()
	b := usage.NewBuilder(len(cells))
	for d, m := range cells {
		b.Add(usage.SlotOf(at), 1, b.Set(d), m)
	}
	s := &sheet{}
	cycle := func(t time.Time) usage.Span { return report.Calendar{Now: t}.Cycle(t) }
	w, err := New(s, Options{Provider: func(id string) string { return id }, Cycle: cycle, Book: book.Version()})
	if err != nil {
		t.Fatal(err)
	}
	q := report.Query{By: By(), Zone: time.UTC}
	if err := report.Entries(b.Cube(), book, plans, q, at.AddDate(0, 0, 1), w.Entry); err != nil {
		t.Fatal(err)
	}
	return s, w.LeftOut()
}

// The specification's own example of a cached prompt: 0.5, 2, 8 and 1.5 million
// tokens at 3, 3.75, 0.30 and 15 dollars a million.
func TestTheCachingExample(t *testing.T) {
	at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	d := usage.Dims{Source: "anthropic", Provider: "anthropic", Account: "acme", Model: "claude-sonnet-4-6", Basis: usage.Reported, Band: usage.Band{End: 200_001}}
	s, lacks := rowsOf(t, nil, pricing.Embedded(), map[usage.Dims]usage.Measures{
		d: {Records: 1, Requests: 60, Tokens: usage.Tokens{Input: 500_000, CacheWrite5m: 2_000_000, CacheRead: 8_000_000, Output: 1_500_000}}}, at)
	want := map[string][4]string{ // meter: quantity in millions, unit price, cost, tokens
		"Input Tokens": {"0.5", "3", "1.5", "500000"}, "Cache Write Input Tokens": {"2", "3.75", "7.5", "2000000"},
		"Cache Read Input Tokens": {"8", "0.3", "2.4", "8000000"}, "Output Tokens": {"1.5", "15", "22.5", "1500000"},
	}
	if len(s.rows) != len(want) || len(lacks) != 0 {
		t.Fatalf("%d rows, %v", len(s.rows), lacks)
	}
	for _, r := range s.rows {
		w := want[r["SkuMeter"]]
		if r["PricingQuantity"] != w[0] || r["ListUnitPrice"] != w[1] || r["BilledCost"] != w[2] || r["EffectiveCost"] != w[2] || r["ConsumedQuantity"] != w[3] ||
			r["ConsumedUnit"] != "Tokens" || r["PricingUnit"] != "1000000 Tokens" || r["ChargeCategory"] != "Usage" ||
			r["BillingPeriodStart"] != "2026-03-01T00:00:00Z" || r["BillingPeriodEnd"] != "2026-04-01T00:00:00Z" ||
			r["ChargePeriodStart"] != "2026-03-10T00:00:00Z" || r["ChargePeriodEnd"] != "2026-03-11T00:00:00Z" {
			t.Errorf("%v", r)
		}
	}
	if got := s.sum(t, "BilledCost"); got != amount(t, "33.9") {
		t.Errorf("%s in all", got)
	}
}

// Usage under a plan is billed by the plan's fee: as cash, and effectively.
// Usage without a price is in no row, and named.
func TestPlansAndGaps(t *testing.T) {
	at := time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)
	plan := pricing.Plan{Source: "claude-code", Monthly: money.FromUnits(30), Currency: "USD", From: at.Truncate(24 * time.Hour)}
	band := usage.Band{End: 200_001}
	s, lacks := rowsOf(t, []pricing.Plan{plan}, pricing.Embedded(), map[usage.Dims]usage.Measures{
		{Source: "claude-code", Provider: "anthropic", Model: "claude-sonnet-4-6", Basis: usage.Logged, Band: band}: {Records: 1, Requests: 1, Tokens: usage.Tokens{Input: 1_000_000}},
		{Source: "openai", Provider: "openai", Model: "gpt-5", Basis: usage.Reported, Band: band}:                   {Records: 1, Requests: 1, Tokens: usage.Tokens{Output: 1_000_000}},
		{Source: "litellm", Provider: "own", Model: "ours", Basis: usage.Metered, Band: band}:                       {Records: 1, Requests: 1, Tokens: usage.Tokens{Input: 7}},
	}, at)
	if len(lacks) != 1 || lacks[0] != (LeftOut{Provider: "own", Model: "ours", Tokens: 7}) {
		t.Errorf("left out: %+v", lacks)
	}
	fee := plan.Fee(at).Add(plan.Fee(at.AddDate(0, 0, 1)))
	for column, want := range map[string]money.Amount{"BilledCost": fee.Add(money.FromUnits(10)), "EffectiveCost": fee.Add(money.FromUnits(10)), "ListCost": fee.Add(money.FromUnits(13))} {
		if got := s.sum(t, column); got != want {
			t.Errorf("%s: %s, want %s", column, got, want)
		}
	}
	for _, r := range s.rows {
		for _, of := range []string{"List", "Contracted"} {
			price, quantity := amount(t, r[of+"UnitPrice"]), amount(t, r["PricingQuantity"])
			units := money.NewRate(price).Times(quantityMicros(t, quantity))
			if units != money.NewRate(amount(t, r[of+"Cost"])).Times(1_000_000) {
				t.Errorf("%s × %s is not %s", price, quantity, r[of+"Cost"])
			}
		}
		if r["ChargeCategory"] == "Purchase" && (r["EffectiveCost"] != "0" || r["ChargeFrequency"] != "Recurring") {
			t.Errorf("%v", r)
		}
	}
}

// quantityMicros is a quantity in millionths, which all quantities are whole
// numbers of.
func quantityMicros(t *testing.T, q money.Amount) int64 {
	t.Helper()
	n := int64(0)
	for unit := int64(1 << 40); unit > 0; unit >>= 1 {
		if next := money.NewRate(amount(t, "0.000001")).Times(n + unit); next.Cmp(q) <= 0 {
			n += unit
		}
	}
	if money.NewRate(amount(t, "0.000001")).Times(n) != q {
		t.Fatalf("%s is no whole number of millionths", q)
	}
	return n
}
