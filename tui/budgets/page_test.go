package budgets

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

type hinted struct{ error }

func (hinted) Hint() string { return "ask whoever keeps the budgets" }

// screens is every kind of screen, as a way to bring a fresh page into it.
func screens() map[string]func(width, height int) *Page {
	from := func(snap func() *report.Snapshot, keys ...string) func(int, int) *Page {
		return func(w, h int) *Page {
			p := pageOf(spender(), snap(), w, h)
			press(p, keys...)
			return p
		}
	}
	return map[string]func(int, int) *Page{
		"budgets":  from(tuitest.Budgeted, "home"),
		"over":     from(tuitest.Budgeted, "home", "down", "left"),
		"run rate": from(tuitest.Budgeted, "home", "down", "down"),
		"silent":   from(tuitest.Budgeted, "end", "pgdown"),
		"none":     from(tuitest.Unbudgeted),
		"unknown":  from(tuitest.Sample),
		"new":      from(tuitest.Unbudgeted, "a"),
		"change":   from(tuitest.Budgeted, "home", "e", "tab", "tab", "tab"),
		"wrong":    from(tuitest.Budgeted, "home", "e", "x", "ctrl+s"),
		"leaving":  from(tuitest.Budgeted, "home", "e", "1", "esc"),
		"replay": func(w, h int) *Page {
			p := pageOf(spender(), tuitest.Budgeted(), w, h)
			press(p, "home", "p")
			run(p, p.Update(typedLimit{p.replay, units(100)}))
			return p
		},
		"hostile":        from(tuitest.HostileBudgets, "home"),
		"huge":           from(tuitest.HostileBudgets, "home", "down", "right"),
		"broken":         from(tuitest.HostileBudgets, "end"),
		"hostile change": from(tuitest.HostileBudgets, "home", "e"),
		"hostile replay": from(tuitest.HostileBudgets, "home", "p", "g"),
	}
}

// drawn takes colours off, and blanks at the ends of lines.
func drawn(p *Page) string {
	lines := strings.Split(view(p), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{80, 21}, {120, 37}, {200, 57}} {
		for _, name := range []string{"budgets", "over", "none", "new", "change", "replay", "hostile"} {
			t.Run(fmt.Sprintf("%s %dx%d", name, size[0], size[1]), func(t *testing.T) {
				golden.RequireEqual(t, drawn(screens()[name](size[0], size[1])))
			})
		}
	}
	for _, name := range []string{"run rate", "silent", "wrong", "leaving", "broken", "unknown"} {
		t.Run(name+" 120x37", func(t *testing.T) { golden.RequireEqual(t, drawn(screens()[name](120, 37))) })
	}
	t.Run("budgets 60x17", func(t *testing.T) { golden.RequireEqual(t, drawn(screens()["budgets"](60, 17))) })
}

// fits fails unless a page is as large as it was told, with nothing harmful in it.
func fits(t *testing.T, what string, p *Page, w, h int) {
	t.Helper()
	lines := strings.Split(p.View(), "\n")
	if len(lines) != max(h, 1) {
		t.Fatalf("%s %dx%d: %d lines", what, w, h, len(lines))
	}
	for _, line := range lines {
		if got := ansi.StringWidth(ansi.Strip(line)); got != w || strings.ContainsAny(ansi.Strip(line), "\x1b\x07\u202e\r\t") {
			t.Fatalf("%s %dx%d: %d columns: %q", what, w, h, got, ansi.Strip(line))
		}
	}
}

// Whatever the size and the data: as many lines as there are, none wider.
func TestEverySizeFits(t *testing.T) {
	for name, screen := range screens() {
		p := screen(120, 37)
		for _, size := range [][2]int{{0, 0}, {1, 1}, {5, 3}, {20, 5}, {38, 8}, {60, 17}, {80, 21}, {97, 24}, {115, 30}, {116, 30}, {120, 37}, {140, 13}, {200, 57}, {240, 70}} {
			p.SetSize(size[0], size[1])
			fits(t, name, p, size[0], size[1])
		}
		for _, theme := range []ui.Theme{{Light: true}, {Mono: true}} {
			p.SetTheme(ui.NewStyles(theme))
			fits(t, name, p, 240, 70)
		}
	}
}

