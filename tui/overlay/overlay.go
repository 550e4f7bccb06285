// Package overlay draws boxes over a page: help, the command palette and
// details. They lie in a [Stack]; the topmost takes all keys until it closes.
//
// A page opens one by returning a command that sends [Open].
package overlay

import (
	"image"
	"strings"

	"charm.land/bubbles/v2/help"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/layout"
	"tokpit/tui/ui"
)

// Modal is the inside of a box.
type Modal interface {
	help.KeyMap

	Title() string
	// Update handles a message; mouse positions are relative to the inside.
	// The modal is closed if done is true.
	Update(tea.Msg) (cmd tea.Cmd, done bool)
	// Size returns how much room the modal wants, given the most there is.
	Size(maxWidth, maxHeight int) (width, height int)
	// Lines draws exactly height lines of the given width.
	Lines(st *ui.Styles, width, height int) []string
	// CapturesText is as for a page.
	CapturesText() bool
}

// Aside is a [Modal] about the page behind it: it lies at the foot of the screen,
// and the page keeps its colours.
type Aside interface {
	Modal
	Aside() bool
}

// Open asks the root model to open a modal.
type Open struct{ Modal Modal }

// Stack is the open modals, the topmost last.
type Stack struct {
	modals []Modal
	behind backdrop
}

// backdrop is the page behind a box, drawn without colour. It is kept as long
// as page and box stay where they are, because taking a page's colours off
// costs more than drawing the box.
type backdrop struct {
	page        string
	box         image.Rectangle
	left, right []string // what is seen of each line beside the box
}

// frame is what the box needs around its inside.
const frameX, frameY = 4, 2

// Push opens a modal on top of the others.
func (s *Stack) Push(m Modal) { s.modals = append(s.modals, m) }

// Pop closes the topmost.
func (s *Stack) Pop() {
	if n := len(s.modals); n > 0 {
		s.modals[n-1] = nil
		s.modals = s.modals[:n-1]
	}
}

// Top returns the topmost modal; ok is false if none is open.
func (s *Stack) Top() (m Modal, ok bool) {
	if len(s.modals) == 0 {
		return nil, false
	}
	return s.modals[len(s.modals)-1], true
}

// Update gives the message to the topmost modal, with mouse positions made
// relative to its inside. area is where boxes are centred.
func (s *Stack) Update(msg tea.Msg, area image.Rectangle) tea.Cmd {
	m, ok := s.Top()
	if !ok {
		return nil
	}
	box := place(m, area)
	inside := box.Min.Add(image.Pt(frameX/2, frameY/2))
	if click, isClick := msg.(tea.MouseClickMsg); isClick && !image.Pt(click.X, click.Y).In(box) {
		s.Pop() // a click beside the box closes it
		return nil
	}
	if click, isClick := msg.(tea.MouseClickMsg); isClick && click.Y == box.Max.Y-1 {
		if press, ok := keyAt(m, box.Dx(), click.X-box.Min.X); ok {
			msg = press // which has no place to be shifted
		}
	}
	cmd, done := m.Update(ui.Shift(msg, inside))
	if done {
		s.remove(m)
	}
	return cmd
}

// keyAt is the press of the key at a column of the lower edge of a box.
func keyAt(m Modal, width, x int) (tea.KeyPressMsg, bool) {
	spots := keySpots(m.ShortHelp(), max(0, width-8))
	if len(spots) == 0 {
		return tea.KeyPressMsg{}, false
	}
	from := 2 + max(0, width-2-spots[len(spots)-1].to-3)
	for _, s := range spots {
		if x >= from+s.from && x < from+s.to {
			return Press(s.binding)
		}
	}
	return tea.KeyPressMsg{}, false
}

// remove takes m out, wherever it is now.
func (s *Stack) remove(m Modal) {
	for i := len(s.modals) - 1; i >= 0; i-- {
		if s.modals[i] == m {
			s.modals = append(s.modals[:i], s.modals[i+1:]...)
			return
		}
	}
}

