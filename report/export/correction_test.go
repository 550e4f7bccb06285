package export

import (
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// A correction has as many cells as there are columns, its figures are
// differences, and no price stands beside them.
func TestCorrectionsInTheLedger(t *testing.T) {
	by := report.LedgerBy()
	day := time.Date(2026, 9, 3, 0, 0, 0, 0, time.UTC)
	l := &Ledger{By: by, Book: "today's"}
	columns := l.Columns()
	entry := func(cost, cash int64) *report.Entry {
		return &report.Entry{Span: usage.Span{Since: day, Until: day.AddDate(0, 0, 1)}, Keys: make([]string, len(by)), Dims: &usage.Dims{}, Book: "then's",
			Measures: usage.Measures{Records: -1, Requests: -1, Tokens: usage.Tokens{Input: -5}},
			Charge:   pricing.Charge{Priced: true, Currency: "USD", Cost: money.FromUnits(cost)}, Correction: &report.Correction{Cycle: "2026-09", Cash: money.FromUnits(cash)}}
	}
	fee := entry(4, 4)
	fee.Plan, fee.Measures = &pricing.Plan{Source: "codex"}, usage.Measures{}
	for name, x := range map[string]struct {
		e    *report.Entry
		want map[string]string
	}{
		"usage": {entry(-3, -2), map[string]string{"charge": "correction", "records": "-1", "input_tokens": "-5", "cost": "-3", "cash": "-2", "currency": "USD",
			"cost_kind": "correction", "corrects": "2026-09", "price_book": "then's", "price_input": "", "cost_low": "", "period_start": "2026-09-03T00:00:00Z"}},
		"fee": {fee, map[string]string{"charge": "correction", "cost": "", "cash": "4", "corrects": "2026-09"}},
	} {
		cells := l.Cells(x.e)
		if len(cells) != len(columns) {
			t.Fatalf("%s: %d cells, %d columns", name, len(cells), len(columns))
		}
		got := make(map[string]string)
		for i := range cells {
			got[columns[i].Name] = string(cells[i].Append(nil, columns[i].Kind))
		}
		for column, want := range x.want {
			if got[column] != want {
				t.Errorf("%s: %s is %q, want %q", name, column, got[column], want)
			}
		}
	}
	plain := entry(1, 1)
	plain.Correction = nil
	for _, e := range []*report.Entry{plain, {Span: plain.Span, Keys: plain.Keys, Dims: plain.Dims, Plan: fee.Plan}} {
		if n := len(l.Cells(e)); n != len(columns) {
			t.Errorf("%d cells, %d columns", n, len(columns))
		}
	}
}
