package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/tuitest"
)

// The whole program in a terminal in memory: keys, mouse, resize, paste noise,
// and the way out.
func TestProgram(t *testing.T) {
	m, _ := newModel(t, tuitest.Sample())
	term := tuitest.Start(t, m, 120, 40)
	term.See("claude-opus-4-8")
	term.See("synced 2 min ago")

	term.Type("jj")
	term.See("▎gemini-3-pro")
	term.Type("c")
	term.See("▎gemini-3-pro") // the cursor stays on its row
	term.See("API-equivalent  1–20 Nov")
	term.Type("\x1b[D\x1b[D") // left twice: yesterday
	term.See("Thu 19 Nov")
	term.Type("i")
	term.See("Read from cache")
	term.Type("\x1b")
	term.Miss("Read from cache")

	x, y := term.Find("Sources")
	term.Click(x, y)
	term.See("Looked at")
	term.Paste("q\x1b[31mq\nq")
	term.Type("1")
	term.See("Models ──")

	x, y = term.Find("gpt-5-mini")
	term.Click(x, y)
	term.See("▎gpt-5-mini")
	term.Type("i")
	term.See("╭─ gpt-5-mini")
	term.Click(0, 0)
	term.Miss("╭─ gpt-5-mini")
	term.Wheel(x, y, false)
	term.See("▎gpt-5.2-codex") // three rows up

	term.Resize(60, 20)
	term.See("tab: projects")
	term.Resize(20, 5)
	term.See("tokpit needs")
	term.Resize(80, 24)
	term.See("Projects ──")

	term.Type("q")
	if err := term.Ended(); err != nil {
		t.Fatal(err)
	}
}

// The price page in a terminal in memory.
func TestPricesInATerminal(t *testing.T) {
	m, _ := newModel(t, tuitest.Sample())
	term := tuitest.Start(t, m, 120, 40)
	term.See("claude-opus-4-8")
	x, y := term.Find("Prices")
	term.Click(x, y)
	term.See("$ per 1M tokens")
	term.Type("/gpt-5.2 q") // q is text here
	term.See("Nothing matches")
	term.See("enter keep  esc clear  ↑/↓ choose  ctrl+c quit")
	term.Miss("? help")
	term.Type("\x7f\x7f\r")
	term.See("2 of 15")
	term.Type("U")
	term.See("$ per 1K tokens")
	term.See("0.00125")
	term.Type("y")
	term.See("╭─ Copy")
	term.Type("y")
	term.See("Copied the row: openai/gpt-5.2: input 0.00125")
	term.Type("\r")
	term.See("╭─ openai/gpt-5.2")
	term.Type("\x1b")
	term.Miss("╭─ openai/gpt-5.2")
	term.Type("\x1b")
	term.See("Book 15")
	term.Type("\t\t\t")
	term.See("moving costs")
	x, y = term.Find("Changes 3")
	term.Click(x, y)
	term.See("cached 0.000125 →")
	term.Type("q")
	if err := term.Ended(); err != nil {
		t.Fatal(err)
	}
}

// A source is connected in a terminal in memory: a pasted key is refused, a test
// fails and then goes well, and the new source is read.
func TestConnectInATerminal(t *testing.T) {
	m, f := newModel(t, tuitest.Connected())
	f.refuse = hinted{errors.New("OpenAI answers 401: this is a project key")}
	term := tuitest.Start(t, m, 120, 40)
	term.See("claude-opus-4-8")
	x, y := term.Find("Sources")
	term.Click(x, y)
	term.See("Can I trust these numbers?")
	term.Type("a")
	term.See("tokpit sources add openai")
	term.Type("\t\t\t") // to the name of the variable
	term.Paste("sk-admin-Zx81kQw0mPl4TtYv9bNcR2dE")
	term.See("That looks like a key itself")
	if s := term.Styled(); strings.Contains(s, "Zx81kQ") {
		t.Errorf("the key is on the screen:\n%s", s)
	}
	term.Type("\x15qq ") // text here
	term.See("Only the name of a variable belongs here")
	term.See("env:qq")
	term.Paste("env:MY_ADMIN_KEY")
	term.See("  env:MY_ADMIN_KEY")
	term.Type("\x14") // ctrl+t
	term.See("! OpenAI answers 401: this is a project key")
	term.See("hint: close the other tokpit")
	f.mu.Lock()
	f.refuse = nil
	f.mu.Unlock()
	term.Type("\x14")
	term.See("✓ OpenAI answers")
	term.Type("\x1b")
	term.See("Leave without connecting?")
	term.Type("n")
	term.Miss("Leave without connecting?")
	term.Type("\x13") // ctrl+s
	term.See("openai is connected, and is read for the first time now")
	if got := f.asked(); got != "test openai env:MY_ADMIN_KEY, test openai env:MY_ADMIN_KEY, add openai env:MY_ADMIN_KEY" {
		t.Errorf("asked: %s", got)
	}
	term.Until("a sync", func(string) bool { f.mu.Lock(); defer f.mu.Unlock(); return f.syncs == 1 })

	x, y = term.Find("acme-openai")
	term.Click(x, y)
	term.See("▸ acme-openai")
	x, y = term.Find("×××")
	term.Hover(x, y)
	term.See("1 of 2 days not read in full: 9 Sep")
	term.Type("d")
	term.See("╭─ Remove acme-openai")
	term.Type("py")
	term.See("acme-openai is removed, with all its records")
	if got := f.asked(); !strings.HasSuffix(got, ", remove acme-openai purge true") {
		t.Errorf("asked: %s", got)
	}
	term.Type("q")
	if err := term.Ended(); err != nil {
		t.Fatal(err)
	}
}

