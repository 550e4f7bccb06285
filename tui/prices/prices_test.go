package prices

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

func newPage(s *report.Snapshot, w, h int) *Page {
	p := New()
	p.SetSize(w, h)
	p.SetSnapshot(s)
	return p
}

func view(p *Page) string { return ansi.Strip(p.View()) }

// keys types keys by name.
func keys(p *Page, names ...string) tea.Cmd {
	var cmd tea.Cmd
	for _, name := range names {
		msg := tea.KeyPressMsg{Text: name, Code: []rune(name)[0]}
		if code, ok := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "down": tea.KeyDown,
			"up": tea.KeyUp, "end": tea.KeyEnd, "home": tea.KeyHome, "backspace": tea.KeyBackspace}[name]; ok {
			msg = tea.KeyPressMsg{Code: code}
		}
		cmd = p.Update(msg)
	}
	return cmd
}

func see(t *testing.T, p *Page, texts ...string) {
	t.Helper()
	got := view(p)
	for _, text := range texts {
		if !strings.Contains(got, text) {
			t.Errorf("the page lacks %q:\n%s", text, got)
		}
	}
}

func miss(t *testing.T, p *Page, texts ...string) {
	t.Helper()
	got := view(p)
	for _, text := range texts {
		if strings.Contains(got, text) {
			t.Errorf("the page has %q:\n%s", text, got)
		}
	}
}

// order is the models of the book as they stand.
func order(p *Page) []string {
	var out []string
	for i := range p.items.Len() {
		out = append(out, p.items.At(i).ref.Model)
	}
	return out
}

func TestYoursComeFirst(t *testing.T) {
	p := newPage(tuitest.Sample(), 200, 50)
	got := order(p)
	want := []string{"gpt-5.3-codex-preview", "llama-4-scout-local", "claude-opus-4-8", "claude-sonnet-5", "gpt-5.2"}
	if !slices.Equal(got[:5], want) {
		t.Errorf("the first rows are %q, want %q: unpriced, then by cost", got[:5], want)
	}
	if tail := got[len(got)-3:]; !slices.Equal(tail, []string{"deepseek-v4", "gpt-5.6-terra", "gemini-old"}) {
		t.Errorf("the rows of others end with %q: by provider, and what has ended last", tail)
	}
	see(t, p, "● yours", "! unpriced", "$ per 1M tokens")
}

func TestFilter(t *testing.T) {
	p := newPage(tuitest.Sample(), 120, 40)
	keys(p, "/")
	if !p.CapturesText() {
		t.Fatal("typing is not captured")
	}
	see(t, p, "type a part of a provider or a model")
	keys(p, "O", "p", "e", "n", "A", "I", " ", "5", ".", "2")
	if got := order(p); !slices.Equal(got, []string{"gpt-5.2", "gpt-5.2-codex"}) {
		t.Errorf("both words should be looked for in both names, got %q", got)
	}
	see(t, p, "/OpenAI 5.2▏", "2 of 15")
	keys(p, "q", "m", "u") // are text here
	see(t, p, "Nothing matches “OpenAI 5.2qmu”")
	keys(p, "backspace", "backspace", "backspace", "enter")
	if p.CapturesText() || p.items.Len() != 2 {
		t.Error("enter should keep the filter and end typing")
	}
	keys(p, "esc")
	if p.items.Len() != 15 {
		t.Errorf("esc leaves %d rows", p.items.Len())
	}
	keys(p, "/")
	p.Update(tea.PasteMsg{Content: "gem\x1b[31mini\n3\u202e"})
	if p.items.Len() != 2 {
		t.Errorf("pasted %q: %q", p.filter.text, order(p))
	}
	keys(p, "esc")
	if p.CapturesText() || p.filter.text != "" {
		t.Error("esc should end typing and clear the text")
	}
}

