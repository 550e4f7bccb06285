package estimate

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/ui"
)

// After a paste the table is read from its top, and the first screen says what is
// cheapest and what the usual model costs.
func TestAPasteIsReadFromTheTop(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 60}} {
		p, _ := newPage(t, size[0], size[1]-3)
		settle(p, p.Update(tea.PasteMsg{Content: strings.Repeat("What does this cost? ", 50)}))
		if p.above || p.table.Cursor() != 0 || p.current().ModelRef != p.rows.at(0).ModelRef {
			t.Errorf("%d×%d: the cursor is on row %d, %s", size[0], size[1], p.table.Cursor(), p.chosen.Model)
		}
		text := plain(p)
		for _, want := range []string{"tokens", "cheapest this one", "your usual gpt-5.4 $"} {
			if !strings.Contains(text, want) {
				t.Errorf("%d×%d: the first screen does not say %q:\n%s", size[0], size[1], want, text)
			}
		}
		press(p, "down", "down")
		at := p.chosen
		if settle(p, p.Update(tea.PasteMsg{Content: "more"})); p.chosen != at {
			t.Errorf("a second paste moves the cursor from %s to %s", at.Model, p.chosen.Model)
		}
	}
}

// pinAll pins models by their names.
func pinAll(t *testing.T, p *Page, names ...string) {
	t.Helper()
	for _, name := range names {
		press(p, "/")
		p.Update(tea.PasteMsg{Content: name})
		press(p, "enter", "space", "esc")
	}
	if len(p.ask.pins) != len(names) {
		t.Fatalf("pinned %v", p.ask.pins)
	}
}

func TestPinnedModelsStandAbove(t *testing.T) {
	p, _ := newPage(t, 200, 60)
	press(p, "x")
	pinAll(t, p, "claude-sonnet-5-5", "gpt-5.4-mini", "gemini-3.7-flash")
	order := func() (names []string) {
		above, _, _ := strings.Cut(plain(p), "╌╌╌")
		for _, l := range strings.Split(above, "\n") {
			if _, rest, ok := strings.Cut(l, "✓"); ok && !strings.Contains(l, "pinned") {
				names = append(names, strings.Fields(strings.NewReplacer("●", "", "▎", "").Replace(rest))[0])
			}
		}
		return names
	}
	want := "claude-sonnet-5-5 gpt-5.4-mini gemini-3.7-flash"
	check := func(when string) {
		t.Helper()
		if got := strings.Join(order(), " "); got != want {
			t.Errorf("%s: pinned are %s", when, got)
		}
	}
	check("at first")
	press(p, "s", "S")
	check("sorted")
	for range 80 {
		press(p, "down")
	}
	check("scrolled")
	press(p, "/", "l", "l", "a", "m", "a", "enter")
	if check("filtered"); p.above || !strings.Contains(p.current().Model, "llama") {
		t.Errorf("the filter leads to %s", p.current().Model)
	}
	press(p, "esc", "m", "m")
	check("with all models and back")
	settle(p, p.Update(ui.Shown{}))
	settle(p, p.Update(tea.PasteMsg{Content: "more text"}))
	check("after another paste")
	var first *report.Estimated
	for _, i := range p.rows.pins {
		r := &p.rows.rows[i]
		if first == nil {
			if first = r; !r.Baseline {
				t.Error("the first is not what the others are compared with")
			}
			continue
		}
		if !r.Difference.Known || r.Difference.Point != r.Total.Point.Sub(first.Total.Point) {
			t.Errorf("%s differs by %v", r.Model, r.Difference)
		}
		if !strings.Contains(plain(p), timesText(r)) || strings.Contains(timesText(r), "–") {
			t.Errorf("%s is %s of the first", r.Model, timesText(r))
		}
	}
	press(p, "P")
	if len(order()) != 0 || p.current() == nil {
		t.Errorf("P leaves %v", order())
	}
}

