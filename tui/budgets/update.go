package budgets

import (
	"image"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Update implements ui.Page.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if p.snap == nil {
		return nil
	}
	defer p.redraw()
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch {
		case p.form != nil:
			return p.pressForm(msg)
		case p.replay != nil:
			return p.pressReplay(msg)
		}
		return p.press(msg)
	case tea.PasteMsg:
		if p.form != nil {
			return p.pasteForm(msg.Content)
		}
	case tea.MouseMsg:
		return p.mouse(msg)
	case ui.Seek:
		return p.seek(msg)
	}
	return p.answer(msg)
}

func (p *Page) press(msg tea.KeyPressMsg) tea.Cmd {
	switch k := &p.keys; {
	case key.Matches(msg, k.Up):
		p.choose(p.cursor - 1)
	case key.Matches(msg, k.Down):
		p.choose(p.cursor + 1)
	case key.Matches(msg, k.Top):
		p.choose(0)
	case key.Matches(msg, k.Bottom):
		p.choose(len(p.items) - 1)
	case key.Matches(msg, k.Earlier):
		p.walk(-1)
	case key.Matches(msg, k.Later):
		p.walk(1)
	case key.Matches(msg, k.Clear):
		if p.day.IsZero() {
			p.marked = nil
		}
		p.day = time.Time{}
	case key.Matches(msg, k.Mark):
		p.mark()
	case key.Matches(msg, k.ScrollUp):
		p.scroll -= max(1, p.plan.detail.Dy()-2)
	case key.Matches(msg, k.ScrollDown):
		p.scroll += max(1, p.plan.detail.Dy()-2)
	case key.Matches(msg, k.Detail):
		return p.details()
	default:
		return p.act(msg)
	}
	return nil
}

// act handles the keys that change something.
func (p *Page) act(msg tea.KeyPressMsg) tea.Cmd {
	switch k := &p.keys; {
	case key.Matches(msg, k.Add):
		return p.add()
	case key.Matches(msg, k.Edit):
		return p.edit()
	case key.Matches(msg, k.Remove):
		return p.remove()
	case key.Matches(msg, k.Seen):
		return p.markSeen()
	case key.Matches(msg, k.Snooze):
		return p.askSnooze()
	case key.Matches(msg, k.Retry):
		return p.retry()
	case key.Matches(msg, k.Replay):
		return p.openReplay()
	}
	return nil
}

// choose puts the cursor on a budget.
func (p *Page) choose(i int) {
	i = max(0, min(i, len(p.items)-1))
	if i != p.cursor {
		p.cursor, p.scroll, p.day = i, 0, time.Time{}
	}
	p.clamp()
}

// mouse handles clicks, the wheel, and the pointer over the chart.
func (p *Page) mouse(msg tea.MouseMsg) tea.Cmd {
	m := msg.Mouse()
	at := image.Pt(m.X, m.Y)
	switch {
	case p.form != nil:
		if click, ok := msg.(tea.MouseClickMsg); ok && click.Button == tea.MouseLeft {
			return p.clickForm(at)
		}
		return nil
	case p.replay != nil:
		return p.mouseReplay(msg, at)
	case len(p.items) == 0:
		return nil
	}
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			return p.click(at)
		}
	case tea.MouseWheelMsg:
		by := 1
		if msg.Button == tea.MouseWheelUp {
			by = -1
		}
		if at.In(p.plan.detail) {
			p.scroll += 3 * by
		} else if at.In(p.plan.list) || at.In(p.plan.hero) {
			p.choose(p.cursor + by)
		}
	case tea.MouseMotionMsg:
		p.follow(at)
	}
	return nil
}

// click chooses a budget; a second click opens its details. On the chart it
// chooses a day.
func (p *Page) click(at image.Point) tea.Cmd {
	switch {
	case at.In(p.plan.list) && at.Y > p.plan.list.Min.Y:
		i := p.offset + at.Y - p.plan.list.Min.Y - listFrame
		if i >= len(p.items) {
			return nil
		}
		if i == p.cursor {
			return p.details()
		}
		p.choose(i)
	case at.In(p.plan.detail), at.In(p.plan.hero):
		return p.details()
	case at.In(p.plan.burn):
		p.follow(at)
		p.hover = false
	}
	return nil
}

// follow shows the day under the mouse, until it leaves the chart.
func (p *Page) follow(at image.Point) {
	it := p.selected()
	if it == nil || it.Err != nil {
		return
	}
	if at.In(p.plan.burn) && at.Y > p.plan.burn.Min.Y {
		c := p.burnChart(it)
		if t, ok := c.Frame(p.plan.burn.Dx(), p.plan.burn.Dy()-1).At(at.X - p.plan.burn.Min.X); ok {
			p.day, p.hover = t, true
			return
		}
	}
	if p.hover {
		p.day, p.hover = time.Time{}, false
	}
}

// spinEvery is how often the sign of life moves.
const spinEvery = 120 * time.Millisecond

// spun moves the sign of life.
type spun struct{}

// reply wraps a message such that it comes back to this page.
func reply(msg tea.Msg) tea.Msg { return ui.To{Page: title, Msg: msg} }

// waiting reports whether something is under way.
func (p *Page) waiting() bool {
	return p.busy > 0 || p.form != nil && p.form.loading || p.replay != nil && p.replay.loading
}

func (p *Page) spin() tea.Cmd {
	if p.spinning || !p.waiting() {
		return nil
	}
	p.spinning = true
	return tea.Tick(spinEvery, func(time.Time) tea.Msg { return reply(spun{}) })
}

func (p *Page) spinner() string {
	frames := []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	return frames[p.turn%len(frames)]
}
