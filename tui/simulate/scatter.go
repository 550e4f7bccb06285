package simulate

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"tokpit/tui/ui"
)

// dot is one model of a scatter.
type dot struct {
	x, y  float64 // x is money, above zero
	label string
	best  bool // no other dot is both cheaper and better
	now   bool // it is what is used now
	mark  bool // it is what the cursor is on
}

// scatter draws dots on an axis of money, on which every doubling has the same
// room, and a plain one. A line leads along the dots that nothing beats.
type scatter struct {
	dots      []dot
	low       bool // a lower y is better
	moneyText func(float64) string
	yText     func(float64) string
}

// cell is one character of a drawing.
type cell struct {
	r   rune
	ink ui.Ink
}

// frame is where the dots lie.
type frame struct {
	width, height int // of the plot
	left          int // columns of labels before it
	x0, x1        float64
	y0, y1        float64
	step          float64 // between the lines of the y axis
}

const scatterAxis = 2 // lines beneath the plot

func (s *scatter) frame(width, height int) frame {
	f := frame{height: height - scatterAxis, x0: math.Inf(1), x1: math.Inf(-1), y0: math.Inf(1), y1: math.Inf(-1)}
	for _, d := range s.dots {
		f.x0, f.x1 = min(f.x0, math.Log(d.x)), max(f.x1, math.Log(d.x))
		f.y0, f.y1 = min(f.y0, d.y), max(f.y1, d.y)
	}
	if pad := math.Log(4) - (f.x1 - f.x0); pad > 0 { // dots close together
		f.x0, f.x1 = f.x0-pad/2, f.x1+pad/2
	}
	f.step = niceStep((f.y1 - f.y0) / float64(max(2, min(6, f.height/3))))
	f.y0, f.y1 = math.Floor(f.y0/f.step)*f.step, math.Ceil(f.y1/f.step+1e-9)*f.step
	if f.y1 <= f.y0 {
		f.y1 = f.y0 + f.step
	}
	for v := f.y0; v <= f.y1+f.step/2; v += f.step {
		f.left = max(f.left, ui.Width(s.yText(v)))
	}
	f.left += 2
	f.width = width - f.left
	return f
}

// niceStep is a 1, 2 or 5 times a power of ten that is not below v.
func niceStep(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 1) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v-1e-12 {
			return m * power
		}
	}
	return 10 * power
}

func (f *frame) column(x float64) int {
	return clampInt(int(math.Round((math.Log(x)-f.x0)/(f.x1-f.x0)*float64(f.width-1))), f.width)
}

func (f *frame) row(y float64) int {
	return clampInt(int(math.Round((f.y1-y)/(f.y1-f.y0)*float64(f.height-1))), f.height)
}

// at is the dot nearest to a point of the drawing, -1 if none is near.
func (s *scatter) at(width, height, x, y int) int {
	if width < leastScatterWidth || height < leastScatterHeight || len(s.dots) == 0 {
		return -1
	}
	f := s.frame(width, height)
	nearest, least := -1, nearDot+1
	for i, d := range s.dots {
		// A line is as high as two columns are wide.
		dx, dy := f.left+f.column(d.x)-x, 2*(f.row(d.y)-y)
		if far := dx*dx + dy*dy; far < least {
			nearest, least = i, far
		}
	}
	return nearest
}

// nearDot is how far from a dot, squared and in columns, it is still meant.
const nearDot = 64

func clampInt(v, n int) int { return max(0, min(v, n-1)) }

// leastScatter is the least room that a scatter makes sense in.
const leastScatterWidth, leastScatterHeight = 30, 6

// draw returns exactly height lines of a width.
func (s *scatter) draw(st *ui.Styles, width, height int) []string {
	pen := ui.NewPen(width, height)
	if width < leastScatterWidth || height < leastScatterHeight || len(s.dots) == 0 {
		return pen.Lines(height)
	}
	f := s.frame(width, height)
	canvas := make([][]cell, f.height)
	for y := range canvas {
		canvas[y] = make([]cell, f.width)
	}
	s.line(canvas, &f, st)
	s.place(canvas, &f, st)
	ticks := make(map[int]float64)
	for v := f.y0; v <= f.y1+f.step/2; v += f.step {
		ticks[f.row(v)] = v
	}
	for y, line := range canvas {
		if v, ok := ticks[y]; ok {
			pen.Right(st.Muted, s.yText(v), f.left-2)
			pen.Text(st.Faint, " ┤")
		} else {
			pen.Space(f.left - 1)
			pen.Text(st.Faint, "│")
		}
		for _, c := range line {
			if c.r == 0 {
				pen.Space(1)
			} else {
				pen.Fill(c.ink, c.r, 1)
			}
		}
		pen.End()
	}
	s.base(pen, &f, st)
	return pen.Lines(height)
}

