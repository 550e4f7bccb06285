package estimate

import (
	"context"
	"slices"
	"time"

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
	library   tokenizer.Library
	read      reading
	err       error
}

// here wraps an answer for this page.
func here(msg tea.Msg) tea.Msg { return ui.To{Page: title, Msg: msg} }

// build returns the command that makes an estimator of the snapshot's book. What
// takes reading, the person's requests and vocabularies, is read again only when
// it has become old.
func (p *Page) build() tea.Cmd {
	if p.snap == nil || p.snap.Book == nil {
		return nil
	}
	p.building++
	b := built{gen: p.building, history: p.history, library: p.library, read: p.read}
	snap, desk, ctx, all, pins := p.snap, p.opts.Desk, p.opts.Context, p.all, slices.Clone(p.ask.pins)
	now := reading{snap.Demo, snap.AsOf}
	return func() tea.Msg {
		if now.demo != b.read.demo || now.at.Sub(b.read.at).Abs() >= readAgain {
			b.read = now
			if desk != nil {
				b.library, b.err = desk.Library(ctx)
			}
			b.history = historyOf(ctx, snap, desk)
		}
		b.estimator = report.NewEstimator(report.EstimateOptions{Book: snap.Book, At: snap.AsOf, Library: b.library, History: b.history, All: all, Also: pins})
		return here(b)
	}
}

// reading is when, and of which data, the person's own requests were read.
type reading struct {
	demo bool
	at   time.Time
}

// readAgain is how old that may become.
const readAgain = 10 * time.Minute

// historyOf is the person's own requests: from the desk, or, for demo data that
// the desk knows nothing of, from the cells on screen.
func historyOf(ctx context.Context, s *report.Snapshot, desk Desk) *report.History {
	if desk != nil && !s.Demo {
		if h, err := desk.History(ctx); err == nil {
			return h
		}
	}
	if s.Cube == nil {
		return nil
	}
	h := report.NewHistoryBuilder(s.Book)
	h.Cube(s.Cube, s.AsOf.AddDate(0, 0, -historyDays))
	return h.History()
}

// historyDays is how far back the person's own requests are looked at.
const historyDays = 90

// applyBuilt takes an estimator over.
func (p *Page) applyBuilt(b built) tea.Cmd {
	if b.gen != p.building {
		return nil
	}
	first := p.estimator == nil
	p.estimator, p.history, p.library, p.read = b.estimator, b.history, b.library, b.read
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
	if first {
		p.ask.begin(p.history)
	}
	p.estimate()
	if b.err != nil {
		return tea.Batch(p.count(), notice("A vocabulary is left out: ", b.err))
	}
	return p.count()
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
// where there are any; nil if nothing has a price.
func (p *Page) cheapest() *report.Estimated {
	var best *report.Estimated
	for _, i := range p.rows.shown() {
		r := &p.rows.rows[i]
		if !r.Priced || r.Fit == report.TooLong {
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
		return tea.Batch(cmd, p.count())
	}
	return p.count()
}

func keyOf(m pricing.ModelRef) string { return m.Provider + "\x00" + m.Model }
