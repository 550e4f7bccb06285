package estimate

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tokenizer"
	"tokpit/tui/buffer"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// fakeDesk answers from memory.
type fakeDesk struct {
	files  map[string]string
	fail   error
	editor func(string) string
	left   []string // copies that were handed to an editor
	short  int      // answers of 10 tokens to claude-opus-5-5, besides those to gpt-5.4
}

func (d *fakeDesk) Open(_ context.Context, path string) ([]byte, error) {
	s, ok := d.files[path]
	if !ok {
		return nil, errors.New("open " + path + ": no such file")
	}
	return []byte(s), d.fail
}

func (d *fakeDesk) Complete(_ context.Context, path string) []string {
	var out []string
	for name := range d.files {
		if strings.HasPrefix(name, path) {
			out = append(out, name)
		}
	}
	return out
}

func (d *fakeDesk) Image(_ context.Context, path string) (tokenizer.Image, error) {
	if path == "cat.png" {
		return tokenizer.Image{Width: 1024, Height: 1024}, nil
	}
	return tokenizer.Image{}, errors.New(path + ": no image")
}

func (d *fakeDesk) Edit(text []byte) (Editing, error) {
	d.left = append(d.left, string(text))
	return &fakeEditing{d: d, text: string(text)}, d.fail
}

func (d *fakeDesk) History(context.Context, *report.Snapshot) (*report.History, error) {
	b := report.NewHistoryBuilder(pricing.Embedded())
	for i := range int64(20) {
		b.Record(&usage.Record{Dims: usage.Dims{Provider: "openai", Model: "gpt-5.4"}, Requests: 1, Tokens: usage.Tokens{Output: 100 * (i + 1)}})
	}
	for range d.short {
		b.Record(&usage.Record{Dims: usage.Dims{Provider: "anthropic", Model: "claude-opus-5-5"}, Requests: 1, Tokens: usage.Tokens{Output: 10}})
	}
	return b.History(), nil
}

func (d *fakeDesk) Library(context.Context) (tokenizer.Library, error) {
	return tokenizer.Library{}, nil
}

type fakeEditing struct {
	tea.ExecCommand
	d    *fakeDesk
	text string
}

func (e *fakeEditing) Result() ([]byte, error) { return []byte(e.d.editor(e.text)), nil }

// newPage returns a page that is on screen and ready.
func newPage(t testing.TB, width, height int) (*Page, *fakeDesk) {
	t.Helper()
	d := &fakeDesk{files: map[string]string{}}
	p := New(Options{Context: t.Context(), Desk: d})
	p.SetSize(width, height)
	snap := tuitest.Sample()
	snap.Book = pricing.Embedded()
	p.SetSnapshot(snap)
	settle(p, p.Update(ui.Shown{}))
	if p.estimator == nil {
		t.Fatal("the page has no estimator")
	}
	return p, d
}

// settle runs a command and what follows from it, and returns the box that was
// opened last.
func settle(p *Page, cmd tea.Cmd) (box overlay.Modal) {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			if b := settle(p, c); b != nil {
				box = b
			}
		}
	case ui.To:
		return settle(p, p.Update(msg.Msg))
	case overlay.Open:
		return msg.Modal
	}
	return box
}

// unwrap takes an answer out of its address.
func unwrap(msg tea.Msg) tea.Msg {
	if to, ok := msg.(ui.To); ok {
		return to.Msg
	}
	return msg
}

// press sends keys by their names.
func press(p *Page, keys ...string) (box overlay.Modal) {
	for _, k := range keys {
		if b := settle(p, p.Update(named(k))); b != nil {
			box = b
		}
	}
	return box
}

