package simulate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/tuitest"
	"tokpit/tui/tuitest/typist"
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
	*typist.Typist
	act *actions
}

var errStore = errors.New("open store: busy")

func newActions() *actions {
	return &actions{saved: make(map[string]scenario.Saved), files: make(map[string]string)}
}

func newPage(tb testing.TB, s *report.Snapshot, w, h int) *driver {
	d := idlePage(tb, newActions(), s, w, h)
	d.Run(d.Update(ui.Shown{}))
	return d
}

// idlePage is a page that nobody has looked at yet.
func idlePage(tb testing.TB, act *actions, s *report.Snapshot, w, h int) *driver {
	p := New(Options{Context: tb.Context(), Actions: act, Demo: true})
	p.SetLens(ui.Lens{Cash: true})
	p.SetSize(w, h)
	p.SetSnapshot(s)
	state := func() typist.State {
		return typist.State{Snapshot: p.snap, Lens: p.lens, Width: p.width, Height: p.height}
	}
	return &driver{Page: p, Typist: &typist.Typist{TB: tb, To: p, State: state}, act: act}
}

// lever adds a lever as a person writes it.
func (d *driver) lever(text string) {
	d.Keys("a")
	top, ok := d.Modals.Top()
	if !ok {
		d.TB.Fatal("no lever can be added")
	}
	top.Update(tea.PasteMsg{Content: text})
	d.Keys("enter")
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
