package sources

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

func view(p *Page) string { return ansi.Strip(p.View()) }

func newPage(s *report.Snapshot, w, h int) *Page { return pageWith(Options{}, s, w, h) }

func pageWith(opts Options, s *report.Snapshot, w, h int) *Page {
	p := New(opts)
	p.SetSize(w, h)
	p.SetSnapshot(s)
	p.Update(ui.Shown{})
	return p
}

func press(p *Page, keys ...string) tea.Cmd {
	var cmd tea.Cmd
	for _, k := range keys {
		cmd = p.Update(keyOf(k))
	}
	return cmd
}

// keyOf is the message of a key by its name.
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
	case "end":
		return tea.KeyPressMsg{Code: tea.KeyEnd}
	case "backspace":
		return tea.KeyPressMsg{Code: tea.KeyBackspace}
	case "ctrl+t", "ctrl+s", "ctrl+u":
		return tea.KeyPressMsg{Code: rune(name[5]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func want(t *testing.T, screen string, wants ...string) {
	t.Helper()
	for _, w := range wants {
		if !strings.Contains(screen, w) {
			t.Errorf("the screen lacks %q:\n%s", w, screen)
		}
	}
}

func reject(t *testing.T, screen string, rejects ...string) {
	t.Helper()
	for _, r := range rejects {
		if strings.Contains(screen, r) {
			t.Errorf("the screen shows %q:\n%s", r, screen)
		}
	}
}

// find returns where a text stands on the page.
func find(t *testing.T, p *Page, text string) (x, y int) {
	t.Helper()
	for y, line := range strings.Split(view(p), "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			return ansi.StringWidth(before), y
		}
	}
	t.Fatalf("the page lacks %q:\n%s", text, view(p))
	return 0, 0
}

func TestStates(t *testing.T) {
	now := tuitest.Now()
	for _, c := range []struct {
		s    report.SourceStatus
		want string
	}{
		{report.SourceStatus{Basis: usage.Logged, Synced: now, Err: "x", Records: 5}, "! failing"},
		{report.SourceStatus{Basis: usage.Logged, Synced: now}, "– nothing found"},
		{report.SourceStatus{Basis: usage.Logged, Synced: now, Files: 3}, "✓ no usage"},
		{report.SourceStatus{Basis: usage.Logged, Synced: now, Files: 3, Records: 9, Quarantined: 1200}, "! 1,200 quarantined"},
		{report.SourceStatus{Basis: usage.Logged, Synced: now, Records: 9}, "✓ ok"},
		{report.SourceStatus{Basis: usage.Logged, Synced: now.Add(-25 * time.Hour), Records: 9}, "! stale"},
		{report.SourceStatus{Type: "openai", Basis: usage.Reported}, "○ never read"},
		{report.SourceStatus{Type: "openai", Basis: usage.Reported, Err: "no"}, "! failing"},
		{report.SourceStatus{Type: "openai", Basis: usage.Reported, Synced: now}, "✓ no usage"},
		{report.SourceStatus{Type: "openai", Basis: usage.Reported, Records: 9}, "◐ read in part"},
		{report.SourceStatus{Records: 9, Synced: now}, "– off"},
	} {
		it := item{SourceStatus: &c.s, state: stateOf(&c.s, now, false)}
		if got := it.words(); got != c.want {
			t.Errorf("%+v is %q, want %q", c.s, got, c.want)
		}
	}
	if got := stateOf(&report.SourceStatus{Records: 9}, now, true); got != fine {
		t.Errorf("demo data is in state %d", got)
	}
}

func TestDetailFollowsTheCursor(t *testing.T) {
	p := newPage(tuitest.Connected(), 200, 57)
	want(t, view(p), "▸ claude-code", "✓ /home/mara/.claude/projects  1,320 files (default)", "– /home/mara/.config/claude/projects  not there (XDG_CONFIG_HOME)",
		"logged: what the agent wrote down", "tokpit doctor names file and line", "184,220", "2 min ago (20 Nov 2026 14:58 UTC)", "4 need a look")
	press(p, "down", "down")
	want(t, view(p), "▸ acme-openai", "! the usage API answered 429", "hint: it is tried again by itself at 15:10", "26 h ago",
		"keyring:tokpit/openai-admin", "1h: one figure an hour", "usage: 167 of 170 days, 3 Jun – 19 Nov 2026; not 9–11 Sep",
		"hard limit    $2,500.00 a month (active)", "alert at      $800.00 a month, project Checkout API (e-mail)",
		"projects      3", "renamed       project Shop → Checkout API", "unused        key prototype since 3 Jul 2026")
	press(p, "down", "down")
	want(t, view(p), "▸ lab", "credit        $62.56 left of $250.00, $187.44 used", "tokpit sync --source lab does so from a timer")
	x, y := find(t, p, "proxy")
	p.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	want(t, view(p), "▸ proxy", "https://litellm.acme.example", "cmd:op read op://work/litellm/key", "s reads it for the first time")
	press(p, "end")
	want(t, view(p), "▸ crush", "nothing reads it any more, and its records still count")
	open, ok := press(p, "enter")().(overlay.Open)
	if !ok || open.Modal.Title() != "crush" {
		t.Errorf("enter opens %#v", open)
	}
}

// A source that has a hole is told how to read it.
func TestAHoleSaysWhatToDo(t *testing.T) {
	s := tuitest.Connected()
	s.Sources[2].Err, s.Sources[2].Hint, s.Sources[2].Synced = "", "", s.AsOf
	p := newPage(s, 200, 57)
	press(p, "down", "down")
	want(t, view(p), "tokpit sync --source acme-openai --since 2026-09-09 reads what is")
}

func TestDaysAreReadOut(t *testing.T) {
	p := newPage(tuitest.Connected(), 120, 37)
	want(t, view(p), "! not read: acme-openai usage 9–11 Sep")
	press(p, "down", "down", "z") // day by day
	for p.day < 0 || !strings.Contains(view(p), "Wed 9 Sep 2026") {
		if press(p, "left"); p.day == 0 {
			t.Fatalf("the cursor never came to the hole:\n%s", view(p))
		}
	}
	want(t, view(p), "Wed 9 Sep 2026 UTC  acme-openai usage hole: not read  acme-openai bill covered, ")
	press(p, "up")
	want(t, view(p), "Wed 9 Sep 2026 UTC  codex ", " records")
	reject(t, view(p), "hole: not read  acme")
	press(p, "esc")
	want(t, view(p), "! not read: acme-openai usage 9–11 Sep")

	x, y := find(t, p, "×××")
	p.Update(tea.MouseMotionMsg{X: x + 1, Y: y})
	want(t, view(p), "Thu 10 Sep 2026 UTC  acme-openai usage hole: not read")
	p.Update(tea.MouseMotionMsg{X: x + 1, Y: y + 1})
	want(t, view(p), "Thu 10 Sep 2026 UTC  acme-openai bill covered, ")
	p.Update(tea.MouseMotionMsg{X: 0, Y: 0})
	reject(t, view(p), "Thu 10 Sep")
	p.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	want(t, view(p), "▸ acme-openai ", "Wed 9 Sep 2026 UTC  acme-openai usage hole")
	p.Update(tea.MouseMotionMsg{X: 0, Y: 0})
	want(t, view(p), "Wed 9 Sep 2026") // a click stays
}

// What is known of a day depends on what was read, not on what came.
func TestDayStates(t *testing.T) {
	s := tuitest.Connected()
	p := newPage(s, 120, 37)
	today := p.history.days - 1
	of := func(name, what string) *lane {
		for i := range p.rows.Len() {
			it := p.rows.At(i)
			for k := range it.lanes {
				if it.Name == name && it.lanes[k].what() == what {
					return &it.lanes[k]
				}
			}
		}
		t.Fatalf("no lane %s %s", name, what)
		return nil
	}
	for _, c := range []struct {
		name, what string
		ago        int
		want       string
	}{
		{"acme-openai", "usage", 0, "not read yet"},
		{"acme-openai", "usage", 71, "hole: not read"},
		{"acme-openai", "usage", 171, "before the first day that was read"},
		{"lab", "usage", 5, "covered, no usage"}, // a Sunday
		{"acme-anthropic", "usage", 0, "covered, 390 records"},
		{"acme-anthropic", "bill", 0, "not read yet"},
		{"acme-anthropic", "bill", 1, "covered, 119 lines of the bill"},
		{"claude-code", "usage", 5, "no usage"},
		{"crush", "usage", 85, "not read yet"},
	} {
		l := of(c.name, c.what)
		got, _ := l.say(today-c.ago, today-c.ago+1)
		if got != c.want && !(strings.HasSuffix(c.want, "records") && strings.HasSuffix(got, "records")) {
			t.Errorf("%s %s %d days ago: %q, want %q", c.name, c.what, c.ago, got, c.want)
		}
	}
	if got, _ := of("acme-openai", "usage").say(today-74, today-69); !strings.Contains(got, "3 of 5 days not read in full") {
		t.Errorf("five days around the hole: %q", got)
	}
	s.Sources[2].Coverage = s.Sources[2].Coverage[1:] // the first part was never read in full
	p.SetSnapshot(s)
	p.Update(ui.Shown{})
	if got, _ := of("acme-openai", "usage").say(today-100, today-99); !strings.HasPrefix(got, "read in part: ") {
		t.Errorf("a day with records that is not covered: %q", got)
	}
}

// Demo data is one source that pretends to be several.
func TestDemoLanes(t *testing.T) {
	s := tuitest.Connected()
	var coverage []usage.Coverage
	for i := range s.Sources {
		coverage = append(coverage, s.Sources[i].Coverage...)
	}
	for i := range coverage {
		coverage[i].Account = "demo"
	}
	s.Demo, s.Sources = true, []report.SourceStatus{{Name: "demo", Kind: "made-up data", Records: 9, Coverage: coverage}}
	p := newPage(s, 120, 37)
	want(t, view(p), "▸ demo", "✓ ok", "claude-code usage", "openai usage", "openai bill", "×", "! not read: openai usage 9–11 Sep", "days are missing")
	cmd := press(p, "a")
	if note, ok := cmd().(ui.Notice); !ok || !strings.Contains(string(note), "made-up data") || p.CapturesText() {
		t.Errorf("a in demo data says %v", note)
	}
	if press(p, "d") != nil || press(p, "p") != nil {
		t.Error("demo data can be tested or removed")
	}
}

func TestWhatCannotBeDoneIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		opts Options
		want string
	}{
		"no connector": {Options{}, "tokpit sources add --help"},
		"read-only":    {Options{Connector: &connector{}, ReadOnly: "the store was written by a newer tokpit"}, "Read-only: the store was written by a newer tokpit"},
	} {
		p := pageWith(c.opts, tuitest.Connected(), 100, 30)
		if note, ok := press(p, "a")().(ui.Notice); !ok || !strings.Contains(string(note), c.want) {
			t.Errorf("%s: %v", name, note)
		}
		if p.form != nil {
			t.Errorf("%s: the form opened", name)
		}
	}
}

