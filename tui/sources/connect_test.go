package sources

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// connector records what it is asked to do.
type connector struct {
	tested, added []report.Connecting
	removed       []string
	err           error
	ctx           context.Context
}

func (c *connector) Test(ctx context.Context, x report.Connecting) error {
	c.tested, c.ctx = append(c.tested, x), ctx
	return c.err
}

func (c *connector) Add(_ context.Context, x report.Connecting) error {
	if c.err == nil {
		c.added = append(c.added, x)
	}
	return c.err
}

func (c *connector) Remove(_ context.Context, name string, purge bool) error {
	what := "keep "
	if purge {
		what = "purge "
	}
	c.removed = append(c.removed, what+name)
	return c.err
}

type hinted struct{ error }

func (hinted) Hint() string { return "an admin key starts with sk-admin-" }

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

func write(p *Page, text string) {
	for _, r := range text {
		press(p, string(r))
	}
}

func connecting(t *testing.T) (*Page, *connector) {
	t.Helper()
	c := &connector{}
	p := pageWith(Options{Context: t.Context(), Connector: c}, tuitest.Connected(), 120, 37)
	press(p, "a")
	if !p.CapturesText() {
		t.Fatal("a does not open the form")
	}
	return p, c
}

// to moves the cursor to a field.
func to(t *testing.T, p *Page, s spot) {
	t.Helper()
	for range spots {
		if p.form.at == s {
			return
		}
		press(p, "tab")
	}
	t.Fatalf("no way to field %d", s)
}

func TestConnect(t *testing.T) {
	p, c := connecting(t)
	want(t, view(p), "‹ OpenAI ›", "OPENAI_ADMIN_KEY", "An admin key (sk-admin-…)", "platform.openai.com",
		"tokpit sources add openai --type openai --key", " env:OPENAI_ADMIN_KEY")
	press(p, "right")
	want(t, view(p), "‹ Anthropic ›", "ANTHROPIC_ADMIN_KEY", "console.anthropic.com", "--type anthropic")
	press(p, "left", "tab", "ctrl+u")
	write(p, "acme")
	press(p, "enter", "right") // the keyring
	want(t, view(p), "‹ the system's keyring ›", "Service/user")
	press(p, "tab")
	write(p, "tokpit/openai")
	to(t, p, spotAccount)
	write(p, "Acme Inc")
	to(t, p, spotGrain)
	press(p, "right", "right")
	to(t, p, spotSince)
	write(p, "2026-08-01")
	if got := p.form.command(); got != "tokpit sources add acme --type openai --key keyring:tokpit/openai --account 'Acme Inc' --grain 1h --since 2026-08-01" {
		t.Errorf("the same as a command: %s", got)
	}
	settings := report.Connecting{Name: "acme", Type: "openai", KeyRef: "keyring:tokpit/openai", Account: "Acme Inc", Grain: "1h",
		Since: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)}

	c.err = hinted{errors.New("OpenAI answers 401: this is a project key")}
	cmd := press(p, "ctrl+t")
	want(t, view(p), "asking OpenAI…")
	run(p, cmd)
	want(t, view(p), "! OpenAI answers 401: this is a project key", "hint: an admin key starts with sk-admin-")
	c.err = nil
	run(p, press(p, "ctrl+t"))
	want(t, view(p), "✓ OpenAI answers", "Nothing is kept yet")
	if !slices.Equal(c.tested, []report.Connecting{settings, settings}) || c.added != nil {
		t.Fatalf("tested %+v, added %+v", c.tested, c.added)
	}
	to(t, p, spotAccount)
	press(p, "backspace")
	reject(t, view(p), "✓ OpenAI answers") // other settings were tested
	write(p, "c")
	to(t, p, spotAdd)
	said := run(p, press(p, "enter"))
	if !slices.Equal(c.added, []report.Connecting{settings}) {
		t.Fatalf("added %+v", c.added)
	}
	if p.form != nil || !slices.ContainsFunc(said, func(m tea.Msg) bool { _, ok := m.(ui.Sync); return ok }) {
		t.Errorf("the form is open %v, said %v", p.form != nil, said)
	}
	s := tuitest.Connected()
	s.Sources = append(s.Sources, report.SourceStatus{Name: "acme", Type: "openai"})
	p.SetSnapshot(s)
	want(t, view(p), "▸ acme ")
}

// An address is asked for where it is useful, and only there.
func TestFieldsDependOnTheProvider(t *testing.T) {
	p, c := connecting(t)
	press(p, "right")
	reject(t, view(p), "Address")
	press(p, "right")
	reject(t, view(p), "Address", "Grain")
	press(p, "right")
	want(t, view(p), "Address", "https://litellm.example.com", "LITELLM_MASTER_KEY")
	run(p, press(p, "ctrl+s"))
	want(t, view(p), "! Address: say where your proxy answers")
	for _, bad := range []string{"litellm.example.com", "https://me:pass@host", "https://host/?key=1", "ftp://host"} {
		press(p, "ctrl+u")
		write(p, bad)
		run(p, press(p, "ctrl+s"))
		want(t, view(p), "! Address: ")
	}
	press(p, "ctrl+u")
	write(p, "http://localhost:4000")
	run(p, press(p, "ctrl+s"))
	if len(c.added) != 1 || c.added[0].BaseURL != "http://localhost:4000" || c.added[0].Grain != "" {
		t.Errorf("added %+v", c.added)
	}
}

