package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

func digestOf(t interface{ Fatal(...any) }, cube *usage.Cube, plans []pricing.Plan, span, before usage.Span, now time.Time, budgets ...budget.Budget) *Digest {
	d, err := BuildDigest(DigestInput{Kind: DigestSpan, Span: span, Before: before, AuditHead: "3:abc", Budgets: BudgetsInput{Budgets: budgets, Book: pricing.Embedded(),
		Plans: plans, Now: now, Names: NewNames(nil), Cells: func(*Query, bool) (*usage.Cube, error) { return cube, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDigestsAddUp: a digest says what reports say, and its movers add up to the
// change of the total.
func TestDigestsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		if cube.Len() > 0 {
			now = cube.Slot[rapid.IntRange(0, cube.Len()-1).Draw(t, "now")].Time().Add(time.Hour)
		}
		day := now.Truncate(24*time.Hour).AddDate(0, 0, rapid.IntRange(-20, 1).Draw(t, "since"))
		n := rapid.IntRange(1, 31).Draw(t, "days")
		span := usage.Span{Since: day.AddDate(0, 0, -n), Until: day}
		before := usage.Span{Since: day.AddDate(0, 0, -2*n), Until: span.Since}
		d := digestOf(t, cube, plans, span, before, now, *drawBudget(t))
		r, err := Run(cube, pricing.Embedded(), plans, Query{Since: span.Since, Until: span.Until}, now)
		if err != nil {
			t.Fatal(err)
		}
		got, want := d.Report.Total, r.Total
		if got.Cost != want.Cost || got.Cash != want.Cash || got.Tokens != want.Tokens || got.UnpricedTokens != want.UnpricedTokens {
			t.Fatalf("a digest has %v and %v, a report %v and %v", got.Cost, got.Cash, want.Cost, want.Cash)
		}
		change := d.Moved.In(d.Cash)
		for _, m := range d.Movers {
			sum := m.Rest.Add(m.Fees)
			for i, row := range m.Rows {
				sum = sum.Add(row.Change)
				if row.Change != row.Now.Sub(row.Before) || i > 0 && row.Change.Abs().Cmp(m.Rows[i-1].Change.Abs()) > 0 {
					t.Fatalf("movers by %s: %+v", m.By, m.Rows)
				}
			}
			if sum != change.Change {
				t.Fatalf("movers by %s add up to %s, the change is %s", m.By, sum, change.Change)
			}
			if !d.Cash && !m.Fees.IsZero() {
				t.Fatalf("fees of %s in the cost by %s", m.Fees, m.By)
			}
		}
		if change.Known && change.Price.Add(change.Volume).Add(change.Mix).Add(change.Fees) != change.Change {
			t.Fatalf("%+v", change)
		}
		var out strings.Builder
		var doc map[string]any
		if err := d.WriteJSON(&out); err != nil || json.Unmarshal([]byte(out.String()), &doc) != nil {
			t.Fatalf("%v in %s", err, out.String())
		}
		for _, text := range []string{d.Text(), d.Markdown()} {
			if strings.ContainsAny(text, "\x1b\r\x00") || !strings.Contains(text, "Audit head 3:abc") {
				t.Fatalf("%q", text)
			}
		}
	})
}

// TestADigest by hand: a week of 3 dollars after one of 9.
func TestADigest(t *testing.T) {
	hostile := "evil | <b> [x](http://y) `z` *\u202e\x1b]52;c;x\a\r\nBcc: e@example.com"
	d := usage.Dims{Source: "claude-code", Provider: "anthropic", Model: "claude-sonnet-4-6", Project: hostile}
	cube := cubeOf([]cell1{
		one(t, "2026-11-03T09:00Z", d, usage.Tokens{Input: 3_000_000}),
		one(t, "2026-11-10T09:00Z", d, usage.Tokens{Input: 1_000_000}),
		one(t, "2026-11-11T09:00Z", usage.Dims{Source: "x", Provider: "openai", Model: "no-such-model"}, usage.Tokens{Input: 77}),
	})
	week := usage.Span{Since: at(t, "2026-11-09"), Until: at(t, "2026-11-16")}
	before := usage.Span{Since: at(t, "2026-11-02"), Until: at(t, "2026-11-09")}
	b := budget.Budget{Name: "web", Amount: money.FromUnits(5), Currency: "USD", Period: budget.Monthly}
	got := digestOf(t, cube, nil, week, before, at(t, "2026-11-16T06:00Z"), b)
	got.Kind = DigestWeek
	wantAmount(t, "the week", got.Report.Total.Cost, "3")
	wantAmount(t, "the week before", got.Moved.Before.Cost, "9")
	if s := got.Subject(); s != "Week from 2026-11-09 to 2026-11-15: USD 3.00 (-66.7 %), 1 budget over" {
		t.Errorf("subject %q", s)
	}
	for form, text := range map[string]string{"text": got.Text(), "Markdown": got.Markdown()} {
		for _, want := range []string{"volume is USD -6.00", "1.00M tokens", "over", "no-such-model", "November 2026 has cost USD 12.00 so far"} {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
				t.Errorf("%s does not say %q:\n%s", form, want, text)
			}
		}
		if strings.ContainsAny(text, "\u202e\x1b\r\a") || strings.Contains(text, "\nBcc") {
			t.Errorf("%s is not harmless: %q", form, text)
		}
	}
	if text := got.Markdown(); strings.Contains(text, "<b>") || strings.Contains(text, "[x](http") || !strings.Contains(text, `evil \| `) {
		t.Errorf("Markdown is not harmless: %q", text)
	}
	body := got.Body()
	fields := make(map[string]string)
	for _, f := range body.Fields {
		fields[f.Name] = f.Value
	}
	if body.Kind != "digest" || body.Level != "over" || fields["cost"] != "3" || fields["change"] != "-6" || fields["budgets_over"] != "1" || fields["audit_head"] != "3:abc" || fields["look_1"] == "" {
		t.Errorf("%s %v", body.Level, fields)
	}
	if _, err := BuildDigest(DigestInput{}); err == nil {
		t.Error("a digest of nothing")
	}
}