func TestNothingToShow(t *testing.T) {
	p := pageWith(Options{Connector: &connector{}}, &report.Snapshot{}, 60, 12)
	want(t, view(p), "No source is known yet. a connects one.")
	press(p, "left", "right", "z", "enter", "d", "p", "o")
	want(t, view(p), "No source is known yet.")
	for b := usage.Billed; b <= usage.Reported; b++ {
		if !strings.HasPrefix(basis(b), b.String()+":") {
			t.Errorf("%v is explained as %q", b, basis(b))
		}
	}
	if lines := strings.Split(New(Options{}).View(), "\n"); len(lines) != 1 {
		t.Errorf("without data and size: %q", lines)
	}
}

// Syncing is the root's business; the page asks for it.
func TestSyncIsAskedFor(t *testing.T) {
	p := newPage(tuitest.Connected(), 100, 30)
	for _, want := range []string{"claude-code", "codex", "acme-openai"} {
		if got := press(p, "s")(); got != (ui.Sync{Source: want}) {
			t.Errorf("s asks for %+v, want %s", got, want)
		}
		press(p, "down")
	}
	press(p, "end") // what nothing reads any more
	if got := press(p, "s")(); got != (ui.Sync{}) {
		t.Errorf("s asks for %+v", got)
	}
}

