package sources

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// removal is the box that asks what to do with the records of a source that is
// removed. Nothing is chosen for a person: keeping and purging are both said,
// and confirmed.
type removal struct {
	source    string
	connected bool
	records   int64
	confirm   bool // the choice is made and asked about once more
	purge     bool
	width     int // of the inside, as last drawn
	keys      removalKeys
	chosen    func(purge bool) tea.Cmd
}

type removalKeys struct{ Keep, Purge, Yes, Back key.Binding }

func newRemoval(it *item, chosen func(purge bool) tea.Cmd) *removal {
	r := &removal{source: ui.Text(it.Name), connected: it.state != off, records: it.Records, chosen: chosen, keys: removalKeys{
		Keep:  key.NewBinding(key.WithKeys("k"), key.WithHelp("k", "keep the records")),
		Purge: key.NewBinding(key.WithKeys("p"), key.WithHelp("p", "purge them")),
		Yes:   key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "do it")),
		Back:  key.NewBinding(key.WithKeys("esc", "n", "q"), key.WithHelp("esc", "cancel")),
	}}
	r.enable()
	return r
}

// enable switches the keys to what is asked now. There is nothing to keep of a
// source that is not connected any more but its records.
func (r *removal) enable() {
	r.keys.Keep.SetEnabled(!r.confirm && r.connected)
	r.keys.Purge.SetEnabled(!r.confirm)
	r.keys.Yes.SetEnabled(r.confirm)
}

// Title implements overlay.Modal.
func (r *removal) Title() string { return "Remove " + r.source }

// CapturesText implements overlay.Modal.
func (r *removal) CapturesText() bool { return false }

// ShortHelp implements overlay.Modal.
func (r *removal) ShortHelp() []key.Binding {
	return []key.Binding{r.keys.Keep, r.keys.Purge, r.keys.Yes, r.keys.Back}
}

// FullHelp implements overlay.Modal.
func (r *removal) FullHelp() [][]key.Binding { return [][]key.Binding{r.ShortHelp()} }

// Update implements overlay.Modal.
func (r *removal) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch {
		case key.Matches(msg, r.keys.Back):
			return nil, true
		case key.Matches(msg, r.keys.Keep):
			r.ask(false)
		case key.Matches(msg, r.keys.Purge):
			r.ask(true)
		case key.Matches(msg, r.keys.Yes):
			return r.chosen(r.purge), true
		}
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			return r.click(msg.Y)
		}
	}
	return nil, false
}

func (r *removal) ask(purge bool) {
	r.confirm, r.purge = true, purge
	r.enable()
}

// click chooses what is written on a line.
func (r *removal) click(y int) (tea.Cmd, bool) {
	pen := ui.NewPen(r.width, 1)
	marks := r.draw(entry.Write(pen, &ui.Styles{}))
	for _, b := range []struct {
		key  string
		from int
	}{{"y", marks.yes}, {"p", marks.purge}, {"k", marks.keep}} {
		if b.from >= 0 && y >= b.from && y < b.from+2 {
			return r.Update(tea.KeyPressMsg{Code: rune(b.key[0]), Text: b.key})
		}
	}
	return nil, false
}

const removalWidth = 64

// Size implements overlay.Modal.
func (r *removal) Size(maxWidth, maxHeight int) (width, height int) {
	w := min(maxWidth, removalWidth)
	pen := ui.NewPen(w, 1)
	r.draw(entry.Write(pen, &ui.Styles{}))
	return w, min(maxHeight, pen.Height())
}

// Lines implements overlay.Modal.
func (r *removal) Lines(st *ui.Styles, width, height int) []string {
	r.width = width
	pen := ui.NewPen(width, height)
	r.draw(entry.Write(pen, st))
	return pen.Lines(height)
}

// places are the lines that can be clicked on, -1 for one that is not there.
type places struct{ keep, purge, yes int }

func (r *removal) draw(w entry.Writer) places {
	at := places{-1, -1, -1}
	st := w.St
	count := ui.Count(r.records) + " records"
	option := func(key, text, about string) {
		w.Text(st.AccentBold, " "+key+"  ")
		w.Text(st.Strong, text)
		w.End()
		w.Para(st.Muted, "    ", about)
	}
	if r.confirm {
		if r.purge {
			w.Para(st.Bad, "! ", "Delete "+count+" of "+r.source+", with what was covered and all names it gave? They are gone from every figure, and cannot be brought back from here: only a new connection can read again what the provider still has.")
		} else {
			w.Para(st.Text, "", "Forget the connection "+r.source+" and keep its "+count+"?")
		}
		w.End()
		at.yes = w.Height()
		option("y", "yes, "+map[bool]string{true: "delete them", false: "keep them"}[r.purge], "esc changes nothing.")
		return at
	}
	if r.connected {
		w.Para(st.Text, "", "The connection and the reference to its key are forgotten. The key itself stays where it is. What about the "+count+"?")
		w.End()
		at.keep = w.Height()
		option("k", "keep them", "They stay in every figure; nothing new is read.")
	} else {
		w.Para(st.Text, "", "Nothing reads this source any more. Its "+count+" are still in every figure.")
		w.End()
	}
	at.purge = w.Height()
	option("p", "purge them", "They are deleted, with coverage and names.")
	return at
}