func TestWhatIsWrongIsUnderTheCursor(t *testing.T) {
	for _, c := range []struct {
		at         spot
		text, want string
	}{
		{spotName, "", "! Name: give it a name"},
		{spotName, "Acme OpenAI", "! Name: lower-case letters"},
		{spotName, "codex", "! Name: there is a source codex already"},
		{spotRef, "", "! Variable: say where the key is"},
		{spotSince, "yesterday", "! Since: a day is written 2026-01-31"},
		{spotSince, "2027-01-01", "! Since: that day is in the future"},
		{spotSince, "1999-01-01", "! Since: that is before any model API"},
	} {
		p, conn := connecting(t)
		to(t, p, c.at)
		press(p, "ctrl+u")
		write(p, c.text)
		to(t, p, spotAdd)
		run(p, press(p, "enter"))
		if want(t, view(p), c.want); p.form.at != c.at || conn.added != nil {
			t.Errorf("%q in field %d: the cursor is on %d, added %v", c.text, c.at, p.form.at, conn.added)
		}
	}
	p := pageWith(Options{Connector: &connector{}}, tuitest.Connected(), 120, 37)
	p.snap.Sources[1].Name = "openai"
	p.SetSnapshot(p.snap)
	press(p, "a")
	want(t, view(p), "openai-2") // a name that is free is proposed
}

// An accidental esc loses nothing.
func TestUnsavedEditsAreKept(t *testing.T) {
	p, _ := connecting(t)
	press(p, "esc")
	if p.form != nil {
		t.Fatal("an untouched form asks before it closes")
	}
	press(p, "a", "tab")
	write(p, "x")
	press(p, "esc")
	want(t, view(p), "Leave without connecting? What you typed is lost.")
	press(p, "esc")
	want(t, view(p), "openaix")
	press(p, "esc", "n")
	want(t, view(p), "openaix")
	reject(t, view(p), "openaixn")
	press(p, "esc", "y")
	if p.form != nil || p.CapturesText() {
		t.Error("y does not leave")
	}
}

// The answer to a question that is not asked any more is dropped, and nobody
// waits for it.
func TestLateAnswersAreDropped(t *testing.T) {
	p, c := connecting(t)
	first := press(p, "ctrl+t")
	c.err = errors.New("old")
	press(p, "tab")
	write(p, "x") // other settings
	run(p, first)
	reject(t, view(p), "! old", "asking")
	press(p, "ctrl+t")
	form := p.form
	press(p, "esc", "y")
	if p.form != nil {
		t.Fatal("the form is still open")
	}
	p.Update(tested{&form.verdict, form.verdict.gen, errors.New("late")})
	reject(t, view(p), "late")
}

// Leaving ends the request that is under way.
func TestLeavingEndsTheTest(t *testing.T) {
	p, c := connecting(t)
	cmd := press(p, "ctrl+t")
	press(p, "esc")
	run(p, cmd)
	if c.ctx == nil || c.ctx.Err() == nil {
		t.Error("the provider is asked although nobody waits")
	}
}

func TestAddThatFailsKeepsTheForm(t *testing.T) {
	p, c := connecting(t)
	c.err = hinted{errors.New("acme reads the same already")}
	run(p, press(p, "ctrl+s"))
	want(t, view(p), "! acme reads the same already", "hint: an admin key")
	cmd := press(p, "ctrl+s")
	press(p, "esc") // closed while it runs
	said := run(p, cmd)
	if len(said) != 1 || !strings.Contains(string(said[0].(ui.Notice)), "was not connected: acme reads the same already") {
		t.Errorf("said %v", said)
	}
}

func TestTestAConnection(t *testing.T) {
	p, c := connecting(t)
	press(p, "esc", "down", "down")
	cmd := press(p, "p")
	want(t, view(p), "asking OpenAI…")
	run(p, cmd)
	want(t, view(p), "✓ OpenAI answers")
	if len(c.tested) != 1 || c.tested[0].KeyRef != "keyring:tokpit/openai-admin" || c.tested[0].Account != "acme" {
		t.Errorf("tested %+v", c.tested)
	}
	c.err = hinted{errors.New("the key expired")}
	run(p, press(p, "p"))
	want(t, view(p), "! the key expired", "hint: an admin key")
	press(p, "up")
	reject(t, view(p), "the key expired")
	if press(p, "p") != nil {
		t.Error("a log can be tested")
	}
}

func TestFormByMouse(t *testing.T) {
	for _, size := range [][2]int{{120, 37}, {80, 21}} {
		c := &connector{}
		p := pageWith(Options{Context: t.Context(), Connector: c}, tuitest.Connected(), size[0], size[1])
		press(p, "a")
		click := func(text string) tea.Cmd {
			x, y := find(t, p, text)
			return p.Update(tea.MouseClickMsg{X: x + 1, Y: y, Button: tea.MouseLeft})
		}
		click("Provider")
		want(t, view(p), "‹ Anthropic ›")
		click("Account")
		write(p, "lab")
		click(" Test  ")
		run(p, click(" Add "))
		if len(c.added) != 1 || c.added[0].Account != "lab" || c.added[0].Type != "anthropic" {
			t.Errorf("%v: added %+v", size, c.added)
		}
	}
}
