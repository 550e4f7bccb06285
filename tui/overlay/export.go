package overlay

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Export shows how a sheet is going to look in a file: its form, its name, how
// much it is, and how it begins. Then it writes or copies it.
type Export struct {
	sheet *ui.Sheet
	save  func(name string, content []byte) (path string, err error)
	forms []ui.SheetForm
	form  int
	name  filename
	edit  bool // the name is being typed

	preview []string // of the form; nil is to be made
	monthly *Monthly // the box of whole months; nil if none can be written
	keys    exportKeys
}

type exportKeys struct {
	Write, Copy, Tabs, Next, Previous, Rename, Month, Close key.Binding
	typing                                                  nameKeys
}

// NewExport returns the box of a sheet. save writes a file, and may take a while;
// it is nil if nothing can be written, and then the sheet can be copied.
func NewExport(sheet *ui.Sheet, save func(name string, content []byte) (path string, err error)) *Export {
	e := &Export{sheet: sheet, save: save, forms: ui.SheetForms(), keys: exportKeys{
		Write: bind("write", "enter", "enter"), Copy: bind("copy", "y", "y"), Tabs: bind("copy for a spreadsheet", "Y", "Y"),
		Next: bind("form", "←→", "right", "l"), Previous: bind("form before", "←", "left", "h"),
		Rename: bind("rename", "n", "n"), Month: bind("a whole month instead", "tab", "tab", "shift+tab"), Close: bind("close", "esc", "esc"),
		typing: newNameKeys(),
	}}
	e.name.offer(sheet.Name)
	e.keys.Write.SetEnabled(save != nil)
	e.keys.Rename.SetEnabled(save != nil)
	return e
}

// Title implements [Modal].
func (e *Export) Title() string { return "Export: " + e.sheet.Title }

// CapturesText implements [Modal].
func (e *Export) CapturesText() bool { return e.edit }

// ShortHelp implements [Modal].
func (e *Export) ShortHelp() []key.Binding {
	k := &e.keys
	if e.edit {
		return []key.Binding{k.typing.Done, k.typing.Clear, k.typing.Undo}
	}
	out := []key.Binding{k.Write, k.Copy, k.Tabs, k.Next, k.Rename}
	if e.monthly != nil {
		out = append(out, ui.Brief(k.Month, "a month"))
	}
	return append(out, k.Close)
}

// FullHelp implements [Modal].
func (e *Export) FullHelp() [][]key.Binding { return [][]key.Binding{e.ShortHelp()} }

// Update implements [Modal].
func (e *Export) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if e.edit {
			e.edit = !e.name.press(msg, &e.keys.typing, e.forms[e.form].Ending)
			return nil, false
		}
		return e.press(msg)
	case tea.PasteMsg:
		if e.edit {
			e.name.typed(msg.Content)
		}
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			return e.click(msg.X, msg.Y)
		}
	}
	return nil, false
}

func (e *Export) press(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k := &e.keys; {
	case key.Matches(msg, k.Close):
		return nil, true
	case key.Matches(msg, k.Write):
		return e.store(), true
	case key.Matches(msg, k.Copy):
		return e.copy(e.forms[e.form]), true
	case key.Matches(msg, k.Tabs):
		return e.copy(ui.Tabbed()), true
	case key.Matches(msg, k.Next):
		e.choose((e.form + 1) % len(e.forms))
	case key.Matches(msg, k.Previous):
		e.choose((e.form + len(e.forms) - 1) % len(e.forms))
	case key.Matches(msg, k.Rename):
		e.name.begin()
		e.edit = true
	case key.Matches(msg, k.Month):
		return e.other()
	}
	return nil, false
}

// other leads to the box of whole months.
func (e *Export) other() (tea.Cmd, bool) {
	if e.monthly == nil {
		return nil, false
	}
	return tea.Batch(ui.Send(Open{Modal: e.monthly}), e.monthly.Begin()), true
}

func (e *Export) choose(form int) {
	e.form, e.preview = form, nil
}

// The lines of the choices.
const (
	whatLine = 0
	formLine = 1
)

// click takes what is under the mouse.
func (e *Export) click(x, y int) (tea.Cmd, bool) {
	switch {
	case y == whatLine && whatAt(x) == whatMonth:
		return e.other()
	case y == formLine:
		if i := pillAt(e.titles(), 0, x); i >= 0 {
			e.choose(i)
		}
	}
	return nil, false
}

