package simulate

import (
	"image"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/scenario"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// Update implements ui.Page.
func (p *Page) Update(msg tea.Msg) tea.Cmd {
	if m, ok := msg.(tea.MouseMotionMsg); ok && !p.drag.on {
		p.hoverAt(image.Pt(m.X, m.Y))
		return nil // nothing else follows a mouse that holds nothing
	}
	defer p.redraw()
	switch msg := msg.(type) {
	case ui.Shown:
		if p.work.stale || p.base == nil && !p.work.running {
			return p.prepare()
		}
		if p.joint.waits {
			return p.join()
		}
		return nil
	case prepared:
		return p.applyPrepared(msg)
	case ranked:
		return p.applyRanked(msg)
	case grouped:
		if msg.gen == p.work.gen {
			return p.pull()
		}
		return nil
	case charted:
		p.applyCharted(msg)
		return nil
	case compared:
		p.applyCompared(msg)
		return nil
	case settled:
		return msg.apply(p)
	case exported:
		if msg.err != nil {
			return trouble("nothing was exported: ", msg.err)
		}
		return notice("Exported to " + ui.Text(msg.path))
	case copied:
		return tea.Batch(tea.SetClipboard(msg.content), notice(msg.notice))
	}
	if p.snap == nil {
		return nil
	}
	switch msg := msg.(type) {
	case ui.Seek:
		return p.seek(msg)
	case tea.KeyPressMsg:
		return p.press(msg)
	case tea.MouseClickMsg:
		return p.click(msg)
	case tea.MouseMotionMsg:
		return p.dragged(msg)
	case tea.MouseReleaseMsg:
		p.drag.on = false
	case tea.MouseWheelMsg:
		return p.wheel(msg)
	}
	return nil
}

func (p *Page) press(msg tea.KeyPressMsg) tea.Cmd {
	switch k := &p.keys; {
	case key.Matches(msg, k.Focus):
		p.onLevers = !p.onLevers
		return nil
	case key.Matches(msg, k.Traffic):
		return p.show(trafficView)
	case key.Matches(msg, k.Leave):
		return p.show(p.before)
	case key.Matches(msg, k.Demo):
		return ui.Send(ui.OpenDemo{})
	case key.Matches(msg, k.Detail) && p.view > ideasView:
		return p.noteDetail()
	}
	if p.view == trafficView {
		return p.pressTraffic(msg)
	}
	if cmd, done := p.pressPage(msg); done {
		return cmd
	}
	if p.onLevers {
		return p.pressLever(msg)
	}
	return p.pressBelow(msg)
}

// pressPage handles the keys that mean the same wherever the focus is.
func (p *Page) pressPage(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k := &p.keys; {
	case key.Matches(msg, k.Add):
		return p.addLever(), true
	case key.Matches(msg, k.Clear):
		return p.clear(), true
	case key.Matches(msg, k.Window):
		p.keepWindow = !p.keepWindow
		p.fillIdeas()
		p.selectBest()
		return p.join(), true
	case key.Matches(msg, k.Unfold):
		p.flat = !p.flat
		p.fillIdeas()
		p.selectBest()
		return nil, true
	case key.Matches(msg, k.Models):
		return p.show(modelsView), true
	case key.Matches(msg, k.Ideas):
		return p.show(ideasView), true
	case key.Matches(msg, k.Frontier):
		return p.show(frontierView), true
	case key.Matches(msg, k.Compare):
		return p.chooseCompared(), true
	case key.Matches(msg, k.Save):
		return p.save(), true
	case key.Matches(msg, k.SaveAs):
		return p.saveAs(), true
	case key.Matches(msg, k.Load):
		return p.chooseSaved(), true
	case key.Matches(msg, k.Check):
		return p.check(), true
	case key.Matches(msg, k.Export):
		return p.chooseExport(), true
	}
	return nil, false
}

// pressLever handles the keys of the list of levers.
func (p *Page) pressLever(msg tea.KeyPressMsg) tea.Cmd {
	k := &p.keys
	if len(p.levers) == 0 {
		return nil
	}
	l := &p.levers[p.cursor]
	switch {
	case key.Matches(msg, k.Less):
		return p.slide(-1, false)
	case key.Matches(msg, k.More):
		return p.slide(1, false)
	case key.Matches(msg, k.MuchLess):
		return p.slide(-1, true)
	case key.Matches(msg, k.MuchMore):
		return p.slide(1, true)
	case key.Matches(msg, k.Table.Up):
		p.cursor = max(0, p.cursor-1)
	case key.Matches(msg, k.Table.Down):
		if p.cursor++; p.cursor >= len(p.levers) { // on to what is below
			p.cursor = len(p.levers) - 1
			p.onLevers = false
		}
	case key.Matches(msg, k.Table.Top):
		p.cursor = 0
	case key.Matches(msg, k.Table.Bottom):
		p.cursor = len(p.levers) - 1
	case key.Matches(msg, k.Set):
		return p.typeValue()
	case key.Matches(msg, k.Detail):
		return p.noteDetail()
	case key.Matches(msg, k.Off):
		l.off = !l.off
		return p.changed()
	case key.Matches(msg, k.Reset):
		return p.set(p.cursor, l.first)
	case key.Matches(msg, k.Remove):
		return p.remove(p.cursor)
	}
	return nil
}

// slide moves the slider under the cursor.
func (p *Page) slide(n int, coarse bool) tea.Cmd {
	l := p.levers[p.cursor].Lever
	scale, v := knob(&l, p.snap.AsOf)
	turn(&l, scale.Step(v, n, coarse), p.snap.AsOf)
	return p.set(p.cursor, l)
}

// set gives a lever another value. One that means nothing together with the
// others is not taken.
func (p *Page) set(i int, to scenario.Lever) tea.Cmd {
	was := p.levers[i]
	p.levers[i].Lever = to
	if was.off {
		p.levers[i].off = false
	}
	if err := p.check1(); err != nil {
		p.levers[i] = was
		return trouble("", err)
	}
	return p.changed()
}

// check1 reports what is wrong with the levers, each by itself and together.
func (p *Page) check1() error { return scenario.Check(p.on()) }

func (p *Page) remove(i int) tea.Cmd {
	p.levers = append(p.levers[:i:i], p.levers[i+1:]...)
	p.cursor = max(0, min(p.cursor, len(p.levers)-1))
	if len(p.levers) == 0 {
		p.onLevers = false
		if p.view == modelsView {
			p.view = ideasView
		}
	}
	return p.changed()
}

// insert adds a lever at its place in the order in which levers apply.
func (p *Page) insert(l scenario.Lever) tea.Cmd {
	at, was := place(p.levers, l), p.levers
	p.levers = slices.Insert(slices.Clone(p.levers), at, lever{Lever: l, first: l})
	if p.crowded(l) {
		p.levers = was
		return p.chooseRoute(l)
	}
	if err := p.check1(); err != nil {
		p.levers = was
		return trouble("", err)
	}
	p.cursor, p.onLevers = at, true
	if p.view == ideasView {
		p.view = modelsView
	}
	return p.changed()
}

// pressBelow handles the keys of what stands beneath the levers.
func (p *Page) pressBelow(msg tea.KeyPressMsg) tea.Cmd {
	k := &p.keys
	switch p.view {
	case ideasView:
		switch {
		case key.Matches(msg, k.Use):
			return p.useIdea()
		case key.Matches(msg, k.Mark):
			return p.mark(p.ideas.Cursor())
		case key.Matches(msg, k.Unmark):
			return p.setMarks(nil)
		case key.Matches(msg, k.Detail):
			return p.ideaDetail()
		}
		return p.scroll(p.moveIdeas(msg), msg)
	case modelsView:
		if key.Matches(msg, k.Detail) {
			return p.modelDetail()
		}
		return p.scroll(p.models.Update(msg), msg)
	case frontierView:
		return p.chart.press(p, msg)
	case compareView:
		return p.beside.press(p, msg)
	}
	return nil
}

// scroll goes up into the levers from the first row.
func (p *Page) scroll(moved bool, msg tea.KeyPressMsg) tea.Cmd {
	if !moved && key.Matches(msg, p.keys.Table.Up) && len(p.levers) > 0 {
		p.onLevers = true
	}
	return nil
}

func (p *Page) useIdea() tea.Cmd {
	if len(p.marked()) > 0 {
		return p.takeMarked()
	}
	if s := p.list.at(p.ideas.Cursor()); s != nil {
		return p.insert(s.Lever)
	}
	return nil
}

// show changes what stands beneath the levers.
func (p *Page) show(v view) tea.Cmd {
	if p.view != v && (v == trafficView || v == compareView) && p.view != trafficView && p.view != compareView {
		p.before = p.view
	}
	if p.view = v; v == trafficView {
		p.crowd.begin(p)
		p.onLevers = true
		return nil
	}
	p.onLevers = p.onLevers && len(p.levers) > 0 && v == modelsView
	if v == frontierView {
		return p.chart.ask(p)
	}
	return nil
}

// click gives the focus to what was clicked, takes hold of a slider, and uses a
// row on the second click.
func (p *Page) click(msg tea.MouseClickMsg) tea.Cmd {
	at := image.Pt(msg.X, msg.Y)
	if msg.Button != tea.MouseLeft {
		return nil
	}
	if act := p.chips.At(at); act != nil {
		return act(p)
	}
	if p.view == trafficView {
		return p.clickTraffic(at, msg)
	}
	if i, track, ok := p.leverAt(at); ok {
		p.onLevers, p.cursor = true, i
		if at.In(track) {
			p.drag = drag{on: true, lever: i}
			return p.slideTo(at.X - track.Min.X)
		}
		return nil
	}
	if at.In(p.plan.more) {
		p.moveIdeas(ui.Shift(msg, p.plan.more.Min))
		return p.show(ideasView)
	}
	if !at.In(p.plan.below) {
		return nil
	}
	p.onLevers = false
	inside := ui.Shift(msg, p.plan.below.Min)
	switch p.view {
	case ideasView:
		was := p.ideas.Cursor()
		if m, ok := inside.(tea.MouseClickMsg); ok && m.Y > 0 && (table.Gutter(m.X) || m.Mod.Contains(tea.ModCtrl)) {
			return p.mark(p.ideas.First() + m.Y - 1)
		}
		if p.moveIdeas(inside) && was == p.ideas.Cursor() {
			return p.useIdea()
		}
	case modelsView:
		p.models.Update(inside)
	case frontierView:
		if i := p.dotAt(at); i >= 0 && i == p.chart.cursor {
			return p.useDot()
		} else if i >= 0 {
			p.chart.cursor = i
		}
	}
	return nil
}

// slideTo moves the slider that is held to a column of its track.
func (p *Page) slideTo(x int) tea.Cmd {
	row := leverRowOf(p.plan.levers.Dx())
	l := p.levers[p.drag.lever].Lever
	scale, _ := knob(&l, p.snap.AsOf)
	turn(&l, scale.At(x, row.track), p.snap.AsOf)
	return p.set(p.drag.lever, l)
}

// dragged follows the mouse with the slider that it holds.
func (p *Page) dragged(msg tea.MouseMotionMsg) tea.Cmd {
	if msg.Button != tea.MouseLeft || p.drag.lever >= len(p.levers) && p.view != trafficView {
		p.drag.on = false
		return nil
	}
	if p.view == trafficView {
		return p.crowd.slideTo(p, msg.X)
	}
	return p.slideTo(msg.X - p.plan.levers.Min.X - leverRowOf(p.plan.levers.Dx()).trackAt())
}

func (p *Page) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	at := image.Pt(msg.X, msg.Y)
	if !at.In(p.plan.below) {
		return nil
	}
	switch p.view {
	case ideasView:
		p.moveIdeas(msg)
	case modelsView:
		p.models.Update(msg)
	case trafficView:
		p.crowd.table.Update(msg)
	}
	return nil
}
