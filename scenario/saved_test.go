package scenario

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

func amount(t *testing.T, s string) money.Amount {
	t.Helper()
	a, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func savedSample(t *testing.T) Saved {
	t.Helper()
	return Saved{
		Scenario: Scenario{Name: "mini for support", Scope: budget.Scope{usage.ByProject: {"a,b", "web"}}, Span: usage.Span{Since: scoreDay.AddDate(0, -1, 0), Until: scoreDay},
			Levers: []Lever{NewSwap(pricing.ModelRef{Model: "gpt-5"}, pricing.ModelRef{Provider: "openai", Model: "gpt-5-mini"}, 600_000), NewFactor(Prompt, Range{700_000, 800_000, 900_000})}},
		Zone: "Europe/Berlin", SavedAt: scoreDay, Adopted: scoreDay, Book: "2026-11-21.x", Note: "agreed with support",
		Planned: Planned{Currency: "USD", Days: 31, Before: amount(t, "1000"), After: amount(t, "588"), CashBefore: amount(t, "500"), CashAfter: amount(t, "300"), Low: amount(t, "550"), High: amount(t, "600"), Ranged: true, Known: true},
	}
}

func TestSavedScenariosReadBack(t *testing.T) {
	s := savedSample(t)
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeSaved(data)
	if err != nil || !reflect.DeepEqual(back, s) {
		t.Errorf("%v\n%+v\n%+v\n%s", err, back, s, data)
	}
	for text, want := range map[string]error{
		`{"version":2}`: ErrNewer, `{"version":0}`: ErrDocument, `[]`: ErrDocument, ``: ErrDocument,
		`{"version":1,"levers":["nonsense 3"]}`: ErrDocument, `{"version":1,"scope":"="}`: ErrDocument, `{"version":1,"planned":{"before":"x"}}`: ErrDocument,
	} {
		if _, err := DecodeSaved([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := DecodeSaved([]byte(`{"version":1,"name":"x"}`)); err != nil {
		t.Errorf("a short document: %v", err)
	}
}

func TestNamesOfScenarios(t *testing.T) {
	for _, name := range []string{"", " x", "x ", "a\nb", "a\x1b[1m", strings.Repeat("x", 65), "a\x00b"} {
		if CheckName(name) == nil {
			t.Errorf("%q is accepted", name)
		}
	}
	if err := CheckName("mini für alle"); err != nil {
		t.Error(err)
	}
}

func outcomeReport(prices string, span usage.Span, rows ...report.Row) *report.Report {
	r := &report.Report{Query: report.Query{Since: span.Since, Until: span.Until}, Prices: prices, Rows: rows}
	r.Total.Currency = "USD"
	for i := range rows {
		s := &rows[i].Sum
		r.Total.Requests, r.Total.Uncounted = r.Total.Requests+s.Requests, r.Total.Uncounted+s.Uncounted
		r.Total.Cost = r.Total.Cost.Add(s.Cost)
	}
	return r
}

// Before: web 100 requests at $10 = 1000, api 10 at $1 = 10. Since: web 50
// requests at 300, api 20 at 20, and a new project at 7. Unchanged would be
// 500 + 20; actual is 320, so the effect is −200. The promise was −41.2 % of
// what it would have been: −214.24.
func TestWhatHappenedIsComparedAtItsVolume(t *testing.T) {
	s := savedSample(t)
	row := func(project string, requests int64, cost, cash, fee string) report.Row {
		return report.Row{Keys: []string{project}, Sum: report.Sum{Requests: requests, Cost: amount(t, cost), Cash: amount(t, cash), PlanFee: amount(t, fee), Priced: true, CashKnown: true,
			Tokens: usage.Tokens{Input: requests * 1000}}}
	}
	then := outcomeReport(s.Book, s.Span, row("web", 100, "1000", "600", "100"), row("api", 10, "10", "0", "0"))
	since := outcomeReport(s.Book, usage.Span{Since: scoreDay, Until: scoreDay.AddDate(0, 0, 14)}, row("web", 50, "300", "200", "50"), row("api", 20, "20", "0", "0"), row("fresh", 3, "7", "7", "0"))
	o, err := s.Check(then, since)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		got  money.Amount
		want string
	}{
		{"actual", o.Actual, "320"}, {"unchanged", o.Unchanged, "520"}, {"effect", o.Effect(), "-200"}, {"planned", o.Planned, "-214.24"}, {"new", o.New, "7"},
		{"planned low", o.PlannedLow, "-234"}, {"planned high", o.PlannedHigh, "-208"},
		{"cash", o.CashActual, "150"}, {"cash unchanged", o.CashUnchanged, "250"}, {"cash effect", o.CashEffect(), "-100"}, {"cash planned", o.CashPlanned, "-100"},
	} {
		if c.got.String() != c.want {
			t.Errorf("%s is %s, want %s", c.name, c.got, c.want)
		}
	}
	if o.ByTokens || o.VolumeThen != 110 || o.VolumeSince != 70 || len(o.Notes) != 1 || o.Notes[0].Code != "new" {
		t.Errorf("%+v", o)
	}
	since.Rows[0].Sum.Uncounted, since.Total.Uncounted = 1, 1
	since.Prices = "2026-12-01.y"
	if o, err = s.Check(then, since); err != nil || !o.ByTokens || len(o.Notes) != 3 || o.Effect().String() != "-200" {
		t.Errorf("%v %+v", err, o)
	}
	var advised interface{ Hint() string }
	if _, err := s.Check(then, outcomeReport(s.Book, s.Span)); !errors.As(err, &advised) {
		t.Errorf("without usage: %v", err)
	}
}

func TestTheBasisEndsWhenAScenarioIsAdopted(t *testing.T) {
	s := savedSample(t)
	middle := s.Span.Since.Add(48 * time.Hour)
	if got := s.Basis(middle); got.Since != s.Span.Since || got.Until != middle {
		t.Errorf("%v", got)
	}
	for _, at := range []time.Time{s.Span.Since, s.Span.Until, s.Span.Until.Add(time.Hour)} {
		if got := s.Basis(at); got != s.Span {
			t.Errorf("adopted %v: %v", at, got)
		}
	}
}

func TestAnUnchangedScenarioPromisesWhatHappened(t *testing.T) {
	s := savedSample(t)
	s.Planned.After, s.Planned.CashAfter = s.Planned.Before, s.Planned.CashBefore
	s.Planned.Ranged = false
	rows := []report.Row{{Keys: []string{""}, Sum: report.Sum{Requests: 7, Cost: amount(t, "0.333333333333333333"), Priced: true}}}
	r := outcomeReport(s.Book, usage.Span{Since: scoreDay, Until: scoreDay.Add(30 * 24 * time.Hour)}, rows...)
	o, err := s.Check(r, r)
	if err != nil || !o.Effect().IsZero() || !o.Planned.IsZero() {
		t.Errorf("%v %+v", err, o)
	}
}