// The figures of the page are those of the snapshot, and the first thing seen is
// what most needs to be looked at.
func TestFigures(t *testing.T) {
	s := tuitest.Budgeted()
	p := pageOf(spender(), s, 200, 57)
	want(t, view(p), "▸ ci")
	press(p, "home")
	all := s.Budgets.Standings[0]
	want(t, view(p), "left of $4,500.00", ui.Money(all.Cost, "USD")+" spent", "→ "+ui.Money(all.Forecast.Point, "USD"), "▸ all",
		"ends at "+ui.Money(all.Forecast.Point, "USD"), "80 %: "+ui.Money(all.Forecast.Low, "USD")+" to "+ui.Money(all.Forecast.High, "USD"),
		"nothing left on Thu 26 Nov", "as of 4 min ago", "checkout-api", "It rests on 56 whole days", "● 80 % reached Fri 20 Nov 10:00",
		"told mail:owner@example.com", "not seen", "1 message not delivered", "× 1 over", "65 % of the month is over")
	press(p, "enter")
	box := modal(t, press(p, "enter"))
	w, _ := box.Size(100, 60)
	text := ansi.Strip(strings.Join(box.Lines(ui.NewStyles(ui.Theme{}), w, 100), "\n"))
	want(t, text, "headroom", ui.Money(all.Headroom, "USD"), "is tried again in 12 minutes: the receiver answered 503", "seen by mara", "2.1× its usual")
	press(p, "down", "down")
	want(t, view(p), "No forecast: too little history", "The run rate", "≈ ")
	press(p, "down")
	want(t, view(p), "silent until Sat 21 Nov 07:00")
}

// Every binding that is offered does something, and only then is it offered.
func TestBindings(t *testing.T) {
	type mode struct {
		keys []string // to come there
		snap func() *report.Snapshot
	}
	for name, m := range map[string]mode{"list": {[]string{"home", "left"}, tuitest.Budgeted}, "form": {[]string{"home", "e", "1"}, tuitest.Budgeted}, "replay": {[]string{"home", "p"}, tuitest.Budgeted}, "none": {nil, tuitest.Unbudgeted}} {
		fresh := func() *Page {
			p := pageOf(spender(), m.snap(), 120, 26)
			press(p, m.keys...)
			if p.replay != nil {
				run(p, p.Update(typedLimit{p.replay, units(100)}))
			}
			return p
		}
		for _, column := range fresh().FullHelp() {
			for _, b := range column {
				for _, k := range b.Keys() {
					p := fresh()
					before := view(p)
					told := press(p, k)
					if b.Enabled() && view(p) == before && len(told) == 0 && p.form == nil && !edge(b, k) {
						t.Errorf("%s: %s (%s) does nothing", name, k, b.Help().Desc)
					}
					if !b.Enabled() && b.Help().Desc == "" {
						t.Errorf("%s: a binding without a description", name)
					}
				}
			}
		}
		short := fresh().ShortHelp()
		if !slices.ContainsFunc(short, func(b key.Binding) bool { return b.Enabled() }) {
			t.Errorf("%s: nothing in the footer", name)
		}
	}
}

// edge are the keys that do nothing where the cursor stands at an end.
func edge(b key.Binding, k string) bool {
	return slices.Contains([]string{"up", "k", "home", "g", "pgup", "ctrl+b", "ctrl+f"}, k) || b.Help().Desc == "take the last change back"
}

func TestAlerts(t *testing.T) {
	a := spender()
	p := pageOf(a, tuitest.Budgeted(), 120, 37)
	press(p, "home")
	if got := notices(press(p, "m")); got != "1 alert of all marked as seen\n" {
		t.Errorf("told %q", got)
	}
	press(p, "M")
	box := modal(t, press(p, "z"))
	pick(t, p, box, "For three days")
	a.err = hinted{errors.New("somebody else has it open")}
	if got := notices(press(p, "m")); got != "! somebody else has it open (ask whoever keeps the budgets)\n" {
		t.Errorf("told %q", got)
	}
	a.err = nil
	press(p, "end")
	pick(t, p, modal(t, press(p, "z")), "Not any more")
	if got := strings.Join(a.told, ", "); got != "ack all , retry k1, snooze all 23 Nov 15:00, ack all , snooze web 20 Nov 15:00" {
		t.Errorf("asked: %s", got)
	}
}

