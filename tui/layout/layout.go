// Package layout divides the screen. Everything in it is a pure function of
// size, so that every size can be tested: rectangles never overlap, never leave
// the screen, and the same size always gives the same picture.
package layout

import "image"

// MinWidth and MinHeight are the smallest terminal that the cockpit draws in.
const MinWidth, MinHeight = 40, 10

// Class is one of three designs that a page has for different widths.
type Class uint8

// The classes.
const (
	Narrow Class = iota // under 80 columns: one thing beneath the other
	Normal
	Wide // from 140 columns: more things, not wider ones
)

// ClassOf returns the class of a width.
func ClassOf(width int) Class {
	switch {
	case width < 80:
		return Narrow
	case width < 140:
		return Normal
	}
	return Wide
}

// Screen is how the terminal is divided, from top to bottom. Parts that have no
// room are empty.
type Screen struct {
	Tabs, Rule, Banner, Body, Footer image.Rectangle
}

// NewScreen divides a terminal. The banner has as many lines as it asks for,
// as long as the body keeps half of the screen; the rule under the tabs goes
// first when lines are scarce.
func NewScreen(width, height, banner int) Screen {
	rows := splitter{width: width, height: height}
	var s Screen
	s.Tabs = rows.take(1)
	if height >= 18 {
		s.Rule = rows.take(1)
	}
	s.Banner = rows.take(min(banner, max(0, height/2-2)))
	foot := min(1, max(0, height-rows.y))
	s.Body = rows.take(height - rows.y - foot)
	s.Footer = rows.take(foot)
	return s
}

// splitter hands out lines from the top.
type splitter struct{ width, height, y int }

func (s *splitter) take(n int) image.Rectangle {
	n = max(0, min(n, s.height-s.y))
	r := image.Rect(0, s.y, s.width, s.y+n)
	s.y += n
	return r
}

// Columns divides a width into columns by weight, with a gap between them. The
// columns and gaps fill the width exactly; a column may be empty if there is
// too little room.
func Columns(r image.Rectangle, gap int, weights ...int) []image.Rectangle {
	total := 0
	for _, w := range weights {
		total += w
	}
	room := max(0, r.Dx()-gap*(len(weights)-1))
	out := make([]image.Rectangle, len(weights))
	x, used, sum := r.Min.X, 0, 0
	for i, w := range weights {
		sum += w
		end := room * sum / max(total, 1) // cumulative, so that rounding never loses a column
		out[i] = image.Rect(x, r.Min.Y, min(x+end-used, r.Max.X), r.Max.Y)
		x, used = min(x+end-used+gap, r.Max.X), end
	}
	return out
}

// Split cuts n lines off the top of r. If r has fewer, the rest is empty.
func Split(r image.Rectangle, n int) (top, rest image.Rectangle) {
	y := min(r.Min.Y+max(n, 0), r.Max.Y)
	return image.Rect(r.Min.X, r.Min.Y, r.Max.X, y), image.Rect(r.Min.X, y, r.Max.X, r.Max.Y)
}

// Center returns a rectangle of the given size in the middle of r, no larger
// than r.
func Center(r image.Rectangle, width, height int) image.Rectangle {
	width, height = min(width, r.Dx()), min(height, r.Dy())
	x, y := r.Min.X+(r.Dx()-width)/2, r.Min.Y+(r.Dy()-height)/2
	return image.Rect(x, y, x+width, y+height)
}
