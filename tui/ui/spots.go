package ui

import (
	"image"

	tea "charm.land/bubbletea/v2"
)

// Spots are the places of a page that do something when they are clicked, as they
// were last drawn.
type Spots[P any] []spot[P]

type spot[P any] struct {
	place image.Rectangle
	act   func(p P) tea.Cmd
}

// Note remembers a place.
func (s *Spots[P]) Note(place image.Rectangle, act func(p P) tea.Cmd) {
	*s = append(*s, spot[P]{place, act})
}

// Forget lets all places go: they are about to be drawn again.
func (s *Spots[P]) Forget() { *s = (*s)[:0] }

// At returns what the place at a point does, nil if nothing is there.
func (s Spots[P]) At(at image.Point) func(p P) tea.Cmd {
	for i := range s {
		if at.In(s[i].place) {
			return s[i].act
		}
	}
	return nil
}

// Place is where a place is, by its number in the order of drawing.
func (s Spots[P]) Place(i int) image.Rectangle { return s[i].place }