func TestSwitches(t *testing.T) {
	p := newPage(tuitest.Sample(), 120, 40)
	keys(p, "m")
	if p.items.Len() != 12 {
		t.Errorf("%d models in use", p.items.Len())
	}
	see(t, p, "12 of 15: only yours")
	keys(p, "down", "down", "p")
	see(t, p, "3 of 15: only yours, only anthropic")
	keys(p, "p", "m")
	if p.items.Len() != 15 {
		t.Errorf("the switches do not switch back: %d", p.items.Len())
	}
	keys(p, "m", "tab")
	if p.events[changes].Len() != 2 { // the codex of another provider is not in use
		t.Errorf("%d changes of your models", p.events[changes].Len())
	}
}

// Prices are exact in every unit, and stand on their decimal points.
func TestUnits(t *testing.T) {
	p := newPage(tuitest.Sample(), 200, 50)
	for _, c := range []struct{ header, sonnet, nano string }{
		{"$ per 1M tokens", "2", "0.005"},
		{"$ per 1K tokens", "0.002", "0.000005"},
		{"$ per token", "0.000002", "0.000000005"},
		{"$ per ≈750 words (1K tokens)", "0.002", "0.000005"},
	} {
		see(t, p, c.header, c.sonnet, c.nano)
		var points []int
		for _, l := range strings.Split(view(p), "\n") {
			for _, name := range []string{"gpt-5.2-codex  ", "gpt-5-mini  ", "gemini-3-flash  "} {
				if i := strings.Index(l, name); i >= 0 {
					row := []rune(l[i:])
					dot := slices.Index(row[len(name):], '.')
					points = append(points, ansi.StringWidth(l[:i])+len(name)+dot)
				}
			}
		}
		if len(points) != 3 || points[0] != points[1] || points[1] != points[2] {
			t.Errorf("%s: decimal points of the inputs in columns %v:\n%s", c.header, points, view(p))
		}
		keys(p, "U")
	}
	see(t, p, "$ per 1M tokens")
}

func TestWhatHasNoPrice(t *testing.T) {
	p := newPage(tuitest.Sample(), 230, 50)
	keys(p, "/", "e", "m", "b", "e", "d", "enter")
	see(t, p, "no price", "·", "· as input", "tokens of output would be unpriced")
	keys(p, "esc", "home")
	see(t, p, "openai/gpt-5.3-codex-preview ─", "The book has no price for this name", "1.21M tokens this cycle: unpriced", "[[price]]")
	miss(t, p, "$0")
}

func TestNearestNames(t *testing.T) {
	s := tuitest.Sample()
	s.Uses[0].Dims.Model = "claude-opus-4-9"
	p := newPage(s, 230, 50)
	keys(p, "/", "o", "p", "u", "s", "-", "4", "-", "9", "enter")
	see(t, p, "nearest      anthropic/claude-opus-4-8")
}

func TestSort(t *testing.T) {
	p := newPage(tuitest.Sample(), 200, 50)
	for range 3 {
		keys(p, "s")
	}
	see(t, p, "↓input")
	if got := order(p); got[0] != "claude-opus-4-8" || got[1] != "claude-sonnet-5" {
		t.Errorf("by input: %q", got)
	}
	keys(p, "S")
	if got := order(p); got[2] != "gpt-5-nano" {
		t.Errorf("by input, unpriced first, then the cheapest: %q", got)
	}
}