// pick chooses from a box by the letters of a choice, and gives the answer to the
// page.
func pick(t *testing.T, p *Page, box overlay.Modal, name string) []tea.Msg {
	t.Helper()
	for _, r := range name {
		box.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	cmd, done := box.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	if !done {
		t.Fatalf("%s is not taken", name)
	}
	return run(p, cmd)
}

func TestRemoveAndUndo(t *testing.T) {
	a := spender()
	p := pageOf(a, tuitest.Budgeted(), 120, 37)
	press(p, "home", "down")
	box := modal(t, press(p, "d"))
	if box.Title() != "Remove ci?" {
		t.Errorf("title %q", box.Title())
	}
	want(t, ansi.Strip(strings.Join(box.Lines(ui.NewStyles(ui.Theme{}), 80, 10), "\n")), "$300.00 a month for key key_ci")
	box.Update(tea.KeyPressMsg{Code: tea.KeyEnter}) // keeps it
	if len(a.told) > 0 {
		t.Fatalf("removed without an answer: %v", a.told)
	}
	told := pick(t, p, modal(t, press(p, "d")), "Remove it")
	want(t, notices(told), "ci is removed; u takes that back")
	want(t, notices(undo(t, p, told)), "ci is added: the last change is taken back")
	if got := strings.Join(a.told, ", "); got != "remove ci, save ci" || a.was[0] != nil || !a.saved[0].Hard || a.saved[0].Scope.String() != "key=key_ci" {
		t.Errorf("asked %s, saved %+v", got, a.saved)
	}
	a.err = errors.New("ci was changed elsewhere")
	want(t, notices(undo(t, p, told)), "! cannot be taken back any more: ci was changed elsewhere")
}

// Who may only look is told why, and changes nothing.
func TestReadOnly(t *testing.T) {
	a := spender()
	p := New(Options{Actions: a, ReadOnly: "eve may only look"})
	p.SetSize(120, 37)
	p.SetSnapshot(tuitest.Budgeted())
	for _, k := range []string{"e", "d", "m", "z", "M", "u"} {
		press(p, k)
	}
	if got := notices(press(p, "a")); got != "Read-only: eve may only look\n" || p.form != nil {
		t.Errorf("told %q", got)
	}
	press(p, "p")
	if !p.replay.ready() {
		t.Error("looking at a replay changes nothing")
	}
	press(p, "e")
	if len(a.told) > 0 || p.form != nil {
		t.Errorf("asked: %v", a.told)
	}
	p = New(Options{ReadOnly: "eve may only look"})
	p.SetSize(120, 37)
	p.SetSnapshot(tuitest.Unbudgeted())
	want(t, view(p), "Read-only: eve may only look")
}

func TestMouse(t *testing.T) {
	p := pageOf(spender(), tuitest.Budgeted(), 120, 37)
	press(p, "home")
	find := func(text string) (int, int) {
		t.Helper()
		for y, line := range strings.Split(view(p), "\n") {
			if before, _, ok := strings.Cut(line, text); ok {
				return ansi.StringWidth(before), y
			}
		}
		t.Fatalf("no %q in\n%s", text, view(p))
		return 0, 0
	}
	x, y := find("  web ")
	run(p, p.Update(tea.MouseClickMsg{X: x + 3, Y: y, Button: tea.MouseLeft}))
	want(t, view(p), "▸ web")
	if box := modal(t, run(p, p.Update(tea.MouseClickMsg{X: x + 3, Y: y, Button: tea.MouseLeft}))); box.Title() != "web" {
		t.Errorf("opened %q", box.Title())
	}
	p.Update(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp})
	want(t, view(p), "▸ lab")
	press(p, "home")
	r := p.plan.burn
	p.Update(tea.MouseMotionMsg{X: r.Min.X + 20, Y: r.Min.Y + 5})
	want(t, view(p), "ahead of plan")
	p.Update(tea.MouseMotionMsg{X: 0, Y: 0})
	if !p.day.IsZero() {
		t.Error("the day stays although the mouse left")
	}
}

