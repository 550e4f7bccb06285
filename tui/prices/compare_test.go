package prices

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

func TestModelsSideBySide(t *testing.T) {
	for _, size := range [][2]int{{230, 60}, {160, 50}, {120, 40}} {
		p := newPage(tuitest.Sample(), size[0], size[1])
		keys(p, "down", "down", "space")
		miss(t, p, "models side by side")
		keys(p, "space")
		if want := []string{"claude-opus-4-8", "claude-sonnet-5"}; len(p.marks) != 2 || p.marks[0].Model != want[0] || p.marks[1].Model != want[1] {
			t.Fatalf("marked %v", p.marks)
		}
		see(t, p, "2 models side by side", "✓", "▼ 2 ", "yours together", "your claude-o")
		keys(p, "up", "up", "space")
		if len(p.marks) != 1 {
			t.Errorf("space leaves %v", p.marks)
		}
		keys(p, "esc")
		if len(p.marks) != 0 {
			t.Errorf("esc leaves %v", p.marks)
		}
		miss(t, p, "side by side", "✓")
	}
}

func TestAtMostFourModelsSideBySide(t *testing.T) {
	p := newPage(tuitest.Sample(), 230, 60)
	keys(p, "down", "down")
	for range mostMarked {
		if cmd := keys(p, "space"); cmd != nil {
			t.Fatalf("it says %v", cmd())
		}
	}
	cmd := keys(p, "space")
	if cmd == nil || len(p.marks) != mostMarked {
		t.Fatalf("a fifth is marked: %v", p.marks)
	}
	if said, ok := cmd().(ui.Notice); !ok || !strings.Contains(string(said), "at most 4") {
		t.Errorf("it says %v", cmd())
	}
	keys(p, "/", "h", "a", "i", "k", "u", "enter")
	see(t, p, "4 models side by side") // a filter hides rows, and lets none go
	if keys(p, "esc"); len(p.marks) != mostMarked {
		t.Error("esc takes the marks with the filter")
	}
	p.SetSnapshot(tuitest.Sample())
	see(t, p, "4 models side by side")
	open, ok := keys(p, "enter")().(overlay.Open)
	if !ok {
		t.Fatal("enter opens nothing")
	}
	w, h := open.Modal.Size(60, 30)
	text := ansi.Strip(strings.Join(open.Modal.Lines(ui.NewStyles(ui.Theme{}), w, h), "\n"))
	for _, want := range []string{"input", "output", "gpt-5.2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the box lacks %q:\n%s", want, text)
		}
	}
}

// Marks of models that another book does not have take none of the four places.
func TestMarksLeaveWithTheBook(t *testing.T) {
	p := newPage(tuitest.Sample(), 230, 60)
	keys(p, "down", "down", "space", "space", "space", "space")
	other := tuitest.Sample()
	other.Book, other.Uses, other.Unpriced, other.Models = pricing.NewBook(&pricing.Table{}), nil, nil, nil
	p.SetSnapshot(other)
	p.SetSnapshot(tuitest.Sample())
	miss(t, p, "side by side", "✓")
	keys(p, "home", "down", "down")
	if cmd := keys(p, "space"); cmd != nil || len(p.marks) != 1 {
		t.Errorf("marked %v", p.marks)
	}
	unread := tuitest.Sample()
	unread.Book = nil // is yet to be read, which says nothing of what is in it
	p.SetSnapshot(unread)
	if p.SetSnapshot(tuitest.Sample()); len(p.marks) != 1 {
		t.Error("marks leave where no book is known")
	}
}

// Usage costs on its own model what it did, as long as the price is the one in
// force, and the parts are the whole.
func TestCostsSideBySideAddUp(t *testing.T) {
	s := tuitest.Sample()
	p := newPage(s, 230, 60)
	var used []*item
	for i := range p.shelf.items {
		if it := &p.shelf.items[i]; it.mine != nil && it.priced && it.listing.Rates.Known.Has(pricing.Output) {
			used = append(used, it)
		}
	}
	used = used[:3]
	for _, it := range used {
		p.marks = append(p.marks, it.ref)
	}
	p.fill()
	c := p.comparison()
	for _, to := range used {
		var whole money.Amount
		all := &mine{}
		for _, of := range used {
			v := c.sh.costOn(of.mine, to.ref)
			if v.why != "" {
				t.Fatalf("%s on %s: %s", of.ref.Model, to.ref.Model, v.why)
			}
			whole = whole.Add(v.after)
			for _, u := range of.mine.uses {
				all.add(u)
			}
		}
		if v := c.sh.costOn(all, to.ref); v.after != whole {
			t.Errorf("on %s: %s together, %s in parts", to.ref.Model, v.after, whole)
		}
	}
	lines := c.lines()
	i := slices.IndexFunc(lines, func(l compared) bool { return l.label == "yours together" })
	if i < 0 || len(lines[i].cells) != 3 || slices.Contains(lines[i].cells, ui.Unknown) {
		t.Errorf("%+v", lines)
	}
}

// The keys of the history go from price to price, and a line says what each was.
func TestPriceHistoryIsReadOut(t *testing.T) {
	for _, size := range [][2]int{{230, 60}, {120, 46}} {
		p := newPage(tuitest.Sample(), size[0], size[1])
		keys(p, "down", "down")
		see(t, p, "◆ 27 Oct 2026  input 4  output 20  ▼ ×0.8")
		keys(p, ",")
		see(t, p, "◆ 28 May 2026  input 5  output 25")
		keys(p, ",", ",", ".", ".", ".")
		see(t, p, "◆ 27 Oct 2026  input 4")
		keys(p, ",", "down", "up")
		see(t, p, "◆ 28 May 2026  input 5")
		keys(p, "down", ",", "up")
		see(t, p, "◆ 28 May 2026  input 5") // a model without a history has no place in it
	}
}

// What is copied and what is said of models side by side is what is shown.
func TestSideBySideIsCopiedAndSaid(t *testing.T) {
	p := newPage(tuitest.Sample(), 230, 60)
	keys(p, "down", "down", "space", "space")
	clips := p.Clips()
	said := strings.Join(p.Plain(), "\n")
	for _, c := range clips[:2] {
		b, err := c.Make()
		if err != nil || !strings.Contains(string(b), "claude-opus-4-8") || strings.Contains(string(b), "gpt-5") {
			t.Fatalf("%s: %v\n%s", c.Name, err, b)
		}
		if strings.Contains(c.Name, "Markdown") {
			said += string(b)
		}
	}
	for _, l := range p.comparison().lines() {
		for _, s := range l.cells {
			if s != ui.Unknown && s != "" && strings.Count(said, s) < 2 {
				t.Errorf("%s is copied or said %d times:\n%s", s, strings.Count(said, s), said)
			}
		}
	}
	if !strings.Contains(clips[0].Name, "Markdown") || !strings.Contains(said, "the least") {
		t.Errorf("%q first:\n%s", clips[0].Name, said)
	}
}