// What the terminal shows is what the model drew: the renderer and the terminal
// agree on every width, whatever the names.
func TestTerminalShowsWhatWasDrawn(t *testing.T) {
	for name, snap := range map[string]*report.Snapshot{"sample": tuitest.Sample(), "hostile": tuitest.Hostile()} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			m := shown(t, snap, size[0], size[1])
			m.look.follows = false
			want := plain(m.render())
			model, _ := newModel(t, snap)
			term := tuitest.Start(t, model, size[0], size[1])
			term.Until(name+" as it was drawn", func(screen string) bool { return plain(screen) == want })
		}
	}
}

func TestHoverShowsADay(t *testing.T) {
	m, _ := newModel(t, tuitest.Sample())
	term := tuitest.Start(t, m, 120, 40)
	x, y := term.Find("▲──") // the mark of a price that rose
	term.Hover(x, y-3)
	term.See("Thu 12 Nov")
	term.See("cache read 0.125")
	term.Hover(0, 0)
	term.Miss("cache read 0.125")
}

func TestDemoKeyInTheProgram(t *testing.T) {
	m, _ := newModel(t, tuitest.Empty())
	term := tuitest.Start(t, m, 80, 24)
	term.See("No usage found yet")
	term.Type("d")
	term.See("demo data")
	term.See("claude-opus-4-8")
}

// A sync that takes long does not hold up a key.
func TestKeysWorkWhileSyncing(t *testing.T) {
	m, f := newModel(t, tuitest.Sample())
	f.gate = make(chan struct{})
	term := tuitest.Start(t, m, 120, 40)
	term.See("synced 2 min ago")
	term.Type("r")
	term.See("syncing")
	x, y := term.Find("Sources")
	term.Click(x, y)
	term.See("Looked at")
	term.Send(Syncing{Done: 5, Total: 9})
	term.See("syncing 5 of 9")
	close(f.gate)
	term.See("synced 2 min ago")
}

func TestDataChangedShowsNewData(t *testing.T) {
	m, f := newModel(t, tuitest.Empty())
	term := tuitest.Start(t, m, 120, 40)
	term.See("No usage found yet")
	f.set(tuitest.Sample(), nil)
	term.Send(DataChanged{})
	term.See("claude-opus-4-8")
}

// slow never answers before its context ends.
type slow struct{}

func (slow) Snapshot(ctx context.Context) (*report.Snapshot, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestQuitWhileLoading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	term := tuitest.Start(t, New(ctx, slow{}, Options{}), 80, 24)
	term.See("Reading your usage")
	term.Type("\x03")
	if err := term.Ended(); err != nil {
		t.Fatal(err)
	}
}

// drain runs a command if it answers at once.
func drain(m *Model, cmd tea.Cmd) {
	answer := make(chan tea.Msg, 1)
	go func() { answer <- cmd() }()
	select {
	case msg := <-answer:
		if _, quit := msg.(tea.QuitMsg); !quit {
			m.Update(msg)
		}
	case <-time.After(50 * time.Millisecond):
	}
}

// Names that try to break out are drawn without what would do it.
func TestHostileNamesAreHarmless(t *testing.T) {
	m, _ := newModel(t, tuitest.Hostile())
	term := tuitest.Start(t, m, 160, 50)
	screen := term.See("gnp.exe rtl")
	if !strings.Contains(screen, "tokpit") || strings.Contains(screen, "owned") {
		t.Errorf("a name changed the screen:\n%s", screen)
	}
}
