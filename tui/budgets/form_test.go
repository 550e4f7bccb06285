package budgets

import (
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/tui/tuitest"
	"tokpit/usage"
)

func units(n int64) money.Amount { return money.FromUnits(n) }

func amount(t *testing.T, s string) money.Amount {
	t.Helper()
	a, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// to moves the cursor to a field.
func to(t *testing.T, p *Page, s spot) {
	t.Helper()
	for range spots {
		if p.form.at == s {
			return
		}
		press(p, "tab")
	}
	t.Fatalf("no way to field %d", s)
}

// A budget is written, tried on the past while it is, and saved.
func TestAdd(t *testing.T) {
	a := spender()
	p := pageOf(a, tuitest.Unbudgeted(), 190, 37)
	press(p, "a")
	want(t, view(p), "New budget", "2500", "50%, 80%, forecast:100%", "This month    $200.00 of $2,500.00, 8.0 %")
	to(t, p, spotAmount)
	press(p, "ctrl+u")
	write(p, "250")
	want(t, view(p), "Last month    $310.00 of $250.00, 124 %: over on the 25th", "September")
	if len(a.asked) != 1 {
		t.Errorf("the spend was read %d times for one scope", len(a.asked))
	}
	to(t, p, spotPeriod)
	press(p, "left")
	want(t, view(p), "‹ week ›", "Last week     $70.00 of $250.00", "Monday")
	if len(a.asked) != 2 || a.asked[1].Period != budget.Weekly {
		t.Errorf("asked %+v", a.asked)
	}
	to(t, p, spotScope)
	write(p, "project=web")
	want(t, view(p), "This week with this budget")
	to(t, p, spotNotify)
	write(p, "nowhere")
	want(t, view(p), "! no channel of that name is configured", "! nowhere")
	press(p, "ctrl+u")
	write(p, "ops, mail:a@example.com")
	to(t, p, spotHard)
	press(p, "space")
	told := press(p, "ctrl+s")
	want(t, notices(told), "all is added; u takes that back")
	if len(a.saved) != 1 || p.form != nil {
		t.Fatalf("saved %v", a.saved)
	}
	b := a.saved[0]
	if b.Amount != units(250) || b.Period != budget.Weekly || b.Scope.String() != "project=web" || !b.Hard || strings.Join(b.Notify, "|") != "ops|mail:a@example.com" || len(b.Warn) != 3 || a.was[0] != nil {
		t.Errorf("saved %+v", b)
	}
}

// What is wrong is said at its field, and nothing is saved.
func TestWrongFields(t *testing.T) {
	for _, c := range []struct {
		at   spot
		text string
		want string
	}{
		{spotName, "", "give it a name"},
		{spotName, "ci", "there is a budget of that name already"},
		{spotAmount, "many", "a plain number"},
		{spotAmount, "0", "more than nothing"},
		{spotAmount, "-3", "more than nothing"},
		{spotAnchor, "32", ""},
		{spotScope, "flavour=sweet", "flavour"},
		{spotScope, "project", "project"},
		{spotWarn, "80%,80%", "twice"},
		{spotWarn, "soon", "soon"},
		{spotCurrency, "DOLLARS", ""},
		{spotZone, "Berlin", "Berlin"},
	} {
		a := spender()
		p := pageOf(a, tuitest.Budgeted(), 120, 37)
		press(p, "a")
		write(p, "fresh")
		to(t, p, c.at)
		press(p, "ctrl+u")
		write(p, c.text)
		press(p, "ctrl+s")
		if len(a.saved) > 0 || p.form == nil || p.form.at != c.at || p.form.wrong[c.at] == "" {
			t.Errorf("%q in field %d: cursor on %v, saved %v", c.text, c.at, p.form, a.saved)
			continue
		}
		want(t, view(p), "! ", c.want)
	}
}

// What was typed is not lost without a question.
func TestLeaving(t *testing.T) {
	a := spender()
	p := pageOf(a, tuitest.Budgeted(), 120, 37)
	press(p, "home", "e", "esc")
	if p.form != nil {
		t.Error("asked although nothing was changed")
	}
	press(p, "e", "9", "esc")
	want(t, view(p), "Leave without saving?")
	press(p, "n")
	if p.form == nil || p.form.leaving || p.form.text(spotAmount) != "45009" {
		t.Fatal("not kept")
	}
	p.SetSnapshot(tuitest.Budgeted()) // new data changes nothing of it
	if p.form == nil || p.form.text(spotAmount) != "45009" {
		t.Fatal("lost to new data")
	}
	press(p, "esc", "y")
	if p.form != nil || len(a.told) > 0 {
		t.Error("not left, or saved")
	}
}

// An error of saving keeps the form with what was typed, and says what to do.
func TestRefusedSave(t *testing.T) {
	a := spender()
	p := pageOf(a, tuitest.Budgeted(), 120, 37)
	press(p, "home", "e", "9")
	a.err = hinted{errors.New("a reader cannot change anything")}
	press(p, "ctrl+s")
	want(t, view(p), "Not saved: a reader cannot change anything", "hint: ask whoever keeps the budgets", "45009")
	a.err = nil
	done := press(p, "ctrl+s")
	if len(a.saved) != 1 || a.saved[0].Amount != units(45_009) || a.was[0].Amount != units(4500) {
		t.Errorf("saved %+v", a.saved)
	}
	want(t, notices(undo(t, p, done)), "all is changed: the last change is taken back")
	if last := a.saved[len(a.saved)-1]; last.Amount != units(4500) {
		t.Errorf("back to %s", last.Amount)
	}
}

// The scope is chosen from what usage there is.
func TestPickScope(t *testing.T) {
	s := tuitest.Unbudgeted()
	b := usage.NewBuilder(0)
	for i, project := range []string{"web", "web", "ops", ""} {
		set := b.Set(usage.Dims{Project: project, Model: "gpt-5.2"})
		b.Add(usage.Slot(i), 1, set, usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: int64(100 * (i + 1))}})
	}
	s.Cube = b.Cube()
	p := pageOf(spender(), s, 120, 37)
	press(p, "a")
	to(t, p, spotScope)
	box := modal(t, press(p, "enter"))
	values := modal(t, pick(t, p, box, "project"))
	if values.Title() != "Which project" {
		t.Fatalf("opened %q", values.Title())
	}
	values.Update(keyOf("space")) // unallocated has the most tokens
	values.Update(keyOf("down"))
	values.Update(keyOf("space"))
	cmd, _ := values.Update(keyOf("enter"))
	run(p, cmd)
	if got := p.form.now.Scope.String(); got != "project=,project=ops" && got != "project=,project=web" {
		t.Errorf("scope %q", got)
	}
	box = modal(t, press(p, "enter"))
	pick(t, p, box, "all usage")
	if got := p.form.text(spotScope); got != "" {
		t.Errorf("scope %q", got)
	}
}