// place centres a modal's box.
func place(m Modal, area image.Rectangle) image.Rectangle {
	w, h := m.Size(max(0, area.Dx()-frameX-2), max(0, area.Dy()-frameY))
	if a, ok := m.(Aside); ok && a.Aside() {
		_, foot := layout.Split(area, max(0, area.Dy()-1-min(h+frameY, area.Dy()/2)))
		foot.Max.Y = max(foot.Min.Y, area.Max.Y-1) // the keys stay in sight
		return foot
	}
	return layout.Center(area, w+frameX, h+frameY)
}

// Draw lays the topmost modal over a page of the given size.
func (s *Stack) Draw(st *ui.Styles, page string, width, height int) string {
	m, ok := s.Top()
	if !ok {
		return page
	}
	box := place(m, image.Rect(0, 0, width, height))
	if a, ok := m.(Aside); ok && a.Aside() {
		lines := strings.Split(page, "\n")
		copy(lines[min(box.Min.Y, len(lines)):], draw(st, m, box.Dx(), box.Dy()))
		return strings.Join(lines, "\n")
	}
	if page != s.behind.page || box != s.behind.box || len(s.behind.left) != height {
		s.behind = newBackdrop(page, box, width, height)
	}
	rows := draw(st, m, box.Dx(), box.Dy())
	var b strings.Builder
	b.Grow(len(page) + 4096)
	for y := range height {
		if y > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(st.Faint.String(s.behind.left[y]))
		if y >= box.Min.Y && y < box.Max.Y {
			b.WriteString(rows[y-box.Min.Y])
			b.WriteString(st.Faint.String(s.behind.right[y]))
		}
	}
	return b.String()
}

func newBackdrop(page string, box image.Rectangle, width, height int) backdrop {
	b := backdrop{page: page, box: box, left: make([]string, height), right: make([]string, height)}
	lines := strings.Split(ansi.Strip(page), "\n")
	for y := range min(height, len(lines)) {
		if y < box.Min.Y || y >= box.Max.Y {
			b.left[y] = lines[y]
			continue
		}
		b.left[y], b.right[y] = columns(lines[y], 0, box.Min.X), columns(lines[y], box.Max.X, width)
	}
	return b
}

// columns returns the columns from up to until of a plain line, exactly so many:
// a wide character that an edge cuts becomes spaces.
func columns(line string, from, until int) string {
	var b strings.Builder
	at, drawn := 0, from
	for line != "" && at < until {
		cluster, w := ansi.FirstGraphemeCluster(line, ansi.GraphemeWidth)
		line = line[len(cluster):]
		if at >= from && at+w <= until {
			for ; drawn < at; drawn++ {
				b.WriteByte(' ')
			}
			b.WriteString(cluster)
			drawn += w
		}
		at += w
	}
	for ; drawn < until; drawn++ {
		b.WriteByte(' ')
	}
	return b.String()
}

// draw frames a modal.
func draw(st *ui.Styles, m Modal, width, height int) []string {
	p := ui.NewPen(width, height)
	in := max(0, width-frameX)
	title := ui.Cut(ui.Text(m.Title()), max(0, width-6))
	p.Text(st.Accent, "╭─ ")
	p.Text(st.AccentBold, title)
	p.Space(1)
	p.Fill(st.Accent, '─', p.Room()-1)
	p.Text(st.Accent, "╮")
	p.End()
	lines := m.Lines(st, in, max(0, height-frameY))
	body := p.Lines(1)
	left, right := st.Accent.String("│")+" ", " "+st.Accent.String("│")
	for _, l := range lines {
		body = append(body, left+l+right)
	}
	foot := ui.NewPen(width, 1)
	foot.Text(st.Accent, "╰")
	keys := KeyLine(m.ShortHelp(), max(0, width-8))
	foot.Fill(st.Accent, '─', max(0, width-2-ui.Width(keys)-3))
	foot.Space(1)
	foot.Text(st.Muted, keys)
	foot.Space(1)
	foot.Fill(st.Accent, '─', foot.Room()-1)
	foot.Text(st.Accent, "╯")
	foot.End()
	body = append(body, foot.Lines(1)...)
	return body[:min(len(body), max(height, 0))]
}
