package simulate

import (
	"context"
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// work is the reading of usage that goes on beside the page.
type work struct {
	gen     int
	running bool
	stale   bool   // what is shown is not what would be read now
	more    string // what the base knows besides cells, see wantsMore
	cancel  context.CancelFunc
	ranking bool
}

// The answers of the page's own commands.
type (
	prepared struct {
		gen   int
		base  *scenario.Base
		board *scenario.Scoreboard
		more  string
		basis string
		err   error
	}
	ranked struct {
		gen     int
		ranking *scenario.Ranking
		err     error
	}
	exported struct {
		path string
		err  error
	}
	copied struct{ content, notice string }
	// grouped says that the usage of a base is grouped for the scopes of levers.
	grouped struct{ gen int }
	// settled is what was chosen in a box; it changes the page.
	settled struct{ apply func(p *Page) tea.Cmd }
)

// here wraps an answer for this page.
func here(msg tea.Msg) tea.Msg { return ui.To{Page: title, Msg: msg} }

// settle is a message that does something to the page.
func settle(f func(p *Page) tea.Cmd) tea.Msg { return here(settled{f}) }

func notice(text string) tea.Cmd { return ui.Send(ui.Notice(clean.Limit(text, 300))) }

// trouble says what went wrong, with what to do next.
func trouble(before string, err error) tea.Cmd {
	text := before + err.Error()
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		text += " (" + hinted.Hint() + ")"
	}
	return notice("! " + text)
}

// query is the usage that a scope and a period mean.
func (p *Page) query() (report.Query, error) {
	span, err := period.Parse(period.Calendar(p.snap), p.period)
	if err != nil {
		return report.Query{}, err
	}
	return queryOf(p.snap, p.scope, span), nil
}

func queryOf(s *report.Snapshot, scope map[usage.Dimension][]string, span usage.Span) report.Query {
	return report.Query{Since: span.Since, Until: span.Until, Zone: period.Zone(s), Filter: scope, Names: s.Names}
}

// wantsMore names what levers need besides the cells of the snapshot: records
// where an output is cut off, and sessions where a lever is limited to some.
func wantsMore(levers []scenario.Lever) string {
	out := ""
	if slices.ContainsFunc(levers, func(l scenario.Lever) bool { return l.Kind == scenario.OutputCap }) {
		out += "records "
	}
	if slices.ContainsFunc(levers, func(l scenario.Lever) bool { return l.Fine() }) {
		out += "sessions"
	}
	return out
}

// makeBase reads the usage of a query.
func makeBase(ctx context.Context, a Actions, s *report.Snapshot, q report.Query, levers []scenario.Lever) (*scenario.Base, error) {
	if a != nil {
		return a.Base(ctx, s, q, levers)
	}
	cube := s.Cube
	if cube == nil {
		cube = usage.NewBuilder(0).Cube()
	}
	return scenario.Prepare(scenario.Input{Cube: cube, Book: bookOf(s), Plans: s.Plans, Query: q, AsOf: s.AsOf})
}

// prepare begins to read the usage of the present scope and span.
func (p *Page) prepare() tea.Cmd {
	w := &p.work
	if p.snap == nil || p.snap.Empty || p.snap.Book == nil {
		return nil
	}
	if w.cancel != nil {
		w.cancel()
	}
	w.gen++
	q, err := p.query()
	if err != nil {
		p.failed = err
		return nil
	}
	ctx, cancel := context.WithCancel(p.opts.Context)
	w.cancel, w.running, w.stale = cancel, true, false
	gen, snap, actions, levers, board := w.gen, p.snap, p.opts.Actions, p.on(), p.board
	return func() tea.Msg {
		defer cancel()
		out := prepared{gen: gen, more: wantsMore(levers), board: board}
		if out.base, out.err = makeBase(ctx, actions, snap, q, levers); out.err != nil {
			return here(out)
		}
		if out.board == nil {
			out.board = scoresOf(ctx, actions, snap)
		}
		out.basis = basisOf(snap, q)
		_, _ = out.base.Run(levers) // the first run takes longest; the page makes it again, quickly
		return here(out)
	}
}

