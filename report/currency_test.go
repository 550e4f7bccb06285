package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/usage"
)

const rates = `date,currency,rate,source
2026-10-30,EUR,0.92,ECB
2026-11-16,EUR,0.9194,ECB
2026-11-20,EUR,0.91,"bank, by hand"
2026-11-20,JPY,154.25,ECB
`

func TestExchangeRates(t *testing.T) {
	x, err := report.ReadExchangeRates(strings.NewReader(rates))
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range [][4]string{{"USD", "EUR", "2026-11-20", "0.91"}, {"USD", "EUR", "2026-11-19", "0.9194"}, {"USD", "EUR", "2026-11-06", "0.92"},
		{"USD", "EUR", "2026-11-07", ""}, {"USD", "EUR", "2026-10-29", ""}, {"EUR", "USD", "2026-11-20", ""}, {"EUR", "EUR", "2020-01-01", "1"},
		{"USD", "EUR", "2026-11-27", "0.91"}, {"USD", "EUR", "2026-11-28", ""}, {"EUR", "JPY", "2026-11-20", ""}} {
		rate, ok := x.On(c[0], c[1], day(c[2]))
		if ok != (c[3] != "") || ok && rate.Rate.String() != c[3] {
			t.Errorf("%v: %+v %v", c, rate, ok)
		}
	}
	for text, want := range map[string]string{"": "no header", "date,rate,source\n": "no column currency", "date,currency,rate,source\n2026-13-01,EUR,1,x\n": "line 2: date",
		"date,currency,rate,source\n2026-11-01,euro,1,x\n": "ISO 4217", "date,currency,rate,source\n2026-11-01,EUR,-1,x\n": "above zero",
		"date,currency,rate,source\n2026-11-01,EUR,1e3,x\n": "above zero", "date,currency,rate,source\n2026-11-01,EUR,1,\n": "without a source",
		"date,currency,rate,source\n2026-11-01,EUR,1,x\n2026-11-01,EUR,2,y\n": "two rates", "date,currency,rate,source\n\"a\n": "no CSV"} {
		if _, err := report.ReadExchangeRates(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A converted figure is the figure beside it times the rate beside it; nothing
// else of a report changes.
func TestDisplayBesideTheFigures(t *testing.T) {
	x, err := report.ReadExchangeRates(strings.NewReader(rates))
	if err != nil {
		t.Fatal(err)
	}
	book := pricing.Embedded()
	asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		q := report.DrawQuery(t)
		q.By = []usage.Dimension{rapid.SampledFrom([]usage.Dimension{usage.ByDay, usage.ByWeek, usage.ByMonth, usage.ByHour, usage.ByModel}).Draw(t, "by")}
		rep, err := report.Run(report.DrawCube(t), book, report.DrawPlans(t), q, asOf)
		if err != nil {
			t.Fatal(err)
		}
		var plain, shown, text bytes.Buffer
		_ = rep.WriteJSON(&plain)
		rep.Display = &report.Display{Currency: "EUR", Rates: x}
		_ = rep.WriteJSON(&shown)
		if err := rep.WriteText(&text, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		var was, is struct {
			Total map[string]any
			Rows  []map[string]any
		}
		if json.Unmarshal(plain.Bytes(), &was) != nil || json.Unmarshal(shown.Bytes(), &is) != nil {
			t.Fatal("this is no JSON")
		}
		for _, row := range append(is.Rows, is.Total) {
			display := row["display"].(map[string]any)
			used := display["rates"].([]any)
			if len(display["missing"].([]any)) > 0 || len(used) != 1 {
				continue
			}
			rate, _ := money.Parse(used[0].(map[string]any)["rate"].(string))
			for _, name := range []string{"cost", "cash"} {
				own, known := row[name].(string)
				got, also := display[name].(string)
				if known != also {
					t.Fatalf("%s: %v beside %v", name, display[name], row[name])
				}
				if a, _ := money.Parse(own); known {
					if want, _ := money.Convert(a, rate); want.String() != got {
						t.Fatalf("%s %s × %s is %s, shown as %s", name, own, rate, want, got)
					}
				}
			}
			delete(row, "display")
		}
		var file bytes.Buffer
		if err := export.WriteReport(&export.Convert{To: export.NewCSV(&file), Display: rep.Display, Day: rep.LastDay()}, rep); err != nil {
			t.Fatal(err)
		}
		table, err := csv.NewReader(&file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		at := map[string]int{}
		for i, name := range table[0] {
			at[name] = i
		}
		for _, row := range table[1:] {
			rate, cost := row[at["fx_rate"]], row[at["display_cost"]]
			if (rate == "") != (row[at["fx_date"]] == "" && row[at["fx_source"]] == "" && row[at["display_currency"]] == "") {
				t.Fatalf("%q", row)
			}
			if cost == "" {
				continue
			}
			a, _ := money.Parse(row[at["cost"]])
			r, _ := money.Parse(rate)
			if want, _ := money.Convert(a, r); want.String() != cost {
				t.Fatalf("%q", row)
			}
		}
	})
}