// The cursor goes from the pinned rows to the others and back, by keys and by
// clicks, and a pinned row can be let go.
func TestTheCursorCrossesToPinnedRows(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	press(p, "x", "space", "down", "space", "up")
	if len(p.rows.pins) != 2 || p.above || p.table.Cursor() != 0 {
		t.Fatalf("%d pinned, cursor among them: %v", len(p.rows.pins), p.above)
	}
	top := p.chosen
	press(p, "k")
	if !p.above || p.chosen != p.ask.pins[1] {
		t.Errorf("up leads to %s", p.chosen.Model)
	}
	if press(p, "down"); p.chosen != top {
		t.Errorf("down leads to %s", p.chosen.Model)
	}
	if press(p, "g"); p.chosen != p.ask.pins[0] {
		t.Errorf("g leads to %s", p.chosen.Model)
	}
	if press(p, "G"); p.above || p.table.Cursor() != p.rows.Len()-1 {
		t.Error("G does not lead to the end")
	}
	p.View()
	y := p.plan.table.Min.Y
	click := func(row int) {
		p.Update(tea.MouseClickMsg{X: p.plan.table.Min.X + 5, Y: y + row, Button: tea.MouseLeft})
	}
	if click(1); p.chosen != p.ask.pins[0] {
		t.Errorf("a click on the first row chooses %s", p.chosen.Model)
	}
	if click(3); p.chosen != p.ask.pins[0] {
		t.Errorf("a click on the line chooses %s", p.chosen.Model)
	}
	press(p, "G", "g", "down", "down")
	if click(4); p.above || p.chosen != p.rows.at(p.table.First()).ModelRef {
		t.Errorf("a click below the line chooses %s", p.chosen.Model)
	}
	press(p, "g", "space")
	if len(p.rows.pins) != 1 {
		t.Error("space does not let a pinned model go")
	}
}

// A model that is not among the current ones stays when it was pinned.
func TestAPinnedModelStays(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	press(p, "x", "m")
	pinAll(t, p, "gpt-4-0613")
	ref := p.ask.pins[0]
	p.ask.pins = nil
	press(p, "m")
	if p.rows.has(ref) {
		t.Fatalf("%s is a current model", ref.Model)
	}
	press(p, "m")
	p.ask.pins = []pricing.ModelRef{ref}
	if press(p, "m"); !p.rows.has(ref) || len(p.rows.pins) != 1 {
		t.Errorf("%s goes with the other retired ones", ref.Model)
	}
}

func TestSeveralNamesAreFound(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	press(p, "x", "/")
	p.Update(tea.PasteMsg{Content: "sonnet, 5.4-mini, gemini"})
	var all string
	for i := range p.rows.Len() {
		name := p.rows.at(i).Provider + "/" + p.rows.at(i).Model
		if all += name + " "; !strings.Contains(name, "sonnet") && !strings.Contains(name, "5.4-mini") && !strings.Contains(name, "gemini") {
			t.Errorf("%s is none of them", name)
		}
	}
	for _, want := range []string{"claude-sonnet-5-5", "gpt-5.4-mini", "gemini-3.7-flash"} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is not found", want)
		}
	}
}

// What y copies of the pinned models is what the page shows of them.
func TestPinnedModelsAreCopied(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	settle(p, p.Update(tea.PasteMsg{Content: "a secret prompt"}))
	pinAll(t, p, "gpt-5.4-mini", "gpt-5.4-nano")
	clips := p.Clips()
	if len(clips) < 2 || !strings.Contains(clips[0].Name, "Markdown") || !strings.Contains(clips[1].Name, "CSV") {
		t.Fatalf("%+v", clips)
	}
	for _, c := range clips[:2] {
		b, err := c.Make()
		text := string(b)
		if err != nil || strings.Contains(text, "secret") {
			t.Fatalf("%s: %v\n%s", c.Name, err, text)
		}
		for _, i := range p.rows.pins {
			r := &p.rows.rows[i]
			for _, want := range []string{r.Model, r.Total.Point.String(), r.Difference.Point.String()} {
				if want != (money.Amount{}).String() && !strings.Contains(text, want) {
					t.Errorf("%s does not say %s:\n%s", c.Name, want, text)
				}
			}
		}
		if strings.Contains(text, "claude") {
			t.Errorf("%s has others:\n%s", c.Name, text)
		}
	}
}

