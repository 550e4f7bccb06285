package overlay

import (
	"strings"
	"unicode"

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
	name  []rune // without its ending
	from  string // the name that was offered
	edit  bool   // the name is being typed

	preview []string // of the form; nil is to be made
	keys    exportKeys
}

type exportKeys struct{ Write, Copy, Tabs, Next, Previous, Rename, Done, Back, Clear, Close, Undo key.Binding }

// NewExport returns the box of a sheet. save writes a file, and may take a while;
// it is nil if nothing can be written, and then the sheet can be copied.
func NewExport(sheet *ui.Sheet, save func(name string, content []byte) (path string, err error)) *Export {
	bind := func(desc, shown string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, desc))
	}
	e := &Export{sheet: sheet, save: save, forms: ui.SheetForms(), name: []rune(sheet.Name), from: sheet.Name, keys: exportKeys{
		Write: bind("write", "enter", "enter"), Copy: bind("copy", "y", "y"), Tabs: bind("copy for a spreadsheet", "Y", "Y"),
		Next: bind("form", "←→", "right", "l", "tab"), Previous: bind("form before", "←", "left", "h", "shift+tab"),
		Rename: bind("rename", "n", "n"), Done: bind("keep the name", "enter", "enter"),
		Back: bind("delete", "backspace", "backspace", "ctrl+h"), Clear: bind("empty", "ctrl+u", "ctrl+u"),
		Undo: bind("the name before", "esc", "esc"), Close: bind("close", "esc", "esc"),
	}}
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
		return []key.Binding{k.Done, k.Clear, k.Undo}
	}
	return []key.Binding{k.Write, k.Copy, k.Tabs, k.Next, k.Rename, k.Close}
}

// FullHelp implements [Modal].
func (e *Export) FullHelp() [][]key.Binding { return [][]key.Binding{e.ShortHelp()} }

// Update implements [Modal].
func (e *Export) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if e.edit {
			e.write(msg)
			return nil, false
		}
		return e.press(msg)
	case tea.PasteMsg:
		if e.edit {
			e.typed(msg.Content)
		}
	case tea.MouseClickMsg:
		if msg.Y == formLine && msg.Button == tea.MouseLeft {
			e.click(msg.X)
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
		e.edit = true
	}
	return nil, false
}

// write takes what is typed for a name.
func (e *Export) write(msg tea.KeyPressMsg) {
	switch k := &e.keys; {
	case key.Matches(msg, k.Undo):
		e.name, e.edit = []rune(e.from), false
	case key.Matches(msg, k.Done):
		if len(e.name) == 0 {
			e.name = []rune(e.sheet.Name)
		}
		e.from, e.edit = string(e.name), false
	case key.Matches(msg, k.Back):
		e.name = e.name[:max(len(e.name)-1, 0)]
	case key.Matches(msg, k.Clear):
		e.name = nil
	default:
		e.typed(msg.Text)
	}
}

// longestFile is the most that a file's name has without its ending.
const longestFile = 120

// typed appends to the name what may stand in one: a file is written where
// tokpit was started, so there are no directories in it, and it is not hidden.
func (e *Export) typed(s string) {
	for _, r := range s {
		plain := unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' && len(e.name) > 0 || r == '_' || (r == '-' || r == '.') && len(e.name) > 0
		if plain && len(e.name) < longestFile {
			e.name = append(e.name, r)
		}
	}
}

func (e *Export) choose(form int) {
	e.form, e.preview = form, nil
}

// formLine is the line of the forms.
const formLine = 0

// click chooses the form at a column.
func (e *Export) click(x int) {
	at := formsFrom
	for i, f := range e.forms {
		w := ui.Width(f.Title) + 2
		if x >= at && x < at+w {
			e.choose(i)
		}
		at += w + 1
	}
}

func (e *Export) file() string { return string(e.name) + "." + e.forms[e.form].Ending }

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
	exportTop   = 4
	formsFrom   = 6
)

// Size implements [Modal].
func (e *Export) Size(maxWidth, maxHeight int) (width, height int) {
	return min(maxWidth, exportWidth), min(maxHeight, exportTop+previewMost+1)
}

// Lines implements [Modal].
func (e *Export) Lines(st *ui.Styles, width, height int) []string {
	pen := ui.NewPen(width, height)
	pen.Left(st.Muted, "form", formsFrom)
	for i, f := range e.forms {
		ink := st.Text
		if i == e.form {
			ink = st.TabActive
		}
		pen.Text(ink, " "+f.Title+" ")
		pen.Space(1)
	}
	pen.End()
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
		pen.Text(st.Muted, ui.Cut(otherForms, width))
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
	switch {
	case e.save == nil:
		pen.Text(st.Muted, "none can be written; y copies")
	case e.edit:
		pen.Text(st.Strong, ui.Text(string(e.name)))
		pen.Text(st.Accent, "▏")
		pen.Text(st.Muted, "."+e.forms[e.form].Ending)
	default:
		pen.Text(st.Strong, ui.CutMiddle(ui.Text(e.file()), pen.Room()))
		if ui.Width(exportFolder) <= pen.Room() {
			pen.Text(st.Muted, exportFolder)
		}
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