// The cursor on the chart goes day by day, and says what the plan was.
func TestReadout(t *testing.T) {
	s := tuitest.Budgeted()
	p := pageOf(spender(), s, 120, 37)
	press(p, "home", "left")
	want(t, view(p), "Fri 20 Nov: $3,461.00 spent, ")
	press(p, "left")
	want(t, view(p), "Thu 19 Nov: ")
	press(p, "right", "right")
	want(t, view(p), "Sat 21 Nov: expected ")
	press(p, "esc")
	want(t, view(p), "even plan ···")
}

// New data keeps the budget that was chosen, and a snapshot without budgets
// keeps the page whole.
func TestNewData(t *testing.T) {
	p := pageOf(spender(), tuitest.Budgeted(), 120, 37)
	press(p, "end")
	s := tuitest.Budgeted()
	s.Budgets.Standings = slices.Delete(s.Budgets.Standings, 0, 1)
	p.SetSnapshot(s)
	want(t, view(p), "▸ web")
	p.SetSnapshot(tuitest.Unbudgeted())
	want(t, view(p), "Know before the month ends")
	p.SetSnapshot(tuitest.Budgeted())
	want(t, view(p), "▸ ci")
}

// Random keys, clicks, sizes and data: no panic, nothing drawn past the edges.
func TestMonkey(t *testing.T) {
	names := []string{"up", "down", "left", "right", "enter", "esc", "tab", "shift+tab", "home", "end", "pgup", "pgdown", "space", "shift+left", "shift+right", "ctrl+s", "ctrl+o", "ctrl+u"}
	for _, r := range "aedumztpgjkhlyn0159.,%=" {
		names = append(names, string(r))
	}
	snaps := []func() *report.Snapshot{tuitest.Budgeted, tuitest.HostileBudgets, tuitest.Unbudgeted, tuitest.Sample}
	steps := 6000
	if testing.Short() {
		steps = 1000
	}
	w, h := 100, 30
	p := pageOf(spender(), tuitest.Budgeted(), w, h)
	seed := uint32(20261121)
	random := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	for i := range steps {
		var msg tea.Msg = keyOf(names[random(len(names))])
		switch random(14) {
		case 0:
			msg = tea.MouseClickMsg{X: random(w), Y: random(h), Button: tea.MouseLeft}
		case 1:
			msg = tea.MouseMotionMsg{X: random(w), Y: random(h), Button: tea.MouseButton(random(2))}
		case 2:
			msg = tea.MouseWheelMsg{X: random(w), Y: random(h), Button: tea.MouseWheelDown + tea.MouseButton(random(2))}
		case 3:
			w, h = 36+random(180), 7+random(60)
			p.SetSize(w, h)
		case 4:
			p.SetSnapshot(snaps[random(len(snaps))]())
		case 5:
			msg = tea.PasteMsg{Content: tuitest.HostileNames()[random(13)]}
		}
		for _, out := range run(p, p.Update(msg)) {
			if o, ok := out.(overlay.Open); ok {
				for range random(4) {
					cmd, _ := o.Modal.Update(keyOf(names[random(len(names))]))
					run(p, cmd)
				}
				cmd, _ := o.Modal.Update(keyOf("enter"))
				run(p, cmd)
			}
		}
		fits(t, fmt.Sprintf("step %d", i), p, w, h)
	}
}

// A sign of life turns while something is under way, and ends with it.
func TestSpinner(t *testing.T) {
	p := pageOf(spender(), tuitest.Budgeted(), 120, 37)
	p.busy, p.spinning = 1, false
	if p.spin() == nil || p.spin() != nil {
		t.Error("the spinner does not begin once")
	}
	p.busy = 0
	if cmd := p.Update(spun{}); cmd != nil || p.spinning {
		t.Error("the spinner does not end")
	}
}

// A box of details keeps what it was opened with, also when all budgets go.
func TestDetailsOutliveTheirBudget(t *testing.T) {
	p := pageOf(spender(), tuitest.Budgeted(), 120, 40)
	box := modal(t, press(p, "home", "enter"))
	text := func() string { return ansi.Strip(strings.Join(box.Lines(ui.NewStyles(ui.Theme{}), 90, 60), "\n")) }
	was := text()
	p.SetSnapshot(tuitest.Sample())
	if got := text(); got != was || !strings.Contains(got, "Days that stand out") {
		t.Errorf("the box was\n%s\nand is\n%s", was, got)
	}
}