func named(k string) tea.KeyPressMsg {
	switch k {
	case "esc":
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	case "tab":
		return tea.KeyPressMsg{Code: tea.KeyTab}
	case "enter":
		return tea.KeyPressMsg{Code: tea.KeyEnter}
	case "down":
		return tea.KeyPressMsg{Code: tea.KeyDown}
	case "backspace":
		return tea.KeyPressMsg{Code: tea.KeyBackspace}
	case "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if rest, ok := strings.CutPrefix(k, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

// fill answers a prompt.
func fill(p *Page, box overlay.Modal, text string) (closed bool) {
	box.Update(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
	if text != "" {
		box.Update(tea.PasteMsg{Content: text})
	}
	cmd, done := box.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	settle(p, cmd)
	return done
}

func plain(p *Page) string { return ansi.Strip(p.View()) }

func choose(t *testing.T, p *Page, provider, model string) *report.Estimated {
	t.Helper()
	p.moved, p.above = true, false
	p.table.Select(keyOf(pricing.ModelRef{Provider: provider, Model: model}))
	p.scroll(nil)
	e := p.current()
	if e == nil || e.Model != model {
		t.Fatalf("no %s among the models", model)
	}
	return e
}

func TestPasteWithoutEditing(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	if !strings.Contains(plain(p), "What will this prompt cost?") || p.CapturesText() {
		t.Fatal("the page does not begin empty")
	}
	settle(p, p.Update(tea.PasteMsg{Content: "hello\rworld"}))
	if got := string(p.text.Bytes()); got != "hello\nworld" {
		t.Errorf("pasted %q", got)
	}
	e := choose(t, p, "openai", "gpt-5.4")
	enc, _ := tokenizer.Get(tokenizer.O200K)
	if want := int64(enc.CountString("hello\nworld")); e.Tokens.Point != want || !e.Tokens.Exact {
		t.Errorf("%d tokens, want %d", e.Tokens.Point, want)
	}
	if e.Output != 1000 || !strings.Contains(e.OutputBasis, "p50") {
		t.Errorf("an answer of %d, %s", e.Output, e.OutputBasis)
	}
}

// What the page shows is what the estimator says of the text, after any edits.
func TestFiguresAreThoseOfTheEngine(t *testing.T) {
	p, _ := newPage(t, 200, 60)
	press(p, "x", "tab")
	if !p.CapturesText() {
		t.Fatal("tab does not lead into the text")
	}
	press(p, "n", "e", "w", "space", "enter", "backspace", "é", "ctrl+k")
	if press(p, "esc"); p.CapturesText() {
		t.Fatal("esc does not leave the text")
	}
	m, err := report.Measure(tokenizer.Library{}, p.estimator.Encodings(), p.text.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	q := p.query()
	q.Prompt.Text = m
	for _, want := range p.estimator.Estimate(q) {
		for i := range p.rows.rows {
			if got := &p.rows.rows[i]; got.ModelRef == want.ModelRef {
				if got.Tokens.Exact && (got.Tokens != want.Tokens || got.Total != want.Total) {
					t.Errorf("%s: %+v, want %+v", got.Model, got.Tokens, want.Tokens)
				}
			}
		}
	}
}

func TestQuestions(t *testing.T) {
	p, d := newPage(t, 160, 45)
	press(p, "x")
	e := choose(t, p, "openai", "gpt-5.4")
	before := *e
	if box := press(p, "a"); fill(p, box, "nonsense") {
		t.Error("nonsense is taken as a length")
	} else if !fill(p, box, "2k") || p.current().Output != 2000 {
		t.Errorf("an answer of %d", p.current().Output)
	}
	fill(p, press(p, "n"), "200x3x10/day")
	if e = p.current(); !e.PerDay.Known || e.PerDay.Point != money.NewRate(e.Total.Point).Scale(6000, 1).Amount() {
		t.Errorf("a day costs %s at %s a call", e.PerDay.Point, e.Total.Point)
	}
	if !strings.Contains(plain(p), "per month") {
		t.Error("no column of months")
	}
	press(p, "w")
	if e = p.current(); e.Tokens.Point <= before.Tokens.Point {
		t.Error("roles add nothing")
	}
	d.files["tools.json"] = `[{"type":"function","function":{"name":"find","description":"Finds things.","parameters":{"type":"object","properties":{"what":{"type":"string"}}}}}]`
	with := e.Tokens.Point
	fill(p, press(p, "W"), "tools.json")
	if e = p.current(); e.Tokens.Point <= with || !strings.Contains(plain(p), "1 tool") {
		t.Error("tools add nothing")
	}
	fill(p, press(p, "W"), "")
	press(p, "w")
	fill(p, press(p, "+"), "1024x1024")
	fill(p, press(p, "+"), "cat.png")
	if e = p.current(); len(p.ask.images) != 2 || e.Tokens.Point <= before.Tokens.Point || !strings.Contains(e.Tokens.Method, "images") {
		t.Errorf("%d images, %d tokens: %s", len(p.ask.images), e.Tokens.Point, e.Tokens.Method)
	}
	fill(p, press(p, "+"), "")
	if e = p.current(); e.Tokens != before.Tokens {
		t.Error("taking the images away does not")
	}
}

func TestBaselineColumnsAndSorting(t *testing.T) {
	p, _ := newPage(t, 200, 60)
	press(p, "x")
	choose(t, p, "openai", "gpt-5.4")
	press(p, "b")
	if !p.current().Baseline || colTimes.place(p.rows) < 0 || !strings.Contains(plain(p), "against gpt-5.4") {
		t.Fatal("the chosen model is no baseline")
	}
	for _, c := range p.rows.columns {
		for _, descending := range []bool{false, true} {
			p.table.SortBy(c.place(p.rows), descending)
			unknown := false
			for i := range p.rows.Len() {
				r := p.rows.at(i)
				known := true
				if c.isMoney() {
					_, known = c.amount(r)
				} else if _, ok := c.number(r); c != colModel && c != colProvider && c != colMethod {
					known = ok
				}
				if known && unknown {
					t.Fatalf("column %d: what is not known is not last", c)
				}
				unknown = unknown || !known
			}
		}
	}
	choose(t, p, "openai", "gpt-5.4")
	p.table.SortBy(colTokens.place(p.rows), false)
	for range p.rows.columns {
		if press(p, "s", "S"); p.current().Model != "gpt-5.4" {
			t.Fatalf("sorting chooses %s", p.current().Model)
		}
	}
	p.Update(chose{[]int{0, 3}})
	if len(p.rows.columns) != 4 {
		t.Errorf("columns %v", p.rows.columns)
	}
	press(p, "b")
	if p.ask.baseline.Model != "" {
		t.Error("the baseline stays")
	}
}

func TestFilter(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	press(p, "x", "/", "c", "l", "a", "u", "d", "e", "space", "o", "p")
	if !p.CapturesText() || p.rows.Len() == 0 {
		t.Fatal("nothing is found")
	}
	for i := range p.rows.Len() {
		if name := p.rows.at(i).Provider + "/" + p.rows.at(i).Model; !strings.Contains(name, "claude") || !strings.Contains(name, "op") {
			t.Errorf("%s does not match", name)
		}
	}
	press(p, "enter")
	if p.CapturesText() {
		t.Error("enter does not keep the filter")
	}
	n := p.rows.Len()
	if press(p, "esc"); p.rows.Len() <= n {
		t.Error("esc does not show all again")
	}
	press(p, "m")
	if all := p.rows.Len(); all < 200 {
		t.Errorf("all models are %d", all)
	}
}

func TestFilesAndEditors(t *testing.T) {
	p, d := newPage(t, 120, 40)
	d.files["notes/long.txt"] = strings.Repeat("some words of a longer text\r\n", 40_000)
	box := press(p, "o")
	box.Update(tea.PasteMsg{Content: "notes"})
	p.Update(completed{"notes", d.Complete(t.Context(), "notes")})
	cmd, _ := box.Update(tea.KeyPressMsg{Code: tea.KeyTab})
	settle(p, cmd)
	cmd, done := box.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	settle(p, cmd)
	if !done || p.text.Len() != len(d.files["notes/long.txt"]) {
		t.Fatalf("opened %d bytes", p.text.Len())
	}
	if !p.text.Totals().Complete() || p.CapturesText() {
		t.Error("the file is not counted, or typing began")
	}
	if box = press(p, "D"); box == nil {
		t.Fatal("a long text is cleared without asking")
	}
	box.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	cmd, _ = box.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	settle(p, cmd)
	if p.text.Len() != 0 {
		t.Error("the text is not cleared")
	}
	if press(p, "z"); p.text.Len() == 0 {
		t.Error("clearing cannot be undone")
	}
	d.editor = func(s string) string { return s[:5] + "!" }
	editing, _ := d.Edit(p.text.Bytes())
	content, _ := editing.Result()
	if p.Update(edited{text: buffer.Load(content)}); string(p.text.Bytes()) != "some !" {
		t.Errorf("edited: %q", p.text.Bytes())
	}
	box = press(p, "o")
	box.Update(tea.PasteMsg{Content: "nowhere"})
	cmd, _ = box.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	box = settle(p, cmd)
	if string(p.text.Bytes()) != "some !" {
		t.Error("a file that is not there changes the text")
	}
	if box == nil {
		t.Fatal("the prompt is not there to correct the path")
	}
	shown := ansi.Strip(strings.Join(box.Lines(p.styles, 72, 10), "\n"))
	if !strings.Contains(shown, "› nowhere") || !strings.Contains(shown, "! Not opened: open nowhere: no such file") {
		t.Errorf("the prompt says:\n%s", shown)
	}
	if d.files["right"] = "it"; !fill(p, box, "right") || string(p.text.Bytes()) != "it" {
		t.Errorf("after correcting the path the text is %q", p.text.Bytes())
	}
}
