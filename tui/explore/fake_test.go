package explore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/filter"
	"tokpit/tui/overlay"
	"tokpit/tui/period"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// actions answers from the sample: sessions are made up for its logs, and every
// cell is a record.
type actions struct {
	mu      sync.Mutex
	cubes   int
	asked   []report.ExploreQuery
	err     error
	records []report.Query
}

func (a *actions) Cube(_ context.Context, s *report.Snapshot, q report.ExploreQuery, exact bool) (*usage.Cube, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cubes++
	a.asked = append(a.asked, q)
	if a.err != nil {
		return nil, a.err
	}
	cube := cubeOf(s)
	b := usage.NewBuilder(cube.Len())
	for i, slot := range cube.Slot {
		d := cube.Sets[cube.Set[i]]
		if d.Basis == usage.Logged {
			d.Session, d.Agent = "session-"+slot.Time().Format("0102"), "main"
		}
		b.Add(slot, cube.Width[i], b.Set(d), cube.MeasuresAt(i))
	}
	return b.Cube(), nil
}

func (a *actions) Records(_ context.Context, s *report.Snapshot, q report.Query, limit int) ([]report.Trace, int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.records = append(a.records, q)
	if a.err != nil {
		return nil, 0, a.err
	}
	var out []report.Trace
	span := usage.Span{Since: q.Since, Until: q.Until}
	var all int64
	cube := cubeOf(s)
	for i := cube.Len() - 1; i >= 0; i-- {
		d := cube.Sets[cube.Set[i]]
		if !span.Contains(cube.Slot[i].Time()) || !passes(q.Filter, &d) || d.Basis == usage.Billed {
			continue
		}
		all++
		if len(out) < limit {
			r := usage.Record{ID: "resp_" + cube.Slot[i].Time().Format("0102-1504"), Start: cube.Slot[i].Time(), Dims: d, Tokens: cube.TokensAt(i), Requests: 4, Slice: "completions/1h"}
			out = append(out, report.TraceRecord("acme-openai", &r, bookOf(s), s.Plans, true))
		}
	}
	return out, all, nil
}

// driver is a page whose commands run, with the boxes that it opens.
type driver struct {
	*Page
	tb      testing.TB
	act     *actions
	modals  overlay.Stack
	notices []string
	clips   []string
}

func newPage(tb testing.TB, s *report.Snapshot, w, h int) *driver {
	d := &driver{tb: tb, act: &actions{}}
	d.Page = New(Options{Context: tb.Context(), Actions: d.act})
	d.spinning = true // no ticks
	d.SetLens(ui.Lens{Cash: true})
	d.SetSize(w, h)
	d.SetSnapshot(s)
	d.run(d.Update(ui.Shown{}))
	return d
}

// run executes a command and all that follow from it, except ticks.
func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	got := make(chan tea.Msg, 1)
	go func() { got <- cmd() }()
	var msg tea.Msg
	select {
	case msg = <-got:
	case <-time.After(10 * time.Second):
		d.tb.Fatal("a command never ended")
	}
	switch msg := msg.(type) {
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
	case overlay.Open:
		d.modals.Push(msg.Modal)
	default:
		if strings.HasSuffix(fmt.Sprintf("%T", msg), ".setClipboardMsg") { // which has no name outside
			d.clips = append(d.clips, fmt.Sprint(msg))
		}
	}
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
		msg := tea.KeyPressMsg{Text: name, Code: []rune(name)[0]}
		if code, ok := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "down": tea.KeyDown, "left": tea.KeyLeft,
			"right": tea.KeyRight, "up": tea.KeyUp, "end": tea.KeyEnd, "home": tea.KeyHome, "backspace": tea.KeyBackspace}[name]; ok {
			msg = tea.KeyPressMsg{Code: code}
		}
		if top, open := d.modals.Top(); open {
			cmd, done := top.Update(msg)
			if done {
				d.modals.Pop()
			}
			d.run(cmd)
			continue
		}
		if d.CapturesText() || !d.lensKey(name) {
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

// screen is what is shown, the topmost box included.
func (d *driver) screen() string {
	page := ansi.Strip(d.View())
	if top, open := d.modals.Top(); open {
		w, h := top.Size(d.width-6, d.height-2)
		page += "\n" + ansi.Strip(strings.Join(top.Lines(ui.NewStyles(ui.Theme{}), w, h), "\n"))
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

// order is the names of the rows as they stand.
func (d *driver) order() []string {
	var out []string
	for _, l := range d.reply.shaped.lines {
		out = append(out, strings.Join(l.names, " / "))
	}
	return out
}

var errStore = errors.New("open store: busy")

func sample() *report.Snapshot { return tuitest.Explored() }
