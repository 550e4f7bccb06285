package budgets

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/overlay"
	"tokpit/tui/slider"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// control is one of the sliders of a replay.
type control uint8

const (
	controlLimit control = iota
	controlDelay
	controlPeriod
	controls
)

// replay tries out a hard limit on what was really spent in a period. The
// requests are read and prepared once, in a command; a slider move only asks.
type replay struct {
	budget budget.Budget
	zone   *time.Location
	now    time.Time
	period usage.Span
	back   int // periods before the running one

	loading       bool
	gen           int
	cancel        context.CancelFunc
	read          *atomic.Int64 // records so far
	failure, hint string

	data  *report.BudgetReplay
	asked *budget.Replay
	sums  []chart.BurnPoint // what was spent, by time

	at      control
	limit   money.Amount
	delay   time.Duration
	decimal int64 // what part of a unit of money the slider counts in
	scale   slider.Scale
	out     budget.Outcome
	refused [][]report.Refused // in the order of groupings
	group   int                // the grouping that stands first
	face    int                // where there is little room: 0 is the chart, else a grouping
}

// groupings are what refusals are told by.
func groupings() []usage.Dimension {
	return []usage.Dimension{usage.ByKey, usage.ByProject, usage.ByModel, usage.ByUser}
}

// loadedReplay is the answer to a question for a period's requests.
type loadedReplay struct {
	of    *replay
	gen   int
	data  *report.BudgetReplay
	asked *budget.Replay
	sums  []chart.BurnPoint
	err   error
}

// typedLimit is an exact limit that somebody wrote.
type typedLimit struct {
	of    *replay
	limit money.Amount
}

// usualDelay is how late providers enforce a limit as a rule.
const usualDelay = 10 * time.Minute

// farthestBack is how many periods can be gone back.
const farthestBack = 60

func delayScale() slider.Scale { return slider.Scale{High: 15 * 60, Fine: 30, Coarse: 5 * 60} }

// ready reports whether there is something to slide on.
func (r *replay) ready() bool { return r.data != nil && !r.loading }

// openReplay begins with the running period and the budget's own amount.
func (p *Page) openReplay() tea.Cmd {
	it := p.selected()
	if it == nil || it.Err != nil || p.opts.Actions == nil {
		return nil
	}
	p.replay = &replay{budget: *it.Budget, zone: it.zone, now: p.snap.AsOf, period: it.Period, limit: it.Limit, delay: usualDelay, decimal: 100}
	return p.loadReplay()
}

func (p *Page) closeReplay() {
	if p.replay != nil && p.replay.cancel != nil {
		p.replay.cancel()
	}
	p.replay = nil
}

// loadReplay reads the requests of the chosen period.
func (p *Page) loadReplay() tea.Cmd {
	r := p.replay
	if r.cancel != nil {
		r.cancel()
	}
	r.gen++
	r.loading, r.data, r.asked, r.failure, r.hint = true, nil, nil, "", ""
	r.read = new(atomic.Int64)
	ctx, cancel := context.WithCancel(p.opts.Context)
	r.cancel = cancel
	a, s, gen, read, b, period := p.opts.Actions, p.snap, r.gen, r.read, r.budget, r.period
	return tea.Batch(p.spin(), func() tea.Msg {
		defer cancel()
		data, err := a.Replay(ctx, s, b, period, func(n int) { read.Store(int64(n)) })
		if err != nil {
			return reply(loadedReplay{of: r, gen: gen, err: err})
		}
		return reply(loadedReplay{r, gen, data, budget.NewReplay(period, data.Pieces), sumsOf(data), nil})
	})
}

// finest is how many points a chart of a replay is made of: more than columns.
const finest = 512

// sumsOf adds up the pieces of a replay by time.
func sumsOf(d *report.BudgetReplay) []chart.BurnPoint {
	long := d.Period.Until.Sub(d.Period.Since)
	bins := make([]money.Amount, finest)
	for i := range d.Pieces {
		x := int(float64(d.Pieces[i].At.Sub(d.Period.Since)) / float64(long) * finest)
		x = max(0, min(x, finest-1))
		bins[x] = bins[x].Add(d.Pieces[i].Cost)
	}
	out := make([]chart.BurnPoint, finest+1)
	out[0].At = d.Period.Since
	var sum money.Amount
	for i, b := range bins {
		sum = sum.Add(b)
		out[i+1] = chart.BurnPoint{At: d.Period.Since.Add(long / finest * time.Duration(i+1)), Total: sum.Float()}
	}
	return out
}

func (p *Page) applyReplay(msg loadedReplay) tea.Cmd {
	r := p.replay
	if r == nil || r != msg.of || r.gen != msg.gen {
		return nil
	}
	r.loading = false
	if msg.err != nil {
		if !errors.Is(msg.err, context.Canceled) {
			r.failure, r.hint = parted(msg.err)
		}
		return nil
	}
	r.data, r.asked, r.sums = msg.data, msg.asked, msg.sums
	r.measure()
	r.ask()
	return nil
}