// line leads along the dots that nothing beats, in steps: between two of them
// the dearer one buys nothing yet.
func (s *scatter) line(canvas [][]cell, f *frame, st *ui.Styles) {
	var best []dot
	for _, d := range s.dots {
		if d.best {
			best = append(best, d)
		}
	}
	slices.SortFunc(best, func(a, b dot) int { return cmp.Compare(a.x, b.x) })
	put := func(x, y int, r rune) {
		if y >= 0 && y < len(canvas) && x >= 0 && x < f.width {
			canvas[y][x] = cell{r, st.Faint}
		}
	}
	for i := 1; i < len(best); i++ {
		x0, y0, x1, y1 := f.column(best[i-1].x), f.row(best[i-1].y), f.column(best[i].x), f.row(best[i].y)
		for x := x0; x < x1; x++ {
			put(x, y0, '╌')
		}
		for y := min(y0, y1); y <= max(y0, y1); y++ {
			put(x1, y, '┊')
		}
	}
}

// place draws the dots and, where there is room, what they are. Those that
// matter most are drawn last and named first.
func (s *scatter) place(canvas [][]cell, f *frame, st *ui.Styles) {
	rank := func(d *dot) int {
		switch {
		case d.mark:
			return 3
		case d.now:
			return 2
		case d.best:
			return 1
		}
		return 0
	}
	order := make([]*dot, len(s.dots))
	for i := range s.dots {
		order[i] = &s.dots[i]
	}
	slices.SortStableFunc(order, func(a, b *dot) int { return cmp.Compare(rank(a), rank(b)) })
	taken := make([][]bool, len(canvas))
	for y := range taken {
		taken[y] = make([]bool, f.width)
	}
	for _, d := range order {
		x, y := f.column(d.x), f.row(d.y)
		c := cell{'○', st.Muted}
		if d.best {
			c = cell{'●', st.Good}
		}
		if d.now {
			c = cell{'◆', st.Text}
		}
		if d.mark {
			c.ink = st.AccentBold
		}
		canvas[y][x], taken[y][x] = c, true
	}
	for i := len(order) - 1; i >= 0; i-- {
		d := order[i]
		ink := st.Muted
		switch {
		case d.mark:
			ink = st.AccentBold
		case d.now, d.best:
			ink = st.Text
		}
		name(canvas, taken, f.column(d.x), f.row(d.y), d.label, ink)
	}
}

// name writes a label beside a dot, to its right or its left, if nothing is there.
func name(canvas [][]cell, taken [][]bool, x, y int, label string, ink ui.Ink) {
	letters := []rune(ui.Cut(label, 26))
	if ui.Width(string(letters)) != len(letters) {
		return // wide characters do not lie on a canvas of single ones
	}
	for _, from := range []int{x + 2, x - 1 - len(letters)} {
		if from < 0 || from+len(letters) > len(taken[y]) || slices.Contains(taken[y][max(from-1, 0):from+len(letters)], true) && from != x+2 {
			continue
		}
		if slices.Contains(taken[y][from:from+len(letters)], true) {
			continue
		}
		for i, r := range letters {
			canvas[y][from+i], taken[y][from+i] = cell{r, ink}, true
		}
		return
	}
}

// base draws the axis of money.
func (s *scatter) base(pen *ui.Pen, f *frame, st *ui.Styles) {
	pen.Space(f.left - 1)
	pen.Text(st.Faint, "┼")
	pen.Fill(st.Faint, '─', f.width)
	pen.End()
	at, line := 0, f.width
	pen.Space(f.left)
	for i := range 5 {
		x := i * (line - 1) / 4
		text := s.moneyText(math.Exp(f.x0 + (f.x1-f.x0)*float64(x)/float64(max(1, f.width-1))))
		from := max(0, min(x-ui.Width(text)/2, line-ui.Width(text)))
		if from < at+2 && at > 0 {
			continue
		}
		pen.Space(from - at)
		pen.Text(st.Muted, text)
		at = from + ui.Width(text)
	}
	pen.End()
}

// plainNumber writes a tick without needless decimals.
func plainNumber(v float64) string { return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64) }
