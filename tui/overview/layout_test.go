package overview

import (
	"image"
	"testing"

	"tokpit/tui/layout"
)

// At every size panels lie inside the page, never over each other, and each that
// is there has room for what it is. In short, a part of the sizes.
func TestArrange(t *testing.T) {
	t.Parallel()
	for w := 40; w <= 320; w++ {
		for h := 5; h <= 80; h++ {
			if testing.Short() && (w+h)%8 != 0 {
				continue
			}
			for _, hasNotes := range []bool{false, true} {
				for _, focus := range []panel{trend, models, projects, sourceLines} {
					for _, rows := range []int{0, 12, 500} {
						for _, budgets := range []int{0, 3, 40} {
							c := content{hasNotes, budgets, rows, rows / 2, focus, 28 * (rows % 7)}
							check(t, w, h, arrange(w, h, c), c)
						}
					}
				}
			}
		}
	}
}

func check(t *testing.T, w, h int, pl plan, c content) {
	t.Helper()
	page := image.Rect(0, 0, w, h)
	for i, r := range pl.at {
		if r.Empty() {
			continue
		}
		if !r.In(page) {
			t.Fatalf("%dx%d: panel %d at %v leaves the page", w, h, i, r)
		}
		for j, other := range pl.at[:i] {
			if r.Overlaps(other) {
				t.Fatalf("%dx%d: panels %d at %v and %d at %v overlap", w, h, j, other, i, r)
			}
		}
	}
	if pl.at[hero].Empty() {
		t.Fatalf("%dx%d: no headline", w, h)
	}
	if pl.shape == heroBig && pl.at[hero].Dy() != heroBigLines {
		t.Fatalf("%dx%d: a big headline of %d lines", w, h, pl.at[hero].Dy())
	}
	if c.notes && h >= 10 && pl.at[notes].Empty() {
		t.Fatalf("%dx%d: no notes", w, h)
	}
	if r := pl.at[gauges]; r.Empty() != (c.gauges == 0 || h < 30 || w < 80) || !r.Empty() && r.Dy() < 2 {
		t.Fatalf("%dx%d: %d budgets on %v", w, h, c.gauges, r)
	}
	if r := pl.at[trend]; !r.Empty() && r.Dy() < trendLeast {
		t.Fatalf("%dx%d: a chart of %d lines", w, h, r.Dy())
	}
	if h >= 21 && (pl.at[trend].Empty() || pl.at[models].Empty() && pl.at[projects].Empty()) {
		t.Fatalf("%dx%d: chart or tables are missing", w, h)
	}
	if pl.class != layout.Narrow && h >= 21 && pl.at[projects].Empty() {
		t.Fatalf("%dx%d: no projects", w, h)
	}
	if pl.class == layout.Wide && h >= 40 && c.rows >= 12 && pl.at[sourceLines].Empty() {
		t.Fatalf("%dx%d: a wide page without sources", w, h)
	}
}