// What moving to the replacement would cost is the same tokens at its price.
func TestMoving(t *testing.T) {
	s := tuitest.Sample()
	p := newPage(s, 230, 50)
	it := p.shelf.find(pricing.ModelRef{Provider: "openai", Model: "gpt-5-mini"})
	v := p.shelf.moving(it.mine, "gpt-5.6-terra")
	n := it.mine.uses[0].Sum.Tokens
	// 0.4 input and writes, 0.04 cached, 3 output, in millionths of a dollar.
	want := (400_000*(n.Input+n.CacheWrite5m) + 40_000*n.CacheRead + 3_000_000*n.Output) / 1_000_000
	if got := v.after.Format(6); v.why != "" || got != decimal(want) {
		t.Errorf("%d tokens cost %s on the replacement, want %s (%s)", n.Total(), got, decimal(want), v.why)
	}
	if v.before != it.mine.uses[0].Sum.Cost || v.difference() != v.after.Sub(v.before) {
		t.Errorf("from %s to %s is %s", v.before, v.after, v.difference())
	}
	for to, why := range map[string]string{"gpt-9": "the book has no price for it", "text-embedding-3-large": "would have no price"} {
		if v := p.shelf.moving(it.mine, to); !strings.Contains(v.why, why) || v.figure() != ui.Unknown {
			t.Errorf("to %s: %q, %s", to, v.why, v.figure())
		}
	}
	for range 3 {
		keys(p, "tab")
	}
	see(t, p, "gpt-5-mini", "11 Dec 2026", "in 21 days", "gpt-5.6-terra", v.figure(), "tokenizers may differ", "gpt-5-mini-latest")
	if first := p.events[retiring].At(0); first.ref.Model != "gpt-5-mini" || first.mine == nil {
		t.Errorf("models in use do not come first: %+v", first.ref)
	}
}

// decimal writes millionths.
func decimal(n int64) string {
	s := ui.Digits(n)
	for len(s) < 7 {
		s = "0" + s
	}
	return s[:len(s)-6] + "." + s[len(s)-6:]
}

