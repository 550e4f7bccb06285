package ui

import "testing"

// Shades of a calendar rise in lightness away from the paper, by steps that are
// seen, also in 256 colours and without receptors for a colour; hues stay close.
func TestRampsRise(t *testing.T) {
	for _, theme := range inBothDepths() {
		if theme.Mono {
			continue
		}
		p := theme.palette()
		r := newRamps(&p)
		for kind, by := range blind {
			was := seen(by, parse(p.paper)).lab()[0]
			up := was < 0.5
			for i, shade := range r.calendar {
				l := seen(by, parse(shade)).lab()[0]
				if step := l - was; up && step < 0.04 || !up && step > -0.025 {
					t.Errorf("%s, indexed %v, with %s: shade %d (%s) has lightness %.2f, the one before %.2f", theme.Name(), theme.Indexed, kind, i, shade, l, was)
				}
				was = l
			}
		}
		for i, shade := range r.calendar {
			if !sameHue(parse(shade), parse(p.accent)) {
				t.Errorf("%s, indexed %v: shade %d (%s) is of another hue than %s", theme.Name(), theme.Indexed, i, shade, p.accent)
			}
		}
		if got := contrast(parse(r.calendar[0]), parse(p.paper)); got < 1.25 {
			t.Errorf("%s, indexed %v: the least shade %s has contrast %.2f", theme.Name(), theme.Indexed, r.calendar[0], got)
		}
	}
}