func (e *Export) titles() []string {
	var out []string
	for _, f := range e.forms {
		out = append(out, f.Title)
	}
	return out
}

func (e *Export) file() string { return e.name.String() + "." + e.forms[e.form].Ending }

// store returns the command that writes the file.
func (e *Export) store() tea.Cmd {
	sheet, form, name, save := e.sheet, e.forms[e.form], e.file(), e.save
	return func() tea.Msg {
		content, err := sheet.Encode(form, -1)
		path := ""
		if err == nil {
			path, err = save(name, content)
		}
		if err != nil {
			return ui.Notice("! nothing was exported: " + ui.Text(err.Error()))
		}
		return ui.Notice("Exported to " + ui.Text(path))
	}
}

// copy returns the command that puts the sheet on the clipboard.
func (e *Export) copy(form ui.SheetForm) tea.Cmd { return CopySheet(e.sheet, form) }

// CopySheet returns a command that puts a sheet on the clipboard, and says so.
func CopySheet(sheet *ui.Sheet, form ui.SheetForm) tea.Cmd {
	return func() tea.Msg {
		content, err := sheet.Encode(form, -1)
		if err != nil {
			return ui.Notice("! nothing was copied: " + ui.Text(err.Error()))
		}
		return tea.BatchMsg{tea.SetClipboard(string(content)), ui.Send(ui.Notice("Copied " + rows(len(sheet.Rows))))}
	}
}

func rows(n int) string {
	if n == 1 {
		return "1 row"
	}
	return ui.Count(int64(n)) + " rows"
}

const (
	exportWidth = 96
	previewMost = 14 // lines
	exportTop   = 5
	formsFrom   = 6
)

// Size implements [Modal].
func (e *Export) Size(maxWidth, maxHeight int) (width, height int) {
	return min(maxWidth, exportWidth), min(maxHeight, exportTop+previewMost+1)
}

// Lines implements [Modal].
func (e *Export) Lines(st *ui.Styles, width, height int) []string {
	pen := ui.NewPen(width, height)
	drawWhat(pen, st, whatTable, e.monthly != nil)
	pen.Left(st.Muted, "form", formsFrom)
	drawPills(pen, st, e.titles(), e.form)
	e.nameLine(pen, st)
	pen.Left(st.Muted, "size", formsFrom)
	pen.Text(st.Strong, rows(len(e.sheet.Rows)))
	pen.Text(st.Muted, " × "+ui.Count(int64(len(e.sheet.Columns)))+" columns; every digit, in the order shown")
	pen.End()
	pen.Fill(st.Faint, '─', width)
	pen.End()
	for i, line := range e.begins() {
		if pen.Height() >= height-1 {
			break
		}
		ink := st.Text
		if i == 0 {
			ink = st.Strong
		}
		pen.Text(ink, ui.Cut(line, width))
		pen.End()
	}
	if pen.Height() < height {
		pen.Blank(height - 1 - pen.Height())
		more := otherForms
		if e.monthly != nil {
			more = "tab: a whole month as it is booked, for finance: CSV, Excel, FOCUS or a page"
		}
		pen.Text(st.Muted, ui.Cut(more, width))
		pen.End()
	}
	return pen.Lines(height)
}

// otherForms says where there are more than a sheet has.
const otherForms = "A whole month: tokpit export --cycle YYYY-MM --format xlsx|focus|html -o FILE"

// exportFolder says where files are written.
const exportFolder = "  into the folder that tokpit was started in"

func (e *Export) nameLine(pen *ui.Pen, st *ui.Styles) {
	pen.Left(st.Muted, "file", formsFrom)
	if e.save == nil {
		pen.Text(st.Muted, "none can be written; y copies")
		pen.End()
		return
	}
	e.name.draw(pen, st, e.forms[e.form].Ending, e.edit)
	if !e.edit && ui.Width(exportFolder) <= pen.Room() {
		pen.Text(st.Muted, exportFolder)
	}
	pen.End()
}

// begins is the first lines of the file.
func (e *Export) begins() []string {
	if e.preview == nil {
		content, err := e.sheet.Encode(e.forms[e.form], previewMost)
		if err != nil {
			content = []byte("! " + err.Error())
		}
		e.preview = strings.Split(strings.TrimRight(string(content), "\r\n"), "\n")
		e.preview = e.preview[:min(len(e.preview), previewMost)]
		for i, line := range e.preview {
			e.preview[i] = ui.Text(line)
		}
	}
	return e.preview
}