// basisOf names what the figures rest on, or the mix of it by tokens.
func basisOf(s *report.Snapshot, q report.Query) string {
	if s.Cube == nil || q.Fine() {
		return ""
	}
	q.By = []usage.Dimension{usage.BySource}
	r, err := report.Run(s.Cube, bookOf(s), s.Plans, q, s.AsOf)
	if err != nil {
		return ""
	}
	var names []string
	var weights []int64
	for _, b := range r.Bases {
		if b.Counted > 0 {
			names, weights = append(names, b.Basis.String()), append(weights, b.Counted)
		}
	}
	if len(names) > 1 {
		for i, n := range report.Shares(weights, 100) {
			names[i] += " " + ui.Digits(n) + "%"
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "basis " + strings.Join(names, ", ")
}

// scoresOf reads what is known of quality; what cannot be read is not known.
func scoresOf(ctx context.Context, a Actions, s *report.Snapshot) *scenario.Scoreboard {
	var sets []scenario.ScoreSet
	if a != nil {
		sets, _ = a.Scores(ctx, s)
	}
	board, err := scenario.NewScoreboard(bookOf(s), sets)
	if err != nil {
		return nil
	}
	return board
}

// applyPrepared takes a base over, and begins to rank.
func (p *Page) applyPrepared(msg prepared) tea.Cmd {
	w := &p.work
	if msg.gen != w.gen {
		return nil
	}
	w.running = false
	if msg.err != nil {
		if p.opts.Context.Err() == nil {
			p.failed = msg.err
		}
		return nil
	}
	p.failed, p.base, p.board, p.basis, w.more = nil, msg.base, msg.board, msg.basis, msg.more
	p.chart.drop()
	again := p.pull()
	w.ranking = true
	gen, base, board := w.gen, p.base, p.board
	rank := func() tea.Msg {
		r, err := base.Rank(scenario.RankOptions{Scores: board})
		return here(ranked{gen, r, err})
	}
	if p.view == frontierView {
		return tea.Batch(rank, again, p.chart.ask(p))
	}
	return tea.Batch(rank, again)
}

func (p *Page) applyRanked(msg ranked) tea.Cmd {
	if msg.gen != p.work.gen {
		return nil
	}
	p.work.ranking = false
	p.ranking, p.rankErr = msg.ranking, msg.err
	p.fillIdeas()
	return p.join()
}

// pull applies the levers to the usage: at once, or, where usage has to be grouped
// for a new scope first, after a command has done so.
func (p *Page) pull() tea.Cmd {
	levers := p.on()
	if p.base == nil || p.base.Ready(levers) || scenario.Check(levers) != nil {
		return p.run()
	}
	p.match() // what was computed before belongs to levers that have moved
	gen, base := p.work.gen, p.base
	return func() tea.Msg {
		_, _ = base.Run(levers)
		return here(grouped{gen})
	}
}

// run applies the levers to the usage. A slider waits for it.
func (p *Page) run() tea.Cmd {
	if p.base == nil {
		return nil
	}
	r, err := p.base.Run(p.on())
	if p.broken = err; err != nil {
		return nil
	}
	p.result = r
	p.match()
	p.fillModels()
	return p.join()
}

// match finds each lever's contribution: the result has them in the order in
// which they apply.
func (p *Page) match() {
	if p.result == nil {
		return
	}
	p.at = make([]int, len(p.levers))
	used := make([]bool, len(p.result.Levers))
	texts := make([]string, len(p.result.Levers))
	for i := range p.result.Levers {
		texts[i] = p.result.Levers[i].Lever.String()
	}
	for i := range p.levers {
		p.at[i] = -1
		if p.levers[i].off {
			continue
		}
		text := p.levers[i].String()
		for j := range texts {
			if !used[j] && texts[j] == text {
				p.at[i], used[j] = j, true
				break
			}
		}
	}
}

// share is the contribution of a lever, nil if it has none.
func (p *Page) contribution(i int) *scenario.Contribution {
	if p.result == nil || p.broken != nil || i < 0 || i >= len(p.at) || p.at[i] < 0 {
		return nil
	}
	return &p.result.Levers[p.at[i]]
}

// changed follows a change of the levers.
func (p *Page) changed() tea.Cmd {
	cmd := tea.Batch(p.pull(), p.tellUnsaved())
	if more := wantsMore(p.on()); more != "" && more != p.work.more && p.opts.Actions != nil && !p.work.running {
		return tea.Batch(cmd, p.prepare())
	}
	return cmd
}

// tellUnsaved lets the root model know whether there is something to be lost.
func (p *Page) tellUnsaved() tea.Cmd {
	what := ""
	if p.dirty() {
		what = "a scenario with " + plural(int64(len(p.levers)), "lever")
		if p.name != "" {
			what = "changes of " + ui.Text(p.name)
		}
	}
	return ui.Send(ui.Unsaved{Page: title, What: what})
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return ui.Count(n) + " " + noun + "s"
}
