// Package slider is a number that is set by sliding: a [Scale] knows its ends,
// its steps and where it changes nothing, and draws it as a track with a knob.
//
// A scale holds no value. Whoever owns the number asks [Scale.Step] what a key
// makes of it, [Scale.At] which number a column of the track stands for (for the
// mouse), and [Scale.Draw] to draw it, so that the number exists once.
package slider

import (
	"math"

	"tokpit/tui/ui"
)

// Scale is the numbers that can be slid to, in a unit of the caller's.
type Scale struct {
	Low, High int64
	// Rest is where the number changes nothing: the track is filled from there
	// to the knob. It may lie outside of the ends.
	Rest int64
	// Fine and Coarse are what one step is; at least 1. On a logarithmic scale
	// they are thousandths of the number.
	Fine, Coarse int64
	// Log gives every doubling the same room; Low must be at least 1.
	Log bool
}

// Clamp returns v, or the end that it is beyond.
func (s Scale) Clamp(v int64) int64 { return max(s.Low, min(v, s.High)) }

// Step returns the number that is n steps from v, on a multiple of the step as
// long as the ends allow it: the first step of 37 in tens is 40, or 30.
func (s Scale) Step(v int64, n int, coarse bool) int64 {
	step := max(s.Fine, 1)
	if coarse {
		step = max(s.Coarse, 1)
	}
	v = s.Clamp(v)
	for ; n > 0; n-- {
		v = s.Clamp(s.next(v, step))
	}
	for ; n < 0; n++ {
		v = s.Clamp(s.previous(v, step))
	}
	return v
}

func (s Scale) next(v, step int64) int64 {
	if s.Log {
		return max(round(v+int64(float64(v)*float64(step)/1000)), v+1)
	}
	return floor(v, step) + step
}

func (s Scale) previous(v, step int64) int64 {
	if s.Log {
		return min(round(int64(float64(v)*1000/float64(1000+step))), v-1)
	}
	if f := floor(v, step); f < v {
		return f
	}
	return v - step
}

// floor is the multiple of step at or below v.
func floor(v, step int64) int64 {
	if r := v % step; r < 0 {
		return v - r - step
	} else {
		return v - r
	}
}

// round keeps two and a half digits of a number, as people would choose it:
// 1,050 but not 1,037.
func round(v int64) int64 {
	unit := int64(1)
	for v/unit >= 100 {
		unit *= 10
	}
	if unit == 1 {
		return v
	}
	half := unit / 2
	return (v + half/2) / half * half
}

// At returns the number that column x of a track of a width stands for.
func (s Scale) At(x, width int) int64 {
	x = max(0, min(x, width-1))
	if width < 2 || x == 0 {
		return s.Low
	}
	if x == width-1 {
		return s.High
	}
	part := float64(x) / float64(width-1)
	if s.Log {
		return s.Clamp(round(int64(math.Round(float64(s.Low) * math.Pow(float64(s.High)/float64(s.Low), part)))))
	}
	v := s.Low + int64(math.Round(float64(s.High-s.Low)*part))
	return s.Clamp(nearest(v, max(s.Fine, 1)))
}

func nearest(v, step int64) int64 { return floor(v+step/2, step) }

// column is where on a track of a width a number lies.
func (s Scale) column(v int64, width int) int {
	if width < 2 || s.High <= s.Low {
		return 0
	}
	v = s.Clamp(v)
	part := float64(v-s.Low) / float64(s.High-s.Low)
	if s.Log && s.Low > 0 {
		part = math.Log(float64(v)/float64(s.Low)) / math.Log(float64(s.High)/float64(s.Low))
	}
	return int(math.Round(part * float64(width-1)))
}

// Draw draws the track with its knob at v, in exactly width columns. The filled
// part is drawn heavier, so that it is seen without colours.
func (s Scale) Draw(p *ui.Pen, st *ui.Styles, v int64, width int, focused bool) {
	width = min(width, p.Room())
	if width <= 0 {
		return
	}
	knob, rest := s.column(v, width), s.column(s.Rest, width)
	ink, filled, track := st.Text, st.Muted, st.Track
	if focused { // on the background of the row
		ink, filled, track = st.AccentBold, st.Accent, st.Muted
	}
	from, to := min(knob, rest), max(knob, rest)
	p.Fill(track, '─', from)
	if knob > from { // the knob is at the right end
		s.restMark(p, st, filled, to > from)
		p.Fill(filled, '━', knob-from-1)
	}
	p.Fill(ink, '●', 1)
	if knob == from && to > from {
		p.Fill(filled, '━', to-from-1)
		s.restMark(p, st, filled, true)
	}
	p.Fill(track, '─', width-1-to)
}

// restMark draws the place where nothing changes, if it is inside of the track.
func (s Scale) restMark(p *ui.Pen, st *ui.Styles, filled ui.Ink, on bool) {
	switch {
	case !on:
	case s.Rest > s.Low && s.Rest < s.High:
		p.Fill(st.Muted, '┼', 1)
	default:
		p.Fill(filled, '━', 1)
	}
}
