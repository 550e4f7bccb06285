package budgets

import (
	"image"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// mouseReplay sets a slider where the mouse is pressed or drawn, and goes through
// periods.
func (p *Page) mouseReplay(msg tea.MouseMsg, at image.Point) tea.Cmd {
	pl, r := p.planReplay(), p.replay
	m := msg.Mouse()
	_, wheel := msg.(tea.MouseWheelMsg)
	_, released := msg.(tea.MouseReleaseMsg)
	if _, click := msg.(tea.MouseClickMsg); click && at.Y == pl.head.Min.Y && ui.CrumbAt(title, at.X-pl.head.Min.X) {
		p.closeReplay()
		return nil
	}
	if !at.In(pl.sliders) || released || !wheel && m.Button != tea.MouseLeft {
		return nil
	}
	c := control(at.Y - pl.sliders.Min.Y)
	if wheel {
		r.at = c
		if m.Button == tea.MouseWheelUp {
			return p.slide(1, false)
		}
		return p.slide(-1, false)
	}
	if _, moved := msg.(tea.MouseMotionMsg); moved && c != r.at {
		return nil // drawn from one slider over another
	}
	r.at = c
	x := at.X - pl.sliders.Min.X - pl.sliderLeft
	switch {
	case c == controlPeriod:
		if _, pressed := msg.(tea.MouseClickMsg); !pressed {
			return nil
		}
		if x >= 0 && x < 2 {
			return p.shiftPeriod(-1)
		}
		if x > 2 {
			return p.shiftPeriod(1)
		}
	case !r.ready() || x < 0 || x >= pl.sliderWidth:
	case c == controlLimit:
		r.setPlace(r.scale.At(x, pl.sliderWidth))
	case c == controlDelay:
		r.delay = time.Duration(delayScale().At(x, pl.sliderWidth)) * time.Second
		r.ask()
	}
	return nil
}
