package simulate

import (
	"strings"
	"testing"

	"tokpit/scenario"
	"tokpit/tui/ui"
)

// The ranking stands in parts, in each what saves most first, and the cursor
// never rests on the head of one. M shows everything by its saving alone.
func TestRankingInParts(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	heads := func() (n int) {
		last := scenario.Standing(0)
		for i, r := range d.list.rows {
			switch {
			case r.saving == nil:
				n++
				last = r.part.Standing
			case r.saving.Standing() != last && !d.flat:
				t.Errorf("%s, which is %s, stands under %s", r.saving.Title, r.saving.Standing(), last)
			case d.list.at(i-1) != nil && d.list.saves(r.saving).Cmp(d.list.saves(d.list.at(i-1))) > 0:
				t.Errorf("%s saves more than what is above it", r.saving.Title)
			}
		}
		return n
	}
	if heads() < 2 {
		t.Fatalf("%d parts", heads())
	}
	d.See("Same models, or as good")
	on := func() {
		t.Helper()
		if d.list.at(d.ideas.Cursor()) == nil {
			t.Errorf("the cursor rests on row %d, a head", d.ideas.Cursor())
		}
	}
	on()
	for range d.list.Len() + 2 {
		d.Keys("down")
		on()
	}
	if d.ideas.Cursor() != d.list.Len()-1 {
		t.Errorf("row %d of %d is the last that down reaches", d.ideas.Cursor(), d.list.Len())
	}
	for range d.list.Len() + 2 {
		d.Keys("up")
		on()
	}
	if d.ideas.Cursor() != 1 || d.ideas.First() != 0 {
		t.Errorf("row %d is the first that up reaches", d.ideas.Cursor())
	}
	few := d.list.Len() - heads()
	d.Keys("M")
	if heads() != 0 || d.list.Len() <= few || d.list.Len() != len(d.list.savings) {
		t.Errorf("%d changes in place of %d, under %d heads", d.list.Len(), few, heads())
	}
	d.Keys("M", "end", "i")
	d.See(ui.Text(d.list.at(d.ideas.Cursor()).Title))
}

// The usage is grouped for a new scope in a command, not while the page is asked
// to draw; until then the levers before it keep their figures.
func TestNewScopeIsGroupedInACommand(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.lever("input -20%")
	first := d.contribution(0).Cost
	l, err := scenario.ParseLever("output -10% @model=gpt-5.2")
	if err != nil {
		t.Fatal(err)
	}
	cmd := d.insert(l)
	if d.base.Ready(d.on()) || d.contribution(1) != nil || d.contribution(0) == nil || d.contribution(0).Cost != first {
		t.Fatalf("grouped in Update: %v", d.contribution(1))
	}
	d.redraw()
	d.See("…")
	d.Run(cmd)
	if c := d.contribution(1); c == nil || c.Cost.Sign() >= 0 {
		t.Errorf("%+v", c)
	}
	d.Keys("right")
	if c := d.contribution(1); c == nil || !d.base.Ready(d.on()) {
		t.Error("a slider waits for a command")
	}
}

// The ends of a range are those that the command prints, see [scenario.Result.Spread].
func TestRangeIsTheSpread(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.lever("growth +10%..+20%..+50%")
	d.lever("swap gpt-5.2=gemini-3-flash")
	cost, cash := d.result.Spread()
	for inCash, want := range map[bool]scenario.AmountRange{false: cost, true: cash} {
		lens := ui.Lens{Cash: inCash}
		if got := amountsOf(d.result, lens); got.low != want.Low || got.high != want.High || !got.ranged {
			t.Errorf("%+v: %s to %s, want %s to %s", lens, got.low, got.high, want.Low, want.High)
		}
	}
}

// The cursor begins on the change that the head names, also after other changes are
// shown, and stays where a person has put it.
func TestBeginsOnTheChangeOfTheHead(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	on := func(when string) {
		t.Helper()
		s := d.list.at(d.ideas.Cursor())
		if s == nil || s != d.list.best() {
			t.Fatalf("%s: the cursor is on %+v, not on %q", when, s, d.list.best().Title)
		}
		head := d.figures()
		if note := head[len(head)-1].note; !strings.HasPrefix(note, ui.Text(s.Title)) {
			t.Errorf("%s: the head says %q, the cursor is on %q", when, note, s.Title)
		}
	}
	on("at first")
	if d.ideas.Cursor() == 1 {
		t.Fatal("the head names the first row: the test shows nothing")
	}
	for _, key := range []string{"M", "W", "W", "M"} {
		d.Keys(key)
		on(key)
	}
	d.SetLens(ui.Lens{})
	on("API-equivalent")
	d.ideas.Select("output -20%")
	chosen := d.ideas.Selected()
	if chosen != "output -20%" {
		t.Fatalf("the cursor is on %q", chosen)
	}
	d.SetLens(ui.Lens{Cash: true})
	if d.ideas.Selected() != chosen {
		t.Errorf("the cursor goes from %q to %q", chosen, d.ideas.Selected())
	}
}