// The answer to whether the figures can be trusted is on the page where there is
// room, in the title everywhere, and whole behind a key.
func TestTrust(t *testing.T) {
	p := newPage(tuitest.Connected(), 200, 57)
	want(t, view(p), "bills differ, and it is known why · 4 need a look", "Can I trust these numbers?", "✓ Yes, with differences that are understood",
		"anthropic · acme", "✓ ties out", "untracked key", "3–7 Nov", "billed on key_9, which no usage", "missing tier", "▲▲▲▲▲", "▼",
		"19–20 Nov are not compared: ", "Days that differ")
	p.SetSize(80, 21)
	want(t, view(p), "bills differ, and it is known why · 4 need a look")
	reject(t, view(p), "Can I trust")
	open, ok := press(p, "v")().(overlay.Open)
	if !ok {
		t.Fatal("v opens nothing")
	}
	w, _ := open.Modal.Size(100, 40)
	all := ansi.Strip(strings.Join(open.Modal.Lines(ui.NewStyles(ui.Theme{}), w, 60), "\n"))
	want(t, all, "Yes, with differences", "2026-11-05", "USD +")
	s := tuitest.Connected()
	want(t, view(newPage(s, 200, 57)), "v shows days and lines")
	agreed := *s.Reconcile
	agreed.Accounts = slices.Clone(agreed.Accounts[:1])
	agreed.Accounts[0].Days = slices.Clone(agreed.Accounts[0].Days[:1])
	day := &agreed.Accounts[0].Days[0]
	day.Status, day.Lines = report.TiesOut, nil
	s.Reconcile = &agreed
	reject(t, view(newPage(s, 200, 57)), "v shows days and lines") // there are none to show
	s.Reconcile = nil
	p = newPage(s, 200, 57)
	want(t, view(p), "No bill has been read yet.")
	if press(p, "v") != nil {
		t.Error("v opens something without a bill")
	}
}

