package simulate

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/scenario"
	"tokpit/tui/ui"
)

// seek opens a saved scenario. Levers that are kept nowhere yet are asked about
// first.
func (p *Page) seek(msg ui.Seek) tea.Cmd {
	return p.withSaved(func(p *Page, all []scenario.Saved) tea.Cmd {
		i := slices.IndexFunc(all, func(s scenario.Saved) bool { return s.Name == msg.Name })
		switch {
		case i < 0:
			return notice("There is no scenario " + ui.Text(msg.Name) + " any more")
		case p.dirty():
			return p.chooseAct(all[i])
		}
		return p.load(all[i])
	})
}

// undoable tells that something can be taken back.
func undoable(what string, back func(p *Page) tea.Cmd) tea.Cmd {
	return ui.Send(ui.Undoable{Page: title, What: what, Undo: ui.Send(settle(back))})
}

// bringBack saves a scenario that was forgotten again, unless its name is taken
// by now.
func (p *Page) bringBack(s scenario.Saved) tea.Cmd {
	return p.withSaved(func(p *Page, all []scenario.Saved) tea.Cmd {
		if slices.ContainsFunc(all, func(o scenario.Saved) bool { return o.Name == s.Name }) {
			return notice("! cannot be taken back any more: another scenario is called " + ui.Text(s.Name))
		}
		actions, ctx, snap := p.opts.Actions, p.opts.Context, p.snap
		return func() tea.Msg {
			err := actions.Save(ctx, snap, s)
			return settle(func(*Page) tea.Cmd {
				if err != nil {
					return trouble("not taken back: ", err)
				}
				return notice(ui.Text(s.Name) + " is saved again")
			})
		}
	})
}

// again returns the draft that is dropped now, so that it can come back.
func (p *Page) again() tea.Cmd {
	if len(p.levers) == 0 {
		return nil
	}
	was := p.draft
	was.levers = slices.Clone(was.levers)
	return undoable("the levers were dropped", func(p *Page) tea.Cmd {
		p.draft = was
		p.cursor, p.onLevers = 0, true
		p.fill()
		return tea.Batch(p.prepare(), p.tellUnsaved())
	})
}
