package report

import (
	"bytes"
	"strings"
	"testing"

	"tokpit/usage"
)

// bill is an amount that a provider charges for a day.
func bill(t testing.TB, day string, d usage.Dims, item, dollars string) cell1 {
	t.Helper()
	d.Basis, d.Band = usage.Billed, usage.Band{}
	if item != "" {
		d.Tags = usage.NewTags(map[string]string{"line_item": item})
	}
	return cell1{usage.SlotOf(at(t, day)), 96, d, usage.Measures{Records: 1, Uncounted: 1,
		Reported: []usage.Charged{{Currency: "USD", Amount: amount(t, dollars), Records: 1}}}}
}

func charged(t testing.TB, c cell1, currency, what string) cell1 {
	c.m.Reported = []usage.Charged{{Currency: currency, Amount: amount(t, what), Records: 1}}
	return c
}

// What a provider bills stands beside the total and is never in it.
func TestBilledIsNotUsage(t *testing.T) {
	acme := usage.Dims{Source: "openai", Provider: "openai", Account: "acme"}
	report := dims("openai", "openai", "gpt-5.4")
	report.Basis, report.Account = usage.Reported, "acme"
	searches := bill(t, "2026-07-01", acme, "web search", "0.3")
	searches.m.Quantities = []usage.Quantity{{Meter: "web_search", N: 30}}
	cube := cubeOf([]cell1{one(t, "2026-07-01T10:00Z", report, usage.Tokens{Input: 1_000_000}),
		bill(t, "2026-07-01", acme, "gpt-5.4, input_tokens", "2.5"), searches, bill(t, "2026-07-02", acme, "", "0.000000000000000001")})
	r := run(t, cube, nil, Query{})
	if wantAmount(t, "total", r.Total.Cost, "2.5"); r.Total.HasReported || len(r.UnpricedMeters) != 0 || r.Straddling != 0 {
		t.Errorf("the total is %+v, unpriced %v", r.Total, r.UnpricedMeters)
	}
	b := run(t, cube, nil, Query{Basis: usage.Billed, By: []usage.Dimension{usage.ByLineItem}})
	wantAmount(t, "billed", b.Total.Reported, "2.800000000000000001")
	wantAmount(t, "a line item", row(t, b, "gpt-5.4, input_tokens").Reported, "2.5")
	wantAmount(t, "no line item", row(t, b, "").Reported, "0.000000000000000001")
	if s := b.Total; s.Priced || s.CashKnown || s.UnpricedUnits != 0 || s.Currency != "USD" || s.Requests != usage.Absent || len(b.Unpriced) != 0 {
		t.Errorf("billed is %+v, unpriced %+v", b.Total, b.Unpriced)
	}
	if one := run(t, cube, nil, Query{Basis: usage.Billed, Filter: map[usage.Dimension][]string{usage.ByLineItem: {"web search"}}}); one.Total.Reported != amount(t, "0.3") {
		t.Errorf("filtered: %+v", one.Total)
	}
	var text, doc bytes.Buffer
	if err := b.WriteText(&text, TextOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if err := b.WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Basis: billed only. Amounts are what the providers billed.", "line item", "billed", "USD 2.80", "web search"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
	if want := `"cost":null,"cash":null,"plan_fee":"0","currency":"USD","unpriced_tokens":0,"reported_cost":"2.800000000000000001"}`; !strings.Contains(doc.String(), want) {
		t.Errorf("%s is not in\n%s", want, doc.String())
	}
}

// Some sources say what a record cost; the report says for how many.
func TestReportedCost(t *testing.T) {
	d := dims("openrouter", "openrouter", "gpt-5.4")
	d.Basis = usage.Metered
	cells := []cell1{charged(t, one(t, "2026-07-01T10:00Z", d, usage.Tokens{Input: 10}), "USD", "0.5"), one(t, "2026-07-01T10:00Z", d, usage.Tokens{Input: 10}),
		charged(t, one(t, "2026-07-01T11:00Z", d, usage.Tokens{Input: 10}), "USD", "0.25"), charged(t, one(t, "2026-07-02T11:00Z", d, usage.Tokens{Input: 10}), "USD", "0")}
	r := run(t, cubeOf(cells), nil, Query{By: []usage.Dimension{usage.ByDay}})
	wantAmount(t, "total", r.Total.Reported, "0.75")
	if s := row(t, r, "2026-07-01"); s.ReportedRecords != 2 || s.Records != 3 || !s.HasReported {
		t.Errorf("a day is %+v", s)
	}
	if s := row(t, r, "2026-07-02"); !s.HasReported || !s.Reported.IsZero() {
		t.Errorf("an amount of zero is one: %+v", s)
	}
	var text, doc bytes.Buffer
	if err := r.WriteText(&text, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "reported cost") || !strings.Contains(text.String(), "3 of 4 records have one") || !strings.Contains(doc.String(), `"reported_cost":"0.75","reported_partial":true`) {
		t.Errorf("written:\n%s\n%s", text.String(), doc.String())
	}
	// Currencies are never added up.
	cells[0] = charged(t, cells[0], "EUR", "0.5")
	r = run(t, cubeOf(cells), nil, Query{By: []usage.Dimension{usage.ByDay}})
	if costs := r.Total.Costs; len(costs) != 2 || costs[0].Currency != "EUR" || costs[0].Reported != amount(t, "0.5") || costs[1].Reported != amount(t, "0.25") || r.Total.Currency != "" {
		t.Errorf("two currencies: %+v", r.Total)
	}
}

// People see and write names; programs read ids with the names beside them.
func TestReportsNameThings(t *testing.T) {
	d := dims("openai", "openai", "gpt-5.4")
	names := NewNames([]usage.Known{known(usage.ByProject, "proj_x", "Web\x1b[2J app", "Old web"), known(usage.ByProject, "proj_y", "Twin"), known(usage.ByProject, "proj_z", "Twin")})
	var cells []cell1
	for i, p := range []string{"proj_x", "proj_y", "Web app", ""} {
		d.Project = p
		cells = append(cells, one(t, "2026-07-01T10:00Z", d, usage.Tokens{Input: 1 << i}))
	}
	q := Query{By: []usage.Dimension{usage.ByProject}, Names: names}
	for filter, want := range map[string]int64{"proj_x": 1, "web app": 1, "Web app": 1 + 4, "Old web": 1, "proj_y": 2, "": 8, "nothing": 0} {
		q.Filter = map[usage.Dimension][]string{usage.ByProject: {filter}}
		if got := run(t, cubeOf(cells), nil, q).Total.Tokens.Input; got != want {
			t.Errorf("project %q has %d, want %d", filter, got, want)
		}
	}
	q.Filter[usage.ByProject] = []string{"Twin"}
	if _, err := Run(cubeOf(cells), nil, nil, q, at(t, "2026-07-02")); err == nil || !strings.Contains(err.(*InputError).Hint(), "proj_y, proj_z") {
		t.Errorf("an ambiguous name gives %v", err)
	}
	q.Filter[usage.ByProject] = []string{"web app", "proj_z"}
	r := run(t, cubeOf(cells), nil, q)
	var text, doc bytes.Buffer
	if err := r.WriteText(&text, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	if s := text.String(); !strings.Contains(s, "\nWeb app") || !strings.Contains(s, "project Web app or ") || strings.Contains(s, "proj_x") || strings.Contains(s, "\x1b") {
		t.Errorf("the text is\n%s", s)
	}
	if s := doc.String(); !strings.Contains(s, `"project":"proj_x"`) || !strings.Contains(s, `"names":{"project":{"proj_x":"Web app","proj_z":"Twin"}}`) {
		t.Errorf("the document is\n%s", s)
	}
}
