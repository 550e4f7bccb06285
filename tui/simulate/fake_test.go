package simulate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/filter"
	"tokpit/tui/overlay"
	"tokpit/tui/period"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// actions keeps scenarios in memory.
type actions struct {
	saved  map[string]scenario.Saved
	sets   []scenario.ScoreSet
	files  map[string]string
	levers [][]scenario.Lever // of every base that was asked for
	err    error
}

func (a *actions) Base(ctx context.Context, s *report.Snapshot, q report.Query, levers []scenario.Lever) (*scenario.Base, error) {
	a.levers = append(a.levers, levers)
	if a.err != nil {
		return nil, a.err
	}
	return makeBase(ctx, nil, s, q, levers)
}

func (a *actions) Scores(context.Context, *report.Snapshot) ([]scenario.ScoreSet, error) {
	return a.sets, a.err
}

func (a *actions) Scenarios(context.Context, *report.Snapshot) ([]scenario.Saved, error) {
	return slices.SortedFunc(maps.Values(a.saved), func(x, y scenario.Saved) int { return cmp.Compare(x.Name, y.Name) }), a.err
}

// Save passes what it is given through its stored form.
func (a *actions) Save(_ context.Context, _ *report.Snapshot, s scenario.Saved) error {
	data, err := s.Encode()
	if err == nil {
		s, err = scenario.DecodeSaved(data)
	}
	if err = cmp.Or(a.err, err); err != nil {
		return err
	}
	a.saved[s.Name] = s
	return nil
}

func (a *actions) Forget(_ context.Context, _ *report.Snapshot, name string) error {
	delete(a.saved, name)
	return a.err
}

func (a *actions) Outcome(_ context.Context, s *report.Snapshot, saved *scenario.Saved) (*scenario.Outcome, error) {
	if a.err != nil {
		return nil, a.err
	}
	q := queryOf(s, saved.Scope, saved.Span)
	q.By = scenario.OutcomeBy()
	then, err := report.Run(s.Cube, s.Book, s.Plans, q, s.AsOf)
	if err != nil {
		return nil, err
	}
	q.Since, q.Until = saved.Adopted, s.AsOf
	since, err := report.Run(s.Cube, s.Book, s.Plans, q, s.AsOf)
	if err != nil {
		return nil, err
	}
	return saved.Check(then, since)
}

// Encode says what it was asked for.
func (a *actions) Encode(_ context.Context, s *report.Snapshot, of scenario.Scenario, r *scenario.Result, form Form) ([]byte, error) {
	return fmt.Appendf(nil, "%s of %d levers, %s, %s", form, len(of.Levers), r.Delta(), s.Prices), a.err
}

func (a *actions) Export(_ context.Context, name string, content []byte) (string, error) {
	a.files[name] = string(content)
	return "/home/mara/" + name, a.err
}

// driver is a page that a test types at.
type driver struct {
	*Page
	tb      testing.TB
	act     *actions
	modals  overlay.Stack
	notices []string
	clips   []string
	unsaved string
}

var errStore = errors.New("open store: busy")

func newActions() *actions {
	return &actions{saved: make(map[string]scenario.Saved), files: make(map[string]string)}
}

func newPage(tb testing.TB, s *report.Snapshot, w, h int) *driver {
	d := &driver{tb: tb, act: newActions()}
	d.Page = New(Options{Context: tb.Context(), Actions: d.act, Demo: true})
	d.SetLens(ui.Lens{Cash: true})
	d.SetSize(w, h)
	d.SetSnapshot(s)
	d.run(d.Update(ui.Shown{}))
	return d
}

// run executes a command and all that follow from it.
func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	case ui.To:
		d.run(d.Update(msg.Msg))
	case ui.Narrow:
		d.narrow(msg)
	case ui.ChoosePeriod:
		d.lensKey("t")
	case ui.Notice:
		d.notices = append(d.notices, string(msg))
	case ui.Unsaved:
		d.unsaved = msg.What
	case overlay.Open:
		d.modals.Push(msg.Modal)
	default:
		if strings.HasSuffix(fmt.Sprintf("%T", msg), ".setClipboardMsg") { // which has no name outside
			d.clips = append(d.clips, fmt.Sprint(msg))
		}
	}
}

func named(name string) tea.KeyPressMsg {
	base, shifted := strings.CutPrefix(name, "shift+")
	mod := tea.KeyMod(0)
	if shifted {
		mod = tea.ModShift
	}
	if code, ok := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "down": tea.KeyDown, "left": tea.KeyLeft, "space": tea.KeySpace,
		"right": tea.KeyRight, "up": tea.KeyUp, "end": tea.KeyEnd, "home": tea.KeyHome, "backspace": tea.KeyBackspace, "pgdown": tea.KeyPgDown, "delete": tea.KeyDelete}[base]; ok {
		return tea.KeyPressMsg{Code: code, Mod: mod}
	}
	return tea.KeyPressMsg{Text: base, Code: []rune(base)[0], Mod: mod}
}

