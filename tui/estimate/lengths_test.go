package estimate

import (
	"strings"
	"testing"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/ui"
)

// estimatedAs is a row whose call costs so many units with an answer of a length;
// it is compared with one that costs 10.
func estimatedAs(model string, output, units int64, baseline bool) report.Estimated {
	r := report.Estimated{ModelRef: pricing.ModelRef{Provider: "maker", Model: model}, Output: output, Counted: true, Priced: true, Currency: "USD", Baseline: baseline}
	r.Total.Point = money.FromUnits(units)
	if !baseline {
		r.Difference.Known, r.Difference.Point = true, money.FromUnits(units-10)
		r.PerMille, r.Relative = (units-10)*100, true
	}
	return r
}

// A multiple compares prices, so it is shown of calls with equally long answers
// only; the difference of others is an amount.
func TestMultiplesAreOfEqualAnswers(t *testing.T) {
	rows := []report.Estimated{estimatedAs("base", 500, 10, true), estimatedAs("same", 500, 20, false), estimatedAs("longer", 900, 40, false)}
	l := newListing()
	l.fill(rows, "", nil, usualColumns())
	if got := timesText(&l.rows[1]); got != "2.00×" {
		t.Errorf("the same length: %s", got)
	}
	if got := timesText(&l.rows[2]); got != ui.Unknown {
		t.Errorf("a longer answer: %s", got)
	}
	if cell := timesCell(&l.rows[2]); cell.Known() {
		t.Error("a longer answer has a multiple in what is exported")
	}
	if a, ok := colDifference.amount(&l.rows[2]); !ok || a.Point != money.FromUnits(30) {
		t.Errorf("a longer answer differs by %v", a)
	}
	if _, ok := multiple(&l.rows[2], &l.rows[0]); ok {
		t.Error("a longer answer is a multiple beside the chosen model")
	}
	if got, ok := multiple(&l.rows[1], &l.rows[0]); !ok || got != "2.00×" {
		t.Errorf("an answer as long is %s", got)
	}
}

// Where models are compared with answers of different lengths, the page says so and
// says by which amount they differ.
func TestDifferentAnswersAreSaid(t *testing.T) {
	p, _ := newPage(t, 200, 57)
	press(p, "x")
	choose(t, p, "openai", "gpt-5.4")
	press(p, "b", "down")
	if strings.Contains(p.tableRemark(), "answers differ") {
		t.Fatalf("answers do not differ: %s", p.tableRemark())
	}
	rows := p.rows.rows
	for i := range rows {
		if rows[i].ModelRef == p.chosen {
			rows[i].Output *= 2
		}
	}
	p.rows.fill(rows, "", nil, p.ask.columns)
	if got := p.tableRemark(); !strings.Contains(got, "against gpt-5.4 · answers differ, a sets one") {
		t.Errorf("the title says %s", got)
	}
	for _, f := range p.standing() {
		if f.label != "cheapest" && strings.Contains(f.note, "×") || f.label == "against" && !strings.Contains(f.note, "$") {
			t.Errorf("%s: %s", f.label, f.note)
		}
	}
}
