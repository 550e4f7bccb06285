package tui

import (
	"context"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// Exporter writes files for a person.
type Exporter interface {
	// Export writes a file of that name, or of one much like it if there is one,
	// and returns its path.
	Export(ctx context.Context, name string, content []byte) (path string, err error)
}

// sheet is what makes a sheet of what is on screen; nil if nothing can leave.
func (m *Model) sheet() func() *ui.Sheet {
	if m.snap == nil {
		return nil
	}
	return m.page().Sheet()
}

// monthly reports whether whole months can be written.
func (m *Model) monthly() bool { return m.opts.Ledger != nil && m.snap != nil && !m.snap.Empty }

// exportKey is the key that exports, where there is something to be exported.
func (m *Model) exportKey() key.Binding {
	b := m.keys.Export
	b.SetEnabled(m.sheet() != nil)
	if m.monthly() {
		b.SetHelp("x", "export what is shown, or a month")
	}
	return b
}

// export opens the box from which what is shown leaves, beside that of whole
// months.
func (m *Model) export() tea.Cmd {
	table := m.table()
	months := m.months()
	return func() tea.Msg {
		box := table()
		if months != nil {
			months.Beside(box)
		}
		return overlay.Open{Modal: box}
	}
}

// table makes the box of what is shown; nil if nothing can leave.
func (m *Model) table() func() *overlay.Export {
	sheet, exporter, ctx := m.sheet(), m.opts.Exporter, m.ctx
	if sheet == nil {
		return nil
	}
	var save func(string, []byte) (string, error)
	if exporter != nil {
		save = func(name string, content []byte) (string, error) { return exporter.Export(ctx, name, content) }
	}
	return func() *overlay.Export { return overlay.NewExport(sheet(), save) }
}

// months is the box of whole months, nil if none can be written.
func (m *Model) months() *overlay.Monthly {
	if !m.monthly() {
		return nil
	}
	return overlay.NewMonthly(m.ctx, m.opts.Ledger(m.snap))
}

// exportMonth opens the box of whole months, beside that of what is shown.
func (m *Model) exportMonth() tea.Cmd {
	box, table := m.months(), m.table()
	if box == nil {
		return nil
	}
	return tea.Batch(box.Begin(), func() tea.Msg {
		if table != nil {
			box.Beside(table())
		}
		return overlay.Open{Modal: box}
	})
}
