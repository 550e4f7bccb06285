package prices

import (
	"strings"
	"testing"
	"time"

	"tokpit/pricing"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// whole is a page with the whole book.
func whole(w, h int) *Page {
	s := tuitest.Sample()
	s.Book = pricing.Embedded()
	return newPage(s, w, h)
}

// After one's own models those of each provider follow, the newest first; what has
// ended is last of all.
func TestOthersNewestFirstAndEndedLast(t *testing.T) {
	p := whole(200, 50)
	var last *item
	days := map[string]time.Time{}
	ends := 0
	for i := range p.items.Len() {
		it := p.items.At(i)
		if it.mine != nil {
			if last != nil {
				t.Fatalf("%s is in use, and stands below others", it.ref.Model)
			}
			continue
		}
		over := it.listing.HasLife && it.listing.Life.StatusAt(p.shelf.at) == pricing.Retired
		if over {
			ends++
		}
		if last != nil {
			switch {
			case it.ended != over:
				t.Errorf("%s: ended %t", it.ref.Model, it.ended)
			case last.ended && !over:
				t.Errorf("%s stands below %s, which has ended", it.ref.Model, last.ref.Model)
			case last.ended == over && last.ref.Provider > it.ref.Provider:
				t.Errorf("%s of %s stands below %s", it.ref.Model, it.ref.Provider, last.ref.Provider)
			case last.ended == over && last.ref.Provider == it.ref.Provider && last.born.Before(it.born):
				t.Errorf("%s of %v stands below %s of %v", it.ref.Model, it.born, last.ref.Model, last.born)
			}
		}
		last = it
		days[it.ref.Model] = it.born
	}
	if ends == 0 || !last.ended {
		t.Errorf("%d have ended, the last is %s", ends, last.ref.Model)
	}
	// A model is as old as its release, or as its first price.
	if got := days["claude-fable-5-2"].Format(time.DateOnly); got != "2026-11-09" {
		t.Errorf("claude-fable-5-2 is of %s", got)
	}
	keys(p, "s", "s")
	for i := 1; i < p.items.Len(); i++ {
		if a, b := p.items.At(i-1).ref.Model, p.items.At(i).ref.Model; a > b {
			t.Fatalf("sorted by model, %s stands below %s", b, a)
		}
	}
}

// Names have room before tiers, states and the panel take what they could do
// without.
func TestNamesHaveRoomFirst(t *testing.T) {
	for _, c := range []struct{ width, whole int }{{160, 26}, {200, 31}, {230, 37}} {
		p := whole(c.width, 60)
		rows := 0
		for i, l := range strings.Split(view(p), "\n") {
			row := i - p.plan.table.Min.Y - 1
			if row < 0 || row >= p.items.Len() {
				continue
			}
			rows++
			if name := ui.Text(p.items.At(row).ref.Model); ui.Width(name) <= c.whole && !strings.Contains(l, name) {
				t.Errorf("at %d columns %s is cut: %q", c.width, name, l)
			}
		}
		if rows < 30 {
			t.Errorf("%d rows", rows)
		}
	}
}
