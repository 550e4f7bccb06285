package ui

import "math"

type indexed []seenAs

// seenAs is a colour, and how it looks.
type seenAs struct {
	rgb3
	looks [3]float64
}

// newIndexed returns the colours 16 to 255 of a terminal with 256 colours, which all
// terminals draw alike: a cube of six steps each way, then greys. The first
// sixteen are whatever a person has made of them.
func newIndexed() indexed {
	steps := [6]int{0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff}
	all := make(indexed, 0, 240)
	add := func(r, g, b int) {
		c := fromBytes(r, g, b)
		all = append(all, seenAs{c, c.lab()})
	}
	for _, r := range steps {
		for _, g := range steps {
			for _, b := range steps {
				add(r, g, b)
			}
		}
	}
	for grey := 8; grey <= 238; grey += 10 {
		add(grey, grey, grey)
	}
	return all
}

// nearest returns the indexed colour that looks most like c among those that ok
// takes; c itself if it takes none. Converters that terminals and libraries
// bring compare in a space in which a dark grey with a breath of blue is nearest
// to navy.
func (all indexed) nearest(c string, ok func(seenAs) bool) string {
	want, best, least := parse(c).lab(), -1, math.Inf(1)
	for i, x := range all {
		if d := far(x.looks, want); d < least && ok(x) {
			best, least = i, d
		}
	}
	if best < 0 {
		return c
	}
	return all[best].hex()
}

// far is how different two looks are: 0.02 is just noticed.
func far(a, b [3]float64) float64 {
	x, y, z := a[0]-b[0], a[1]-b[1], a[2]-b[2]
	return math.Sqrt(x*x + y*y + z*z)
}

// few is the palette in indexed colours: each the one that looks most like it
// and keeps the least contrast.
func (p palette) few() palette {
	if p.paper == "" {
		return p
	}
	all := newIndexed()
	anything := func(seenAs) bool { return true }
	text := parse(p.text)
	p.selected = all.nearest(p.selected, func(x seenAs) bool { return contrast(text, x.rgb3) >= p.least*1.4 })
	p.indexed = true
	backs := []rgb3{parse(p.paper), parse(p.selected)}
	for _, paper := range p.papers() {
		backs = append(backs, parse(paper))
	}
	on := func(least float64) func(seenAs) bool {
		return func(x seenAs) bool {
			for _, back := range backs {
				if contrast(x.rgb3, back) < least {
					return false
				}
			}
			return true
		}
	}
	for _, c := range []*string{&p.text, &p.muted, &p.accent, &p.good, &p.warn, &p.bad} {
		*c = all.nearest(*c, on(p.least))
	}
	p.faint = all.nearest(p.faint, anything)
	if p.fewSeries[0] != "" {
		copy(p.series[:], p.fewSeries[:])
		p.other, p.fees = p.fewSeries[HueOther], p.fewSeries[HueFees]
		return p
	}
	p.other, p.fees = all.nearest(p.other, on(visible)), all.nearest(p.fees, on(visible))
	taken := [][3]float64{parse(p.other).lab(), parse(p.fees).lab()}
	for i := range p.series {
		p.series[i] = all.nearest(p.series[i], func(x seenAs) bool {
			for _, t := range taken {
				if far(x.looks, t) < 0.08 {
					return false
				}
			}
			return on(visible)(x)
		})
		taken = append(taken, parse(p.series[i]).lab())
	}
	return p
}

// papers are the backgrounds that people have, where a theme does not bring its own.
func (p *palette) papers() []string {
	if p.least == plain {
		return nil
	}
	if luminance(parse(p.paper)) > 0.5 {
		return []string{"#ffffff", "#fafaf7"}
	}
	return []string{"#000000", "#16161e", "#1e1e1e"}
}

// leastStep is how much lightness is between two shades of a ramp, so that they
// rise for whoever sees fewer colours, too.
const leastStep = 0.09

// sameHue reports whether a colour is grey or has about the hue of another: least
// of all is it redder, as a blue is violet sooner than green.
func sameHue(c, of rgb3) bool {
	x, y := c.lab(), of.lab()
	x[0], y[0] = 0, 0
	long, own := far(x, [3]float64{}), far(y, [3]float64{})
	return long < 0.02 || x[1]*y[1]+x[2]*y[2] > 0.93*long*own && x[1]/long < y[1]/own+0.2
}

// few is the derived colours in indexed ones.
func (r ramps) few(p *palette) ramps {
	all := newIndexed()
	text, paper, selected, accent := parse(p.text), parse(p.paper), parse(p.selected), parse(p.accent)
	under := func(x seenAs) bool { return contrast(text, x.rgb3) >= p.least }
	shown := func(x seenAs) bool {
		return contrast(x.rgb3, paper) >= visible && contrast(x.rgb3, selected) >= visible
	}
	light := paper.lab()[0]
	was := light
	for i := range r.heat {
		r.heat[i] = all.nearest(r.heat[i], under)
		r.calendar[i] = all.nearest(r.calendar[i], func(x seenAs) bool { // a step further from the paper
			return math.Abs(x.looks[0]-light) >= math.Abs(was-light)+leastStep && sameHue(x.rgb3, accent)
		})
		was = parse(r.calendar[i]).lab()[0]
	}
	for i := range r.tokens {
		r.tokens[i] = all.nearest(r.tokens[i], under)
	}
	for i := range r.series {
		r.series[i] = all.nearest(r.series[i], shown)
	}
	return r
}