// Pasted text stays in one line, and the budget keeps its name.
func TestPaste(t *testing.T) {
	p := pageOf(spender(), tuitest.Budgeted(), 120, 37)
	press(p, "home", "e")
	for _, s := range p.form.order() {
		if s == spotName {
			t.Error("the name can be changed")
		}
	}
	to(t, p, spotNotify)
	for _, name := range tuitest.HostileNames() {
		run(p, p.pasteForm(name))
	}
	if strings.ContainsAny(p.form.text(spotNotify), "\x1b\r\n\u202e") {
		t.Errorf("kept %q", p.form.text(spotNotify))
	}
}

// What lies within the page says where it is, and a click on that leads back; what
// was typed is asked for first.
func TestTheWayBack(t *testing.T) {
	back := tea.MouseClickMsg{X: 3, Y: 0, Button: tea.MouseLeft}
	p := pageOf(spender(), tuitest.Budgeted(), 120, 37)
	press(p, "home", "p")
	want(t, view(p), "Budgets › A hard limit on all, tried out")
	p.Update(tea.MouseClickMsg{X: 30, Y: 0, Button: tea.MouseLeft})
	if p.replay == nil {
		t.Error("the title itself leads back")
	}
	p.Update(back)
	if p.replay != nil {
		t.Error("the replay stays")
	}
	press(p, "e")
	want(t, view(p), "Budgets › Change all")
	press(p, "1")
	p.Update(back)
	if p.form == nil || !p.form.leaving {
		t.Error("what was typed is lost")
	}
}
