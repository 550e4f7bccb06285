package explore

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/tuitest/typist"
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

// driver is a page that a test types at.
type driver struct {
	*Page
	*typist.Typist
	act *actions
}

func newPage(tb testing.TB, s *report.Snapshot, w, h int) *driver {
	act := &actions{}
	d := drive(tb, New(Options{Context: tb.Context(), Actions: act}), s, w, h)
	d.act = act
	d.Run(d.Update(ui.Shown{}))
	return d
}

// drive gives a page to a typist, for whom cursors are at rest at once.
func drive(tb testing.TB, p *Page, s *report.Snapshot, w, h int) *driver {
	p.spinning, p.follower.rest = true, 0 // no ticks
	p.SetLens(ui.Lens{Cash: true})
	p.SetSize(w, h)
	p.SetSnapshot(s)
	state := func() typist.State {
		return typist.State{Snapshot: p.snap, Lens: p.lens, Width: p.width, Height: p.height}
	}
	return &driver{Page: p, Typist: &typist.Typist{TB: tb, To: p, State: state}}
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
