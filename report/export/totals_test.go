package export

import (
	"testing"

	"pgregory.net/rapid"

	"tokpit/money"
)

// The rows at the end say what the rows before add up to, by currency; the counts
// stand once.
func TestTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		k := &kept{}
		w := &Totals{To: k}
		if err := w.Begin(columns()); err != nil {
			t.Fatal(err)
		}
		var n int64
		counted := false
		cost := make(map[string]money.Amount)
		for _, r := range rows {
			if err := w.Row(r.cells()); err != nil {
				t.Fatal(err)
			}
			if r.hasN {
				n, counted = n+r.n, true
			}
			if r.priced {
				cost[r.currency] = cost[r.currency].Add(r.cost)
			}
		}
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
		totals := k.rows[len(rows):]
		if len(totals) != max(1, len(cost)) {
			t.Fatalf("%d rows of totals for %d currencies", len(totals), len(cost))
		}
		for i, r := range totals {
			want := ""
			if i == 0 && counted {
				want = string((&Cell{number: n, known: true}).Append(nil, Count))
			}
			if r["n"] != want || r["name"] != "total" {
				t.Fatalf("%v, want n %s", r, want)
			}
			if a, ok := cost[r["currency"]]; ok && r["cost"] != a.String() || !ok && r["cost"] != "" {
				t.Fatalf("%v, want %s", r, a)
			}
		}
	})
}
