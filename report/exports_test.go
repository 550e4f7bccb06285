package report_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
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

// table reads a CSV file back and adds up a column, by currency.
type table struct {
	head []string
	rows [][]string
}

func read(t *rapid.T, text []byte) table {
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return table{all[0], all[1:]}
}

func (b *table) sum(t *rapid.T, column, currency string) (sum money.Amount, known bool) {
	at, in := slices.Index(b.head, column), slices.Index(b.head, "currency")
	for _, r := range b.rows {
		if r[at] == "" || currency != "" && r[in] != currency {
			continue
		}
		a, err := money.Parse(r[at])
		if err != nil {
			t.Fatal(err)
		}
		sum, known = sum.Add(a), true
	}
	return sum, known
}

// groupings are the ways to group by that an export is tried with: every
// dimension by itself and with the day, and the usual ones.
func groupings() [][]usage.Dimension {
	out := [][]usage.Dimension{{usage.ByMonth, usage.ByModel}, {usage.ByWeek, usage.ByProject, usage.ByKey}, {usage.ByProvider, usage.ByPricedAs, usage.ByTier}, {usage.ByHour}}
	for _, d := range usage.Dimensions() {
		if d == usage.ByUser || d == usage.ByAgent || d == usage.BySession {
			continue
		}
		out = append(out, []usage.Dimension{d})
		if !d.IsTime() {
			out = append(out, []usage.Dimension{usage.ByDay, d})
		}
	}
	return out
}

// The columns of an exported file add up to what a report says, to the last
// digit, whatever it is grouped by.
func TestExportsAddUp(t *testing.T) {
	book := pricing.Embedded()
	asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		cube, plans, q := report.DrawCube(t), report.DrawPlans(t), report.DrawQuery(t)
		q.By = rapid.SampledFrom(groupings()).Draw(t, "by")
		rep, err := report.Run(cube, book, plans, q, asOf)
		if err != nil {
			t.Fatal(err)
		}
		var grouped, whole bytes.Buffer
		if err := export.WriteReport(export.NewCSV(&grouped), rep); err != nil {
			t.Fatal(err)
		}
		l := &export.Ledger{By: report.LedgerBy(), Book: book.Version()}
		tally := &export.Tally{To: export.NewCSV(&whole)}
		err = l.Write(tally, func(yield func(*report.Entry) error) error {
			q := q
			q.By = l.By
			return report.Entries(cube, book, plans, q, asOf, yield)
		})
		if err != nil {
			t.Fatal(err)
		}
		rows, ledger := read(t, grouped.Bytes()), read(t, whole.Bytes())
		check(t, "the ledger", &ledger, &rep.Total, rep.Total.Cash)
		cash := money.Amount{} // of the rows: fees that no row can carry are in the total only
		for _, r := range rep.Rows {
			cash = cash.Add(r.Sum.Cash)
		}
		check(t, "the rows", &rows, &rep.Total, cash)
		if len(rows.rows) != len(rep.Rows) || int(tally.Rows) != len(ledger.rows) {
			t.Fatalf("%d rows for %d, %d for %d", len(rows.rows), len(rep.Rows), len(ledger.rows), tally.Rows)
		}
		if got := tally.Sums()["cash"].(map[string]string)["USD"]; got != "" && got != rep.Total.Cash.String() {
			t.Fatalf("the manifest says %s, a report %s", got, rep.Total.Cash)
		}
	})
}

func check(t *rapid.T, what string, b *table, want *report.Sum, cash money.Amount) {
	for column, a := range map[string]money.Amount{"cost": want.Cost, "cash": cash, "reported_cost": want.Reported,
		"input_tokens": money.FromUnits(want.Tokens.Input), "cache_read_tokens": money.FromUnits(want.Tokens.CacheRead),
		"output_tokens": money.FromUnits(want.Tokens.Output), "unpriced_tokens": money.FromUnits(want.UnpricedTokens), "records": money.FromUnits(want.Records)} {
		if got, _ := b.sum(t, column, ""); got != a {
			t.Fatalf("%s: %s adds up to %s, a report says %s", what, column, got, a)
		}
	}
	requests, known := b.sum(t, "requests", "")
	if want.Requests == usage.Absent {
		if known && !requests.IsZero() { // a day with a fee and no usage has none
			t.Fatalf("%s: requests that nobody counted: %s", what, requests)
		}
	} else if requests != money.FromUnits(want.Requests) {
		t.Fatalf("%s: %s requests, a report says %d", what, requests, want.Requests)
	}
}

// Records that are exported one by one add up to the report of the same cube.
func TestRecordEntriesAddUp(t *testing.T) {
	book := pricing.Embedded()
	rapid.Check(t, func(t *rapid.T) {
		each := report.NewRecordEntries(book, report.DrawPlans(t), report.RecordBy())
		l := &export.Ledger{By: report.RecordBy()}
		var b bytes.Buffer
		var cost money.Amount
		records := rapid.SliceOfN(rapid.Custom(drawRecord), 0, 30).Draw(t, "records")
		err := l.Write(export.NewCSV(&b), func(yield func(*report.Entry) error) error {
			for i := range records {
				if c := book.ChargeRecord(&records[i]); c.Priced {
					cost = cost.Add(c.Cost)
				}
				if err := yield(each.Of(&records[i])); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, b.Bytes())
		if sum, _ := got.sum(t, "cost", ""); sum != cost || len(got.rows) != len(records) {
			t.Fatalf("%d rows add up to %s, %d records to %s", len(got.rows), sum, len(records), cost)
		}
		for i, r := range got.rows {
			if name := r[slices.Index(got.head, "model")]; export.Unguard(name) != strings.TrimSpace(records[i].Model) {
				t.Fatalf("row %d is of %q, not of %q", i, name, records[i].Model)
			}
		}
	})
}

func drawRecord(t *rapid.T) usage.Record {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 260*24*3600).Draw(t, "at")) * time.Second)
	r := usage.Record{ID: "r", Start: at, Requests: 1, Context: rapid.Int64Range(-1, 400_000).Draw(t, "context")}
	r.Source, r.Provider = "claude-code", rapid.SampledFrom([]string{"anthropic", "openai", "own"}).Draw(t, "provider")
	r.Model = rapid.SampledFrom([]string{"claude-sonnet-4-6", "gpt-5", "gpt-5.6-sol", "=ours"}).Draw(t, "model")
	r.Tokens = usage.Tokens{Input: rapid.Int64Range(0, 1e6).Draw(t, "input"), Output: rapid.Int64Range(0, 1e6).Draw(t, "output")}
	if rapid.Bool().Draw(t, "bucket") {
		r.End, r.Requests, r.Context = at.Add(24*time.Hour), usage.Absent, usage.Absent
	}
	return r
}

// A million rows need no memory: what is written is not kept.
func BenchmarkLedger(b *testing.B) {
	l := &export.Ledger{By: report.RecordBy()}
	each := report.NewRecordEntries(pricing.Embedded(), nil, l.By)
	r := usage.Record{ID: "r", Start: time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC), Requests: 1, Context: 1200}
	r.Source, r.Provider, r.Model, r.Project, r.Session = "claude-code", "anthropic", "claude-sonnet-4-6", "web", "0f1e2d3c"
	r.Tokens = usage.Tokens{Input: 1200, CacheRead: 44_000, Output: 640}
	w := export.NewCSV(io.Discard)
	if err := w.Begin(l.Columns()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Start = r.Start.Add(time.Second)
		if err := w.Row(l.Cells(each.Of(&r))); err != nil {
			b.Fatal(err)
		}
	}
}
