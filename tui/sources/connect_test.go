package sources

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"tokpit/report"
	"tokpit/tui/overlay"
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

// keys are what the keys of providers look like; none of them is real.
func keys() []string {
	return []string{"sk-admin-Zx81kQw0mPl4TtYv9bNcR2dE", "sk-proj-a8K2jd0sLqPz", "sk-ant-admin01-uR3vQ7yT1xZ9", "sk-or-v1-0a1b2c3d4e5f60718293",
		"sk-1234", "AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q", "xai-Qw12Er34Ty56Ui78", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"}
}

// A key that is pasted, or typed, is refused at once: it is neither drawn nor
// kept nor handed on, whichever field the cursor is on.
func TestNoKeyIsTaken(t *testing.T) {
	for _, secret := range keys() {
		p, c := connecting(t)
		for range spots {
			p.Update(tea.PasteMsg{Content: secret + "\n"})
			if !p.form.at.choice() && !p.form.at.button() {
				want(t, strings.Join(strings.Fields(view(p)), " "), "! That looks like a key itself.")
			}
			for _, v := range p.form.fields {
				if strings.Contains(v.text(), secret[:min(len(secret), 12)]) {
					t.Fatalf("%s is kept in a field", secret)
				}
			}
			reject(t, view(p), secret[:min(len(secret), 12)])
			press(p, "tab")
		}
		for _, s := range []spot{spotRef, spotName, spotAccount} {
			to(t, p, s)
			press(p, "ctrl+u")
			for _, r := range secret { // as a terminal without bracketed paste has it
				press(p, string(r))
			}
			if v := p.form.fields[s].text(); len(v) > leastKey || strings.HasPrefix(secret, "sk-") && v != "" {
				t.Errorf("of %q, typed into field %d, %q is kept", secret, s, v)
			}
		}
		run(p, press(p, "ctrl+t"))
		for _, x := range c.tested {
			if strings.Contains(x.KeyRef+x.Name+x.Account+x.BaseURL, secret[:min(len(secret), 12)]) {
				t.Errorf("the key was handed on in %+v", x)
			}
		}
	}
}

// Keys with any random tail, behind anything, are recognised; names of
// variables, paths and commands are not taken for keys.
func TestLooksLikeKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tail := rapid.StringMatching(`[A-Za-z0-9]{20,80}`).Draw(t, "tail")
		prefix := rapid.SampledFrom([]string{"sk-", "sk-admin-", "sk-ant-api03-", "sk-or-v1-", "gsk_", "xai-"}).Draw(t, "prefix")
		before := rapid.SampledFrom([]string{"", "KEY=", "echo ", "https://u:", "export A='", "env:"}).Draw(t, "before")
		if !looksLikeKey(before + prefix + tail) {
			t.Fatalf("%q passes", before+prefix+tail)
		}
	})
	for _, s := range []string{"OPENAI_ADMIN_KEY", "tokpit/openai-admin", "~/.config/tokpit/openai.key", "op read op://work/openai/admin",
		"/nix/store/9f86d081884c7d659a2feaa0c55ad015/bin/pass show openai", "acme-openai", "2026-08-01", "https://eu.api.openai.com/v1",
		"ORGANIZATION_WIDE_OPENAI_ADMIN_KEY_2", "security find-generic-password -s tokpit -w"} {
		if looksLikeKey(s) {
			t.Errorf("%q is taken for a key", s)
		}
	}
}

// A whole reference may be pasted: it says where the key is as well.
func TestAReferenceCanBePasted(t *testing.T) {
	p, c := connecting(t)
	to(t, p, spotRef)
	p.Update(tea.PasteMsg{Content: "file:~/.config/tokpit/openai.key\n"})
	want(t, view(p), "‹ a file ›", "~/.config/tokpit/openai.key")
	run(p, press(p, "ctrl+s"))
	if len(c.added) != 1 || c.added[0].KeyRef != "file:~/.config/tokpit/openai.key" {
		t.Errorf("added %+v", c.added)
	}
	p, _ = connecting(t)
	to(t, p, spotRef)
	p.Update(tea.PasteMsg{Content: "env:" + keys()[0]})
	reject(t, view(p), "sk-admin-Zx")
	to(t, p, spotRef)
	press(p, "ctrl+u")
	write(p, "$")
	want(t, view(p), "Only the name of a variable belongs here")
	write(p, "MY_KEY")
	want(t, view(p), "env:MY_KEY")
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
	cmd := press(p, "t")
	want(t, view(p), "asking OpenAI…")
	run(p, cmd)
	want(t, view(p), "✓ OpenAI answers")
	if len(c.tested) != 1 || c.tested[0].KeyRef != "keyring:tokpit/openai-admin" || c.tested[0].Account != "acme" {
		t.Errorf("tested %+v", c.tested)
	}
	c.err = hinted{errors.New("the key expired")}
	run(p, press(p, "t"))
	want(t, view(p), "! the key expired", "hint: an admin key")
	press(p, "up")
	reject(t, view(p), "the key expired")
	if press(p, "t") != nil {
		t.Error("a log can be tested")
	}
}