// What was cleared comes back with the key that takes changes back anywhere.
func TestClearingCanBeTakenBack(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	settle(p, p.Update(tea.PasteMsg{Content: "keep me"}))
	var undo tea.Cmd
	var look func(cmd tea.Cmd)
	look = func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		switch msg := cmd().(type) {
		case tea.BatchMsg:
			for _, c := range msg {
				look(c)
			}
		case ui.Undoable:
			undo = msg.Undo
		}
	}
	look(p.Update(named("d")))
	if p.text.Len() != 0 || undo == nil {
		t.Fatal("d does not clear the text, or cannot be taken back")
	}
	if settle(p, undo); string(p.text.Bytes()) != "keep me" {
		t.Errorf("taking it back leaves %q", p.text.Bytes())
	}
	look(p.Update(named("d")))
	settle(p, p.Update(tea.PasteMsg{Content: "another"}))
	if settle(p, undo); string(p.text.Bytes()) != "another" {
		t.Errorf("a later text becomes %q", p.text.Bytes())
	}
}

// A multiple has three digits; only what is free is nothing at all.
func TestTimes(t *testing.T) {
	cost := func(units int64) report.CostRange { return report.CostRange{Point: money.FromUnits(units)} }
	for _, c := range []struct {
		units, perMille int64
		want            string
	}{
		{0, -1000, "0×"}, {1, -1000, "0.001×"}, {1, -950, "0.050×"}, {1, -500, "0.50×"}, {1, 1300, "2.30×"}, {1, 12_340, "13.3×"}, {1, 1_233_000, "1,234×"},
	} {
		e := report.Estimated{Relative: true, PerMille: c.perMille}
		e.Total = cost(c.units)
		if got := timesText(&e); got != c.want {
			t.Errorf("%d units, %d ‰: %q, want %q", c.units, c.perMille, got, c.want)
		}
	}
	free, dear := &report.Estimated{Currency: "USD"}, &report.Estimated{Currency: "USD"}
	dear.Total = cost(3)
	if got, ok := multiple(free, dear); !ok || got != "0×" {
		t.Errorf("free is %q of what is dear", got)
	}
}

// Costs of answers of different lengths are no comparison of prices; that is said.
func TestPinnedAnswersThatDiffer(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	press(p, "x")
	pinAll(t, p, "claude-sonnet-5-5", "gpt-5.4-mini")
	said := func() bool { return strings.Contains(p.tableRemark(), "✓ 2 pinned · answers differ, a sets one") }
	lengths := []int64{}
	for _, i := range p.rows.pins {
		lengths = append(lengths, p.rows.rows[i].Output)
	}
	if differ := lengths[0] != lengths[1]; said() != differ {
		t.Errorf("answers of %d tokens: said %v", lengths, said())
	}
	p.rows.rows[p.rows.pins[0]].Output = 500
	p.rows.rows[p.rows.pins[1]].Output = 700
	if !said() {
		t.Errorf("answers of 500 and 700 tokens: %s", p.tableRemark())
	}
	p.rows.rows[p.rows.pins[1]].Output = 500
	if said() {
		t.Errorf("answers of 500 tokens: %s", p.tableRemark())
	}
}

func TestBoundsThatLookTheSame(t *testing.T) {
	at := func(s string) money.Amount { a, _ := money.Parse(s); return a }
	for _, tt := range []struct{ low, high, want string }{
		{"0.024561", "0.024566", "≈$0.0246"},
		{"0.012", "0.019", "$0.012–$0.019"},
	} {
		if got := betweenText(report.CostRange{Low: at(tt.low), High: at(tt.high)}, "USD"); got != tt.want {
			t.Errorf("%s to %s is written %s", tt.low, tt.high, got)
		}
	}
}