// The page keeps its place when new data comes.
func TestNewDataKeepsThePlace(t *testing.T) {
	p := newPage(tuitest.Connected(), 120, 37)
	press(p, "down", "down", "down", "left", "left")
	day := p.dayAt(p.day)
	s := tuitest.Connected()
	s.Sources = s.Sources[1:]
	p.SetSnapshot(s)
	want(t, view(p), "▸ acme-anthropic")
	if now := p.dayAt(p.day); !now.Equal(day) {
		t.Errorf("the day moved from %s to %s", day, now)
	}
	press(p, "o")
	want(t, view(p), "▸ acme-anthropic")
}

// Whatever the size, the data and where the cursor is: as many lines as there
// are, none wider, nothing harmful in them.
func TestEverySizeFits(t *testing.T) {
	for name, s := range map[string]*report.Snapshot{"connected": tuitest.Connected(), "hostile": tuitest.HostileConnected(), "none": {}} {
		p := pageWith(Options{Connector: &connector{}}, s, 10, 10)
		check := func(what string, w, h int) {
			p.SetSize(w, h)
			lines := strings.Split(p.View(), "\n")
			if len(lines) != max(h, 1) {
				t.Fatalf("%s %s %dx%d: %d lines", name, what, w, h, len(lines))
			}
			for _, line := range lines {
				if got := ansi.StringWidth(ansi.Strip(line)); got != w || strings.ContainsAny(ansi.Strip(line), "\x1b\x07\u202e\r\t") {
					t.Fatalf("%s %s %dx%d: %d columns: %q", name, what, w, h, got, ansi.Strip(line))
				}
			}
		}
		for _, size := range [][2]int{{0, 0}, {1, 1}, {20, 5}, {38, 8}, {60, 17}, {80, 21}, {97, 24}, {120, 37}, {139, 30}, {140, 13}, {200, 57}, {240, 70}} {
			for i := range 9 {
				p.table.SetCursor(i)
				p.redraw()
				p.day = i*20 - 1
				check(fmt.Sprintf("row %d", i), size[0], size[1])
			}
			press(p, "a")
			for i := range 12 {
				press(p, "tab")
				check(fmt.Sprintf("field %d", i), size[0], size[1])
			}
			p.form.touched = true
			press(p, "esc")
			check("leaving", size[0], size[1])
			press(p, "y")
		}
	}
}
