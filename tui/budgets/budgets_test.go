package budgets

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// actions records what it is asked to do, and answers with made-up usage.
type actions struct {
	told   []string
	saved  []budget.Budget
	was    []*budget.Budget
	err    error
	spend  report.BudgetSpend
	asked  []budget.Budget
	pieces []budget.Spent
	groups []usage.Dims
	unseen int64
	gate   chan struct{} // Replay waits for it if set
}

func (a *actions) Save(_ context.Context, _ *report.Snapshot, was *budget.Budget, b budget.Budget) error {
	a.told = append(a.told, "save "+b.Name)
	if a.err == nil {
		a.saved, a.was = append(a.saved, b), append(a.was, was)
	}
	return a.err
}

func (a *actions) Remove(_ context.Context, _ *report.Snapshot, was budget.Budget) error {
	a.told = append(a.told, "remove "+was.Name)
	return a.err
}

func (a *actions) Acknowledge(_ context.Context, _ *report.Snapshot, name, threshold string) error {
	a.told = append(a.told, "ack "+name+" "+threshold)
	return a.err
}

func (a *actions) Snooze(_ context.Context, _ *report.Snapshot, name, _ string, until time.Time) error {
	a.told = append(a.told, "snooze "+name+" "+until.UTC().Format("2 Jan 15:04"))
	return a.err
}

func (a *actions) Retry(_ context.Context, _ *report.Snapshot, key string) error {
	a.told = append(a.told, "retry "+key)
	return a.err
}

func (a *actions) Spend(_ context.Context, _ *report.Snapshot, b budget.Budget, _ int) (report.BudgetSpend, error) {
	a.asked = append(a.asked, b)
	return a.spend, a.err
}

func (a *actions) Replay(ctx context.Context, _ *report.Snapshot, _ budget.Budget, period usage.Span, read func(int)) (*report.BudgetReplay, error) {
	read(12_345)
	if a.gate != nil {
		select {
		case <-a.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	r := &report.BudgetReplay{Period: period, Pieces: a.pieces, Groups: a.groups, Unseen: a.unseen}
	for _, x := range a.pieces {
		r.Total = r.Total.Add(x.Cost)
		if x.Bucket {
			r.Buckets++
		}
	}
	return r, nil
}

func (a *actions) Reaches(_ *report.Snapshot, targets []string) error {
	if slices.Contains(targets, "nowhere") {
		return hinted{errors.New("no channel of that name is configured")}
	}
	return nil
}

// spender answers with ninety days of ten dollars, and a request of fifty cents
// every hour of November so far.
func spender() *actions {
	a := &actions{}
	now := tuitest.Now()
	today := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for i := range 120 {
		ten := money.FromUnits(10)
		a.spend.Days = append(a.spend.Days, budget.DaySum{Day: today.AddDate(0, 0, -i), Sum: budget.Sum{Cost: ten, Low: ten, High: ten}})
	}
	a.spend.AsOf = now
	a.groups = []usage.Dims{{Key: "key_ci", Project: "web", Model: "gpt-5.2", User: "mara"}, {Key: "", Project: "", Model: "gpt-5-mini"}}
	half := money.NewRate(money.FromUnits(1)).Scale(1, 2).Amount()
	for at := time.Date(2026, 11, 1, 0, 30, 0, 0, time.UTC); at.Before(now); at = at.Add(time.Hour) {
		a.pieces = append(a.pieces, budget.Spent{At: at, Cost: half, Requests: 1, Group: uint32(at.Hour() % 2)})
	}
	return a
}

// pageOf is the page over a snapshot, in a size.
func pageOf(a Actions, s *report.Snapshot, width, height int) *Page {
	p := New(Options{Actions: a})
	p.settle, p.spinning = 0, true // nothing waits
	p.SetSize(width, height)
	p.SetSnapshot(s)
	return p
}

// run executes a command and gives its answers to the page; what is for others
// is returned.
func run(p *Page, cmd tea.Cmd) (out []tea.Msg) {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			out = append(out, run(p, c)...)
		}
	case ui.To:
		if _, tick := msg.Msg.(spun); tick {
			return nil
		}
		return run(p, p.Update(msg.Msg))
	default:
		return []tea.Msg{msg}
	}
	return out
}

func keyOf(name string) tea.KeyPressMsg {
	switch name {
	case "enter":
		return tea.KeyPressMsg{Code: tea.KeyEnter}
	case "esc":
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	case "tab":
		return tea.KeyPressMsg{Code: tea.KeyTab}
	case "shift+tab":
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	case "up":
		return tea.KeyPressMsg{Code: tea.KeyUp}
	case "down":
		return tea.KeyPressMsg{Code: tea.KeyDown}
	case "left":
		return tea.KeyPressMsg{Code: tea.KeyLeft}
	case "right":
		return tea.KeyPressMsg{Code: tea.KeyRight}
	case "shift+left":
		return tea.KeyPressMsg{Code: tea.KeyLeft, Mod: tea.ModShift}
	case "shift+right":
		return tea.KeyPressMsg{Code: tea.KeyRight, Mod: tea.ModShift}
	case "home":
		return tea.KeyPressMsg{Code: tea.KeyHome}
	case "end":
		return tea.KeyPressMsg{Code: tea.KeyEnd}
	case "pgup":
		return tea.KeyPressMsg{Code: tea.KeyPgUp}
	case "pgdown":
		return tea.KeyPressMsg{Code: tea.KeyPgDown}
	case "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: []rune(rest)[0], Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// press types keys, and returns what the page told others.
func press(p *Page, keys ...string) (out []tea.Msg) {
	for _, k := range keys {
		out = append(out, run(p, p.Update(keyOf(k)))...)
	}
	return out
}

func write(p *Page, text string) {
	for _, r := range text {
		press(p, string(r))
	}
}

func view(p *Page) string { return ansi.Strip(p.View()) }

func want(t *testing.T, screen string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(screen, s) {
			t.Errorf("no %q in\n%s", s, screen)
		}
	}
}

// undo takes back what messages say can be taken back.
func undo(t *testing.T, p *Page, msgs []tea.Msg) []tea.Msg {
	t.Helper()
	for _, m := range msgs {
		if u, ok := m.(ui.Undoable); ok {
			return run(p, u.Undo)
		}
	}
	t.Fatalf("nothing can be taken back: %v", msgs)
	return nil
}

// notices are the remarks among messages.
func notices(msgs []tea.Msg) (out string) {
	for _, m := range msgs {
		if n, ok := m.(ui.Notice); ok {
			out += string(n) + "\n"
		}
	}
	return out
}

// modal is the box that a message opens.
func modal(t *testing.T, msgs []tea.Msg) overlay.Modal {
	t.Helper()
	for _, m := range msgs {
		if o, ok := m.(overlay.Open); ok {
			return o.Modal
		}
	}
	t.Fatalf("no box was opened: %v", msgs)
	return nil
}
