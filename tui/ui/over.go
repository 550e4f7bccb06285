package ui

// Over returns the inks of lines that lie over an area of a series: in the colour
// of the paper, and as a warning.
func (s *Styles) Over(hue int) (line, bad Ink) {
	if s.Theme.Mono {
		return s.Text, s.Bad
	}
	p, behind := s.Theme.palette(), s.ramps.series[hue%seriesInks]
	return newInk(p.paper, behind, 0), newInk(p.bad, behind, 0)
}