// measure makes a scale for the limit: from next to nothing to more than was
// spent, in a unit of which there are many.
func (r *replay) measure() {
	most := r.budget.Amount
	if r.data.Total.Cmp(most) > 0 {
		most = r.data.Total
	}
	high := min(most.Float()*1.2, 1e15)
	r.decimal = 100
	for high*float64(r.decimal) < 2000 && r.decimal < 1e9 {
		r.decimal *= 10
	}
	if high >= 1e6 {
		r.decimal = 1
	}
	top := max(2, int64(math.Ceil(high*float64(r.decimal))))
	fine := int64(1)
	for step := int64(1); step <= top; step *= 10 { // about two hundred steps
		for _, m := range []int64{1, 2, 5} {
			if top/(step*m) >= 150 {
				fine = step * m
			}
		}
	}
	r.scale = slider.Scale{Low: 1, High: top, Fine: fine, Coarse: fine * 10}
}

// place is where the limit lies on its scale.
func (r *replay) place() int64 {
	return r.scale.Clamp(int64(min(r.limit.Float()*float64(r.decimal)+0.5, 1e18)))
}

// setPlace sets the limit to a place on the scale.
func (r *replay) setPlace(n int64) {
	r.limit = money.NewRate(money.FromUnits(r.scale.Clamp(n))).Scale(1, r.decimal).Amount()
	r.ask()
}

// ask works out what the limit would have done.
func (r *replay) ask() {
	if r.asked == nil {
		return
	}
	r.out = r.asked.Ask(r.limit, r.delay, r.budget.Warn)
	r.refused = r.refused[:0]
	for _, by := range groupings() {
		r.refused = append(r.refused, r.data.RefusedBy(&r.out, by))
	}
}

// pressReplay routes a key of the replay.
func (p *Page) pressReplay(msg tea.KeyPressMsg) tea.Cmd {
	r, k := p.replay, &p.keys
	switch {
	case key.Matches(msg, k.ReplayDone):
		p.closeReplay()
	case key.Matches(msg, k.Less):
		return p.slide(-1, false)
	case key.Matches(msg, k.More):
		return p.slide(1, false)
	case key.Matches(msg, k.LessFar):
		return p.slide(-1, true)
	case key.Matches(msg, k.MoreFar):
		return p.slide(1, true)
	case key.Matches(msg, k.Control):
		r.at = (r.at + 1) % controls
	case key.Matches(msg, k.ControlBack):
		r.at = (r.at + controls - 1) % controls
	case key.Matches(msg, k.Group):
		if p.planReplay().cramped {
			r.face = (r.face + 1) % (len(groupings()) + 1)
		} else {
			r.group = (r.group + 1) % len(groupings())
		}
	case key.Matches(msg, k.Exact):
		return p.typeLimit()
	case key.Matches(msg, k.Adopt):
		return p.adopt()
	}
	return nil
}

// slide moves the control under the cursor.
func (p *Page) slide(by int, far bool) tea.Cmd {
	r := p.replay
	switch {
	case r.at == controlPeriod:
		if far {
			by *= 3
		}
		return p.shiftPeriod(by)
	case !r.ready():
	case r.at == controlLimit:
		r.setPlace(r.scale.Step(r.place(), by, far))
	case r.at == controlDelay:
		r.delay = time.Duration(delayScale().Step(int64(r.delay/time.Second), by, far)) * time.Second
		r.ask()
	}
	return nil
}

// shiftPeriod goes to another period: by below zero is the past.
func (p *Page) shiftPeriod(by int) tea.Cmd {
	r := p.replay
	back := max(0, min(r.back-by, farthestBack))
	if back == r.back {
		return nil
	}
	r.back, r.period = back, r.budget.At(r.now)
	for range back {
		r.period = r.budget.Before(r.period)
	}
	return p.loadReplay()
}

// typeLimit asks for an exact limit.
func (p *Page) typeLimit() tea.Cmd {
	r := p.replay
	return ui.Send(overlay.Open{Modal: overlay.NewPrompt("Limit to try", r.limit.String(), "e.g. 500", []string{"An amount in " + ui.Text(r.budget.Currency) + "."}, func(text string) (tea.Msg, error) {
		a, err := parseAmount(text)
		if err != nil {
			return nil, err
		}
		return reply(typedLimit{r, a}), nil
	})})
}

func parseAmount(text string) (money.Amount, error) {
	a, err := money.Parse(trimAmount(text))
	if err != nil || a.Sign() <= 0 {
		return a, errors.New("a plain number above zero, such as 500 or 19.99")
	}
	return a, nil
}

func (p *Page) applyLimit(msg typedLimit) {
	if r := p.replay; r != nil && r == msg.of {
		r.limit = msg.limit
		r.ask()
	}
}

// adopt opens the form with the limit that was tried.
func (p *Page) adopt() tea.Cmd {
	r := p.replay
	it := p.selected()
	if !r.ready() || it == nil || it.Budget.Name != r.budget.Name {
		return nil
	}
	was := *it.Budget
	f := newForm(&was, was)
	f.fields[spotAmount].Set(r.limit.String())
	p.closeReplay()
	return p.openForm(f)
}
