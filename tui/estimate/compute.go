package estimate

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tokenizer"
	"tokpit/tui/buffer"
	"tokpit/tui/ui"
)

// built is an estimator and what it was made with.
type built struct {
	gen       int
	estimator *report.Estimator
	history   *report.History
	of        *report.Snapshot // that the history is of, if it is of cells
	library   tokenizer.Library
	err       error
}

// here wraps an answer for this page.
func here(msg tea.Msg) tea.Msg { return ui.To{Page: title, Msg: msg} }

// build returns the command that makes an estimator of the snapshot's book, and of
// what is at hand of the person's own requests: what was read of them, or else the
// snapshot's cells. Reading them takes longer, see [Page.readHistory].
func (p *Page) build() tea.Cmd {
	if p.snap == nil || p.snap.Book == nil {
		return nil
	}
	p.building++
	b := built{gen: p.building, history: p.history, of: p.asked.cells, library: p.library}
	snap, desk, ctx, all, pins := p.snap, p.opts.Desk, p.opts.Context, p.all, slices.Clone(p.ask.pins)
	whole := p.asked.own != nil && p.asked.demo == snap.Demo
	if whole {
		b.history, b.of = p.asked.own, nil
	}
	libraries := desk != nil && (p.estimator == nil || snap.AsOf.Sub(p.asked.library).Abs() >= readAgain)
	if libraries {
		p.asked.library = snap.AsOf
	}
	return func() tea.Msg {
		if libraries {
			b.library, b.err = desk.Library(ctx)
		}
		if !whole && b.of != snap {
			b.history, b.of = cellHistory(snap), snap
		}
		b.estimator = report.NewEstimator(report.EstimateOptions{Book: snap.Book, At: snap.AsOf, Library: b.library, History: b.history, All: all, Also: pins})
		return here(b)
	}
}

// applyBuilt takes an estimator over.
func (p *Page) applyBuilt(b built) tea.Cmd {
	if b.gen != p.building {
		return nil
	}
	p.estimator, p.history, p.library, p.asked.cells = b.estimator, b.history, b.library, b.of
	p.names = p.names[:0]
	var encodings []*tokenizer.Encoding
	want := b.estimator.Encodings()
	for _, name := range []string{tokenizer.O200K, tokenizer.CL100K} { // always worth comparing
		if !slices.Contains(want, name) {
			want = append(want, name)
		}
	}
	for _, name := range want {
		if e, err := p.library.Get(name); err == nil {
			p.names, encodings = append(p.names, name), append(encodings, e)
		}
	}
	p.text.SetEncodings(encodings)
	p.ask.begin(p.history)
	p.estimate()
	if b.err != nil {
		return tea.Batch(p.count(), p.readHistory(), notice("A vocabulary is left out: ", b.err))
	}
	return tea.Batch(p.count(), p.readHistory())
}

// favourite is the model that a person has used most of those that answer, nil if
// none of them has been used.
func (p *Page) favourite() *report.Estimated {
	var best *report.Estimated
	for i := range p.rows.rows {
		r := &p.rows.rows[i]
		if r.Requests > 0 && r.Priced && r.Row.Rates.Known.Has(pricing.Output) && (best == nil || r.Requests > best.Requests) {
			best = r
		}
	}
	return best
}

// cheapest is the model of those in the table whose call costs least, in dollars
// where there are any; nil if nothing has a price, or answers differ in length.
func (p *Page) cheapest() *report.Estimated {
	if _, same := p.rows.oneLength(); !same {
		return nil
	}
	var best *report.Estimated
	for _, i := range p.rows.shown() {
		r := &p.rows.rows[i]
		if !r.Priced || r.Mute || r.Fit == report.TooLong {
			continue
		}
		if order, _ := colCall.compare(r, orSelf(best, r)); best == nil || order < 0 {
			best = r
		}
	}
	return best
}

func orSelf(r, self *report.Estimated) *report.Estimated {
	if r == nil {
		return self
	}
	return r
}

// measured is the counts of the text as the estimator takes them.
func (p *Page) measured() report.Measured {
	t := p.text.Totals()
	m := report.Measured{Bytes: t.Bytes, Invalid: t.Invalid, Counts: make(map[string]int64, len(p.names)), Profile: t.Profile}
	for i, name := range p.names {
		m.Counts[name] = t.Tokens[i]
	}
	return m
}

// query is the question that the page puts.
func (p *Page) query() report.EstimateQuery {
	return report.EstimateQuery{
		Prompt:  report.Prompt{Text: p.measured(), Images: p.ask.images, Chat: p.ask.chat()},
		Output:  p.ask.output,
		Traffic: p.ask.traffic, Baseline: p.ask.reference(),
	}
}

// estimate works all models out again. It is called after whatever changes the
// prompt or the question.
func (p *Page) estimate() {
	if p.estimator == nil {
		return
	}
	p.rows.fill(p.estimator.Estimate(p.query()), p.filter, p.ask.pins, p.ask.columns)
	p.table.SetRows(p.rows)
	p.pins.SetRows(pinned{p.rows})
	p.sizeTables()
	p.choose()
}

// current is the estimate of the chosen model, also while the filter leaves no
// model in the table; nil if there is none.
func (p *Page) current() *report.Estimated {
	if p.estimator == nil {
		return nil
	}
	for i := range p.rows.rows {
		if e := &p.rows.rows[i]; e.ModelRef == p.chosen {
			return e
		}
	}
	return nil
}

// counting is what counts a long text.
type counting struct {
	running, stopped bool
	cancel           context.CancelFunc
}

// counted is the end of a job.
type counted struct{ job *buffer.Job }

// jobSize is how much text one command counts, in bytes: some tens of
// milliseconds.
const jobSize = 2 << 20

// count returns the command that counts what is pending, nil if nothing is or one
// is under way.
func (p *Page) count() tea.Cmd {
	if p.job.running || p.job.stopped || len(p.text.Encodings()) == 0 {
		return nil
	}
	job := p.text.Pending(p.editor.Cursor(), jobSize)
	if job == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(p.opts.Context)
	p.job.running, p.job.cancel = true, cancel
	return func() tea.Msg {
		defer cancel()
		job.Count(ctx)
		return here(counted{job})
	}
}

// applyCounted takes counts over and goes on.
func (p *Page) applyCounted(c counted) tea.Cmd {
	p.job.running = false
	p.text.Apply(c.job)
	p.estimate()
	return p.count()
}

// halt stops counting, or goes on.
func (p *Page) halt() tea.Cmd {
	p.job.stopped = !p.job.stopped
	if p.job.stopped && p.job.cancel != nil {
		p.job.cancel()
	}
	return p.count()
}

// changed follows a change of the text.
func (p *Page) changed() tea.Cmd {
	p.estimate()
	if p.text.Totals().Complete() {
		p.job.stopped = false
	}
	if p.text.Len() == 0 {
		p.dropped = false
	}
	if cmd := p.tellUnsaved(); cmd != nil {
		return tea.Batch(cmd, p.count(), p.readHistory())
	}
	return tea.Batch(p.count(), p.readHistory())
}

func keyOf(m pricing.ModelRef) string { return m.Provider + "\x00" + m.Model }