func TestChangesAndScheduled(t *testing.T) {
	p := newPage(tuitest.Sample(), 200, 50)
	keys(p, "tab")
	var got []string
	for i := range p.events[changes].Len() {
		e := p.events[changes].At(i)
		got = append(got, e.date+" "+e.ref.Model+": "+e.what(pricing.PerMillion)+" "+e.factor)
	}
	want := []string{
		"12 Nov 2026 gpt-5.2: cached 0.125 → 0.175 (+2 more) ×1.4",
		"27 Oct 2026 claude-opus-4-8: input 5 → 4, cached 0.5 → 0.4, 5m write 6.25 → 5, 1h write 10 → 8, output 25 → 20 (+1 more) ×0.8",
		"8 Oct 2026 deepseek-v4: new price, 01:00–04:00 UTC Mon–Fri: input 1.32, cached 0.044, output 3.96 ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	see(t, p, "▲ ×1.4", "▼ ×0.8")
	keys(p, "tab")
	see(t, p, "1 Jan 2027", "in 42 days", "promotion ends: input 1 → 2, cached 0.1 → 0.2, output 6 → 12", "▲ ×2", "now")
}

func TestPanelAndDetails(t *testing.T) {
	p := newPage(tuitest.Sample(), 230, 60)
	keys(p, "down", "down")
	see(t, p, "anthropic/claude-opus-4-8 ─", "Price history", "28 May 2026 – 27 Oct 2026", "27 Oct 2026 – now", "27 Oct 26",
		"in force since the model's release", "batch", "not before", "anthropic/claude-opus-4-8")
	keys(p, "down")
	see(t, p, ">200K", "the whole request, by all of its")
	miss(t, p, "Price history") // it never changed
	cmd := keys(p, "enter")
	open, ok := cmd().(overlay.Open)
	if !ok {
		t.Fatal("enter opens nothing")
	}
	w, h := open.Modal.Size(100, 40)
	if lines := open.Modal.Lines(ui.NewStyles(ui.Theme{}), w, h); len(lines) != h || !strings.Contains(ansi.Strip(strings.Join(lines, "\n")), "Every price") {
		t.Errorf("the box has %d lines of %d:\n%s", len(lines), h, strings.Join(lines, "\n"))
	}
}

func TestCopy(t *testing.T) {
	p := newPage(tuitest.Sample(), 120, 40)
	keys(p, "down", "down")
	clips := p.Clips()
	for _, want := range []string{"anthropic/claude-opus-4-8: input 4, cached 0.4, 5m write 5, 1h write 8, output 20 USD per 1M tokens", "since 2026-10-27", "book 2026-11-01."} {
		if !strings.Contains(clips[0].Text, want) {
			t.Errorf("copied %q, which lacks %q", clips[0].Text, want)
		}
	}
	for range 3 {
		keys(p, "tab")
		if len(p.Clips()) == 0 {
			t.Errorf("section %d copies nothing", p.section)
		}
	}
}

func TestMouse(t *testing.T) {
	p := newPage(tuitest.Sample(), 120, 40)
	tabs, _ := p.tabs()
	p.Update(tea.MouseClickMsg{X: tabs[retiring].from + 2, Y: 0, Button: tea.MouseLeft})
	if p.section != retiring {
		t.Error("a click on a section does not show it")
	}
	p.Update(tea.MouseClickMsg{X: tabs[book].from + 2, Y: 0, Button: tea.MouseLeft})
	row := tea.MouseClickMsg{X: 20, Y: p.plan.table.Min.Y + 4, Button: tea.MouseLeft}
	if cmd := p.Update(row); cmd != nil || p.tables[book].Cursor() != 3 {
		t.Errorf("a click chose row %d", p.tables[book].Cursor())
	}
	if cmd := p.Update(row); cmd == nil {
		t.Error("a second click opens nothing")
	}
}

// New data keeps the row, the filter and the section.
func TestNewDataKeepsThePlace(t *testing.T) {
	p := newPage(tuitest.Sample(), 120, 40)
	keys(p, "m", "down", "down", "down")
	p.SetSnapshot(tuitest.Sample())
	if it, _ := p.selected(); it.ref.Model != "claude-sonnet-5" || !p.filter.mine {
		t.Errorf("after new data: %v, %+v", it.ref, p.filter)
	}
	p.SetSnapshot(&report.Snapshot{})
	see(t, p, "No price book is loaded.")
	keys(p, "enter", "y", "p", "p", "s", "tab", "enter", "U", "end")
}

func TestOtherCurrency(t *testing.T) {
	s := tuitest.Sample()
	b, err := s.Book.With(pricing.Overlay{Prices: []pricing.OwnPrice{{Provider: "mistral", Model: "lokal-1", Input: "1.5", Output: "0", Currency: "EUR",
		From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Book = b
	p := newPage(s, 230, 50)
	keys(p, "/", "l", "o", "k", "a", "l", "-", "1", "enter")
	see(t, p, "EUR", "free", "your price", "your own price, from the", "1 of 16")
	miss(t, p, "$ per 1M tokens\n")
}

// With the whole book every key is answered at once.
func TestViewIsCheap(t *testing.T) {
	if testing.Short() {
		t.Skip("timing")
	}
	s := tuitest.Sample()
	s.Book = pricing.Embedded()
	p := newPage(s, 200, 60)
	st := ui.NewStyles(ui.Theme{})
	for range sections {
		n := 0
		draw := func() {
			p.SetTheme(st)
			if n++; n%2 == 0 {
				keys(p, "down")
			} else {
				keys(p, "up")
			}
			p.View()
		}
		draw()
		if a := testing.AllocsPerRun(50, draw); a > 600 {
			t.Errorf("section %d: %.0f allocations", p.section, a)
		}
		best := time.Hour
		for range 100 {
			start := time.Now()
			draw()
			best = min(best, time.Since(start))
		}
		if best > time.Millisecond {
			t.Errorf("section %d: %v", p.section, best)
		}
		t.Logf("section %d: %v", p.section, best)
		keys(p, "tab")
	}
}

func BenchmarkSetSnapshot(b *testing.B) {
	s := tuitest.Sample()
	s.Book = pricing.Embedded()
	p := newPage(s, 200, 60)
	b.ReportAllocs()
	for b.Loop() {
		p.SetSnapshot(s)
	}
}

func BenchmarkType(b *testing.B) {
	s := tuitest.Sample()
	s.Book = pricing.Embedded()
	p := newPage(s, 200, 60)
	keys(p, "/")
	b.ReportAllocs()
	for b.Loop() {
		keys(p, "g", "backspace")
	}
}
