package estimate

import (
	"slices"
	"strings"
	"testing"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/ui"
)

// beside is a page on which two models were used: gpt-5.4 with answers of 1,000
// tokens by their median, and claude-opus-5-5, whose tokens are dearer, with answers
// of 10. That of all is 1,000 too: the short ones are few.
func beside(t *testing.T) *Page {
	t.Helper()
	p, d := newPage(t, 200, 57)
	d.short = 1
	press(p, "x")
	return p
}

var (
	gpt  = pricing.ModelRef{Provider: "openai", Model: "gpt-5.4"}
	opus = pricing.ModelRef{Provider: "anthropic", Model: "claude-opus-5-5"}
)

func (l *listing) of(t *testing.T, ref pricing.ModelRef) *report.Estimated {
	t.Helper()
	i := slices.IndexFunc(l.rows, func(r report.Estimated) bool { return r.ModelRef == ref })
	if i < 0 {
		t.Fatalf("no %v", ref)
	}
	return &l.rows[i]
}

// sortedBy is the column that the table is sorted by, and what it says of the models.
func (p *Page) sortedBy() (column, []pricing.ModelRef) {
	at, _ := p.table.Sorting()
	return p.rows.columns[at], p.rows.refs(false)
}

// Models are compared with answers of one length, also where each was used with
// another: the dearer one comes after the other and is a multiple of it.
func TestModelsAreComparedWithOneLength(t *testing.T) {
	p := beside(t)
	for i := range p.rows.rows {
		if r := &p.rows.rows[i]; r.Output != 1000 && !r.Mute {
			t.Fatalf("%s answers with %d tokens, %s", r.Model, r.Output, r.OutputBasis)
		}
	}
	by, order := p.sortedBy()
	if by != colCall || slices.Index(order, gpt) > slices.Index(order, opus) {
		t.Errorf("sorted by %v, the model with short answers comes before a cheaper one", by)
	}
	choose(t, p, gpt.Provider, gpt.Model)
	press(p, "b")
	screen := plain(p)
	for _, want := range []string{"answer 1,000 (p50 of all yours)", "cheapest ", "against gpt-5.4"} {
		if !strings.Contains(screen, want) {
			t.Errorf("the page does not say %q:\n%s", want, screen)
		}
	}
	if r := p.rows.of(t, opus); !r.Relative || r.PerMille <= 0 || timesText(r) == ui.Unknown {
		t.Errorf("the dearer model is %s of the other", timesText(r))
	}
	if strings.Contains(screen, "answers differ") || colAnswer.place(p.rows) >= 0 {
		t.Error("answers do not differ, and the head says their length")
	}
}

// Each model's own length is what is going to be spent. The page says so and names no
// cheapest model, no multiples and, unless somebody asks for it, no order by cost.
func TestEachModelsOwnLengthIsNoComparison(t *testing.T) {
	p := beside(t)
	choose(t, p, gpt.Provider, gpt.Model)
	press(p, "b")
	if !fill(p, press(p, "a"), "p50-each") {
		t.Fatal("p50-each is not taken")
	}
	if a, b := p.rows.of(t, gpt), p.rows.of(t, opus); a.Output != 1000 || b.Output != 10 {
		t.Fatalf("answers of %d and %d", a.Output, b.Output)
	}
	screen := plain(p)
	for _, want := range []string{"answer 1,000 (p50 of each model's own)", "against gpt-5.4 · answers differ, a sets one"} {
		if !strings.Contains(screen, want) {
			t.Errorf("the page does not say %q:\n%s", want, screen)
		}
	}
	if colAnswer.place(p.rows) < 0 {
		t.Error("the table does not say how long each answer is")
	}
	if strings.Contains(screen, "cheapest ") {
		t.Error("a model is the cheapest, of answers of different lengths")
	}
	if by, _ := p.sortedBy(); by != colModel {
		t.Errorf("sorted by %v", by)
	}
	r := p.rows.of(t, opus)
	cell := timesCell(r)
	if got := timesText(r); got != ui.Unknown || cell.Known() {
		t.Errorf("a shorter answer is %s of a longer one", got)
	}
	if !r.Difference.Known {
		t.Error("it does not say by how much it differs")
	}
	choose(t, p, opus.Provider, opus.Model)
	for _, f := range p.standing() {
		if strings.Contains(f.note, "×") || f.label == "against" && !strings.Contains(f.note, "$") {
			t.Errorf("%s: %s", f.label, f.note)
		}
	}
	if !fill(p, press(p, "a"), "p50") {
		t.Fatal("p50 is not taken")
	}
	if by, _ := p.sortedBy(); by != colCall || p.rows.of(t, opus).Output != 1000 {
		t.Errorf("one length again: sorted by %v", by)
	}
}

// Models that are pinned and have answers of one length are a comparison, whatever
// the others have.
func TestPinnedAnswersDiffer(t *testing.T) {
	p := beside(t)
	fill(p, press(p, "a"), "p50-each")
	for _, ref := range []pricing.ModelRef{gpt, {Provider: "openai", Model: "gpt-5.2"}} {
		choose(t, p, ref.Provider, ref.Model)
		press(p, "space")
	}
	if got := p.tableRemark(); strings.Contains(got, "answers differ") || !strings.Contains(got, "2 pinned") {
		t.Errorf("two with one length: %s", got)
	}
	choose(t, p, opus.Provider, opus.Model)
	press(p, "space")
	if got := p.tableRemark(); !strings.Contains(got, "3 pinned · answers differ, a sets one") {
		t.Errorf("one with another length: %s", got)
	}
}

// An order that somebody has chosen stays, whatever answers are counted: also that
// by model, which is the one that lengths lead to by themselves.
func TestAChosenOrderStays(t *testing.T) {
	p := beside(t)
	p.table.SetSorting(colModel.place(p.rows), false)
	for _, length := range []string{"500", "p50-each", "p50"} {
		fill(p, press(p, "a"), length)
		if by, _ := p.sortedBy(); by != colModel {
			t.Errorf("with answers of %s it is sorted by %v", length, by)
		}
	}
	p.table.SetSorting(colBatch.place(p.rows), false)
	fill(p, press(p, "a"), "p50-each")
	fill(p, press(p, "a"), "p50")
	if by, _ := p.sortedBy(); by != colBatch {
		t.Errorf("after answers of one length again it is sorted by %v", by)
	}
}

// Models that give no text have no answer that could differ: the column of answers
// comes with answers of different lengths alone.
func TestMuteModelsHaveNoAnswerThatDiffers(t *testing.T) {
	l := newListing()
	l.rows = []report.Estimated{{ModelRef: gpt, Output: 500}, {ModelRef: opus, Output: 500}, {ModelRef: pricing.ModelRef{Provider: "openai", Model: "embeds"}, Mute: true}}
	l.choose(usualColumns(), false, false)
	if colAnswer.place(l) >= 0 {
		t.Error("a model without answers makes them differ")
	}
	l.rows[1].Output = 10
	l.choose(usualColumns(), false, false)
	if colAnswer.place(l) < 0 {
		t.Error("answers differ, and the table does not say how")
	}
}