// narrow does what the root model does with what holds on all pages.
func (d *driver) narrow(n ui.Narrow) {
	d.SetLens(ui.Lens{Cash: d.lens.Cash, Period: n.Period, Filter: n.Filter})
	d.run(d.Update(ui.Shown{}))
}

// lensKey does what the root model's keys do, and reports whether it has one.
func (d *driver) lensKey(name string) bool {
	switch name {
	case "t":
		d.modals.Push(period.Picker(period.Calendar(d.snap), period.Usual(), d.lens.Period, func(text string) tea.Msg { return ui.Narrow{Period: text, Filter: d.lens.Filter} }))
	case "f":
		d.modals.Push(filter.Picker(d.snap.Names, filter.Values(d.tb.Context(), d.snap), d.lens.Filter, func(s budget.Scope) tea.Msg { return ui.Narrow{Period: d.lens.Period, Filter: s} }))
	case "X":
		d.narrow(ui.Narrow{})
	default:
		return false
	}
	return true
}

// keys types keys by name, into the topmost box or the page.
func (d *driver) keys(names ...string) {
	for _, name := range names {
		msg := named(name)
		if top, open := d.modals.Top(); open {
			cmd, done := top.Update(msg)
			if done {
				d.modals.Pop()
			}
			d.run(cmd)
			continue
		}
		if !d.lensKey(name) {
			d.run(d.Update(msg))
		}
	}
}

// typed types a text.
func (d *driver) typed(text string) {
	for _, r := range text {
		d.keys(string(r))
	}
}

// lever adds a lever as a person writes it.
func (d *driver) lever(text string) {
	d.keys("a")
	top, ok := d.modals.Top()
	if !ok {
		d.tb.Fatal("no lever can be added")
	}
	top.Update(tea.PasteMsg{Content: text})
	d.keys("enter")
}

// screen is what is shown, the topmost box included.
func (d *driver) screen() string {
	page := ansi.Strip(d.View())
	if top, open := d.modals.Top(); open {
		w, h := top.Size(d.width-6, d.height-2)
		page += "\n" + top.Title() + "\n" + ansi.Strip(strings.Join(top.Lines(ui.NewStyles(ui.Theme{}), w, h), "\n"))
	}
	return page
}

func (d *driver) see(texts ...string) {
	d.tb.Helper()
	got := d.screen()
	for _, text := range texts {
		if !strings.Contains(got, text) {
			d.tb.Errorf("the page lacks %q:\n%s", text, got)
		}
	}
}

func (d *driver) miss(texts ...string) {
	d.tb.Helper()
	got := d.screen()
	for _, text := range texts {
		if strings.Contains(got, text) {
			d.tb.Errorf("the page has %q:\n%s", text, got)
		}
	}
}

// check tests what holds in every state: the place is filled, and no line is
// wider.
func (d *driver) check() {
	d.tb.Helper()
	lines := strings.Split(d.View(), "\n")
	if len(lines) != d.height {
		d.tb.Fatalf("%d lines of %d", len(lines), d.height)
	}
	for _, l := range lines {
		if w := ansi.StringWidth(ansi.Strip(l)); w > d.width {
			d.tb.Fatalf("a line of %d columns of %d: %q", w, d.width, ansi.Strip(l))
		}
	}
	for _, b := range d.ShortHelp() {
		if b.Enabled() && (b.Help().Key == "" || b.Help().Desc == "") {
			d.tb.Fatalf("a binding of %v without words", b.Keys())
		}
	}
}

func sample() *report.Snapshot { return tuitest.Explored() }

// scored is a set of scores of the sample's models.
func scored() []scenario.ScoreSet {
	of := func(model string, mean scenario.Points, latency time.Duration) scenario.Score {
		return scenario.Score{Model: model, Metric: "tickets answered", Mean: mean, Items: 200, Latency: latency, HasLatency: latency > 0,
			Interval: &scenario.Interval{Low: mean - 3_000_000, High: mean + 3_000_000}}
	}
	return []scenario.ScoreSet{{Name: "october", Imported: tuitest.Now(), Scores: []scenario.Score{
		of("gpt-5.2", 86_000_000, 9*time.Second), of("gpt-5-mini", 81_500_000, 4*time.Second), of("gpt-5-nano", 60_000_000, 2*time.Second),
		of("gemini-3-flash", 83_000_000, 3*time.Second), of("claude-haiku-4-5-20251001", 79_000_000, 5*time.Second), of("claude-opus-4-8", 91_000_000, 20*time.Second), of("claude-sonnet-5", 88_000_000, 12*time.Second)}}}
}
