package layout

import (
	"image"
	"testing"
)

func TestScreenTiles(t *testing.T) {
	for w := range 150 {
		for h := range 70 {
			for banner := range 4 {
				s := NewScreen(w, h, banner)
				y := 0
				for _, r := range []image.Rectangle{s.Tabs, s.Rule, s.Banner, s.Body, s.Footer} {
					if r.Empty() {
						continue
					}
					if r.Min.Y != y || r.Min.X != 0 || r.Max.X != w {
						t.Fatalf("%dx%d banner %d: %v after line %d", w, h, banner, r, y)
					}
					y = r.Max.Y
				}
				if y != h && w > 0 {
					t.Fatalf("%dx%d banner %d: covers %d lines", w, h, banner, y)
				}
				if h >= MinHeight && w >= MinWidth && s.Body.Dy() < 4 {
					t.Fatalf("%dx%d banner %d: body of %d lines", w, h, banner, s.Body.Dy())
				}
			}
		}
	}
}

func TestColumnsFill(t *testing.T) {
	for w := range 220 {
		for _, weights := range [][]int{{1}, {1, 1}, {2, 1}, {1, 1, 1}, {3, 2, 2}} {
			r := image.Rect(3, 2, 3+w, 9)
			cols := Columns(r, 2, weights...)
			end := r.Min.X
			for i, c := range cols {
				if c.Dx() < 0 || !c.In(r) && !c.Empty() {
					t.Fatalf("width %d weights %v: column %d is %v", w, weights, i, c)
				}
				if !c.Empty() && c.Min.X < end {
					t.Fatalf("width %d weights %v: columns overlap: %v", w, weights, cols)
				}
				end = max(end, c.Max.X)
			}
			if w > 20 && end != r.Max.X {
				t.Fatalf("width %d weights %v: ends at %d of %d", w, weights, end, r.Max.X)
			}
		}
	}
}

func TestClasses(t *testing.T) {
	for w, want := range map[int]Class{40: Narrow, 79: Narrow, 80: Normal, 139: Normal, 140: Wide, 300: Wide} {
		if got := ClassOf(w); got != want {
			t.Errorf("ClassOf(%d) = %d", w, got)
		}
	}
}

func TestCenterAndSplit(t *testing.T) {
	r := image.Rect(0, 1, 80, 24)
	if c := Center(r, 100, 100); c != r {
		t.Errorf("too large a box is %v", c)
	}
	if c := Center(r, 20, 3); c != image.Rect(30, 11, 50, 14) {
		t.Errorf("Center = %v", c)
	}
	top, rest := Split(r, 40)
	if top != r || !rest.Empty() {
		t.Errorf("Split past the end: %v %v", top, rest)
	}
}
