package explore

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// slow is an engine that answers when it is let.
type slow struct {
	Engine
	mu    sync.Mutex
	gate  chan struct{}
	calls int
	most  int // at once
	now   int
}

func (s *slow) Explore(q report.ExploreQuery, asOf time.Time) (*report.Answer, error) {
	s.mu.Lock()
	s.calls++
	s.now++
	s.most = max(s.most, s.now)
	gate := s.gate
	s.mu.Unlock()
	<-gate
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	return s.Engine.Explore(q, asOf)
}

// slowPage is a page over an engine that is held back, in a program of its own.
func slowPage(t *testing.T) (*Page, *slow) {
	s := &slow{gate: make(chan struct{})}
	p := New(Options{Context: t.Context(), Engine: func(c *usage.Cube, b *pricing.Book, plans []pricing.Plan) Engine {
		s.Engine = newEngine(c, b, plans)
		return s
	}})
	p.SetSize(120, 37)
	p.SetSnapshot(sample())
	return p, s
}

// host runs a page as a program.
type host struct{ page *Page }

func (h host) Init() tea.Cmd { return ui.Send(ui.Shown{}) }

func (h host) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case ui.To:
		return h, h.page.Update(msg.Msg)
	case tea.KeyPressMsg:
		if msg.String() == "ctrl+c" {
			return h, tea.Quit
		}
	}
	return h, h.page.Update(msg)
}

func (h host) View() tea.View {
	v := tea.NewView(h.page.View())
	v.AltScreen = true
	return v
}

// While an answer is worked out every key works at once.
func TestASlowEngineHoldsNothingUp(t *testing.T) {
	p, s := slowPage(t)
	term := tuitest.Start(t, host{p}, 120, 37)
	term.See("Working it out…")
	start := time.Now()
	term.Type("/abc")
	term.See("/abc▏")
	term.Type("\x1b")
	term.Miss("/abc")
	term.Type("mmmmmmmm")
	term.See("working")
	if d := time.Since(start); d > 30*time.Second { // a busy machine; the engine would have no end
		t.Errorf("keys took %v", d)
	}
	close(s.gate)
	term.See("claude-opus-4-8")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.most > 1 {
		t.Errorf("%d answers at once", s.most)
	}
}

func TestUpdateAndViewNeverWait(t *testing.T) {
	p, _ := slowPage(t)
	p.Update(ui.Shown{})
	for _, k := range "mvwxbt/abc" {
		start := time.Now()
		p.Update(tea.KeyPressMsg{Code: k, Text: string(k)})
		p.View()
		if d := time.Since(start); d > 30*time.Second { // a pause of the machine; waiting would have no end
			t.Errorf("%c took %v", k, d)
		}
	}
}

// An answer that nobody waits for any more is dropped, and the newest question
// is asked when it has ended.
func TestStaleAnswersAreDropped(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	late := d.groupBy([]usage.Dimension{usage.ByProvider})
	if cmd := d.groupBy([]usage.Dimension{usage.ByProject}); cmd != nil {
		t.Error("two questions are asked at once")
	}
	old := answerOf(t, late)
	next := d.Update(old)
	if d.asked {
		t.Error("the answer to an older question is shown as that to the newest")
	}
	d.Run(next)
	d.See("Search relevance")
	d.Run(d.Update(old))
	d.See("Search relevance")
}

// answerOf runs the command that answers a question.
func answerOf(t *testing.T, cmd tea.Cmd) tea.Msg {
	t.Helper()
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, c := range batch {
			if to, ok := c().(ui.To); ok {
				if a, ok := to.Msg.(answered); ok {
					return a
				}
			}
		}
		t.Fatal("nothing was answered")
	}
	return msg.(ui.To).Msg
}

// A newer question ends the reading for an older one.
func TestReadingIsCancelled(t *testing.T) {
	p := New(Options{Context: t.Context(), Actions: stuck{}})
	d := drive(t, p, sample(), 120, 37)
	d.Run(p.Update(ui.Shown{}))
	first := p.turnTo(sessionsView)
	if cmd := p.turnTo(usageView); cmd != nil {
		t.Fatal("two questions are asked at once")
	}
	d.Run(first)
	d.See("claude-opus-4-8")
	d.Miss("canceled", "could not")
}

// stuck reads for ever.
type stuck struct{}

func (stuck) Cube(ctx context.Context, _ *report.Snapshot, _ report.ExploreQuery, _ bool) (*usage.Cube, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (stuck) Records(ctx context.Context, _ *report.Snapshot, _ report.Query, _ int) ([]report.Trace, int64, error) {
	<-ctx.Done()
	return nil, 0, ctx.Err()
}

// New data is asked again, and the row under the cursor stays.
func TestNewDataKeepsThePlace(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("down", "down")
	was := d.table.Selected()
	s := sample()
	s.Revision++
	s.Cube = tuitest.ExploredCube(s.AsOf, 60)
	d.SetSnapshot(s)
	if !strings.Contains(ansi.Strip(d.View()), "claude-opus-4-8") {
		t.Error("the old answer does not stay on screen")
	}
	d.Run(d.Update(ui.Shown{}))
	if d.reply.snap != s || d.table.Selected() != was {
		t.Errorf("after new data: %q, was on %q", d.table.Selected(), was)
	}
	if cmd := d.Update(ui.Shown{}); cmd != nil {
		t.Error("the same is asked again")
	}
}

// A cube that was read is kept for the next question about the same time.
func TestCubesAreReadOnce(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("n", "b")
	d.Typed("agent")
	d.Keys("enter", "=")
	if d.act.cubes != 1 {
		t.Errorf("%d cubes were read", d.act.cubes)
	}
}