// Removing asks what becomes of the records, and asks again; nothing is chosen
// for a person.
func TestRemove(t *testing.T) {
	for _, c := range []struct {
		keys string
		want []string
	}{{"ky", []string{"keep acme-openai"}}, {"py", []string{"purge acme-openai"}}, {"kn", nil}, {"yq", nil}, {"pq", nil}} {
		p, conn := connecting(t)
		press(p, "esc", "down", "down")
		m := press(p, "d")().(overlay.Open).Modal
		for _, k := range c.keys {
			cmd, done := m.Update(keyOf(string(k)))
			said := run(p, cmd)
			if cmd != nil && (!done || len(said) != 2) {
				t.Errorf("%s: done %v, said %v", c.keys, done, said)
			}
		}
		if !slices.Equal(conn.removed, c.want) {
			t.Errorf("%s removes %q, want %q", c.keys, conn.removed, c.want)
		}
	}
	p, conn := connecting(t)
	conn.err = hinted{errors.New("the store is busy")}
	press(p, "esc")
	if press(p, "d") != nil {
		t.Error("a log can be removed")
	}
	press(p, "end") // nobody reads it any more: only its records are left
	m := press(p, "d")().(overlay.Open).Modal
	if _, done := m.Update(keyOf("k")); done || conn.removed != nil {
		t.Error("there is nothing to keep")
	}
	m.Update(keyOf("p"))
	cmd, _ := m.Update(keyOf("y"))
	said := run(p, cmd)
	if len(said) != 1 || !strings.Contains(string(said[0].(ui.Notice)), "crush was not removed: the store is busy (an admin key") {
		t.Errorf("said %v", said)
	}
}

// What the keys do, the mouse does too.
func TestRemoveByMouse(t *testing.T) {
	p, conn := connecting(t)
	press(p, "esc", "down", "down")
	m := press(p, "d")().(overlay.Open).Modal
	click := func(text string) tea.Cmd {
		t.Helper()
		w, h := m.Size(100, 30)
		for y, line := range m.Lines(ui.NewStyles(ui.Theme{}), w, h) {
			if strings.Contains(line, text) {
				cmd, _ := m.Update(tea.MouseClickMsg{X: 3, Y: y, Button: tea.MouseLeft})
				return cmd
			}
		}
		t.Fatalf("the box lacks %q", text)
		return nil
	}
	click("purge them")
	run(p, click("yes, delete them"))
	if !slices.Equal(conn.removed, []string{"purge acme-openai"}) {
		t.Errorf("removed %q", conn.removed)
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

func TestFieldEdits(t *testing.T) {
	k := newEditKeys()
	f := field{}
	f.insert("one two/three")
	for _, step := range []struct{ key, want string }{
		{"ctrl+w", "one two/"}, {"ctrl+w", "one "}, {"left", "one "}, {"backspace", "on "}, {"ctrl+u", " "},
	} {
		msg := keyOf("left")
		if step.key != "left" {
			if msg = keyOf("backspace"); step.key != "backspace" {
				msg = tea.KeyPressMsg{Code: rune(step.key[5]), Mod: tea.ModCtrl}
			}
		}
		if !f.edit(msg, &k) || f.text() != step.want {
			t.Fatalf("%s gives %q, want %q", step.key, f.text(), step.want)
		}
	}
	for _, name := range tuitest.HostileNames() {
		f.set("")
		f.insert(name)
		p := ui.NewPen(20, 1)
		f.draw(p, ui.NewStyles(ui.Theme{}), "", true)
		p.End()
		if strings.ContainsAny(f.text(), "\x1b\r\n\t\u202e") || len(f.value) > longestField {
			t.Errorf("%q is kept as %q", name, f.text())
		}
	}
}
