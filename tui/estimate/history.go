package estimate

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
)

// reading is what is known of the person's own requests. That they are read one by
// one, which takes seconds in a large store, is worth it only for the length of
// answers; until then, and without a desk, the snapshot's cells stand in.
type reading struct {
	own     *report.History  // as they were read; nil if they have not been
	demo    bool             // of demo data
	at      time.Time        // when
	cells   *report.Snapshot // whose cells stand in
	library time.Time        // when the vocabularies were looked at

	gen    int
	cancel context.CancelFunc // of a reading that is under way; nil if none is
}

// readAgain is how old what was read may become.
const readAgain = 10 * time.Minute

// historyDays is how far back the person's own requests are looked at.
const historyDays = 90

// remembered is the end of a reading.
type remembered struct {
	gen     int
	history *report.History
	err     error
}

// readHistory returns the command that reads the person's own requests, nil if
// they are not asked for, are known, or are being read. Without a text nothing is
// asked for, and a reading that is under way ends.
func (p *Page) readHistory() tea.Cmd {
	a, desk := &p.asked, p.opts.Desk
	if p.snap == nil || p.empty() || p.ask.output.Share == 0 && p.ask.begun {
		a.stop()
		return nil
	}
	if a.demo != p.snap.Demo {
		a.stop()
	}
	fresh := !a.at.IsZero() && a.demo == p.snap.Demo && p.snap.AsOf.Sub(a.at).Abs() < readAgain
	if desk == nil || a.cancel != nil || fresh || p.estimator == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(p.opts.Context)
	a.gen++
	a.cancel, a.at, a.demo = cancel, p.snap.AsOf, p.snap.Demo
	gen, of := a.gen, p.snap
	return func() tea.Msg {
		defer cancel()
		h, err := desk.History(ctx, of)
		return here(remembered{gen, h, err})
	}
}

// stop ends a reading, which begins anew when it is asked for again.
func (a *reading) stop() {
	if a.cancel != nil {
		a.cancel()
		a.cancel, a.at = nil, time.Time{}
		a.gen++
	}
}

// applyRemembered takes over what was read. What cannot be read is asked for again
// after a while; the cells stand in as long.
func (p *Page) applyRemembered(msg remembered) tea.Cmd {
	a := &p.asked
	if msg.gen != a.gen {
		return nil
	}
	a.cancel = nil
	if msg.err != nil || msg.history == nil {
		return nil
	}
	a.own = msg.history
	return p.build()
}

// cellHistory is what the cells on screen tell of the person's own requests.
func cellHistory(s *report.Snapshot) *report.History {
	if s.Cube == nil {
		return nil
	}
	h := report.NewHistoryBuilder(s.Book)
	h.Cube(s.Cube, s.AsOf.AddDate(0, 0, -historyDays))
	return h.History()
}
