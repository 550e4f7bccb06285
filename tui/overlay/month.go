package overlay

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Monthly writes a whole month's ledger: which month, in which form, under which
// name; then how far it is, and what the file adds up to.
type Monthly struct {
	ctx    context.Context
	ledger Ledger
	table  *Export // the box of what is shown, for whoever wants that instead; nil if there is none

	forms  []LedgerForm
	form   int
	months []Month
	month  int
	known  bool  // months have been read
	failed error // of the last thing that was tried
	name   filename
	stage  stage

	rows   *atomic.Int64 // written so far
	began  time.Time
	cancel context.CancelFunc
	file   *LedgerFile // that was written last
	of     string      // the month's title

	shown, from int // the first form and month on screen
	width       int // of the inside as drawn last: the box lies over all lines of a notice but one
	keys        monthlyKeys
}

// stage is what the box is at.
type stage int

const (
	choosing stage = iota
	naming
	asking // whether to replace what is there
	writing
	stopping
	written
)

type monthlyKeys struct {
	Write, Table, Next, Previous, Up, Down, Rename key.Binding
	Replace, Another, Stop, Close, Again           key.Binding
	typing                                         nameKeys
}

// NewMonthly returns the box over a ledger. Its context bounds what is written.
func NewMonthly(ctx context.Context, ledger Ledger) *Monthly {
	m := &Monthly{ctx: ctx, ledger: ledger, forms: ledger.Forms(), rows: new(atomic.Int64), width: exportWidth, keys: monthlyKeys{
		Write: bind("write", "enter", "enter"), Table: bind("this table instead", "tab", "tab", "shift+tab"),
		Next: bind("form", "←→", "right", "l"), Previous: bind("form before", "←", "left", "h"),
		Up: bind("month", "↑↓", "up", "k"), Down: bind("month before", "↓", "down", "j"), Rename: bind("rename", "n", "n"),
		Replace: bind("replace it", "r", "r"), Another: bind("another name", "n", "n"), Stop: bind("stop", "esc", "esc"),
		Again: bind("back", "enter", "enter"), Close: bind("close", "esc", "esc"), typing: newNameKeys(),
	}}
	m.name.paths = true
	return m
}

func bind(desc, shown string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, desc))
}

// Beside makes the box lead to that of a table and back.
func (m *Monthly) Beside(table *Export) *Monthly {
	m.table, table.monthly = table, m
	return m
}

// Begin returns the command that finds out which months there are.
func (m *Monthly) Begin() tea.Cmd {
	if m.known {
		return nil
	}
	ctx, ledger := m.ctx, m.ledger
	return func() tea.Msg {
		months, err := ledger.Months(ctx)
		return Reply(func() tea.Cmd { m.list(months, err); return nil })
	}
}

// list takes the months over. The last one that has ended stands first.
func (m *Monthly) list(months []Month, err error) {
	m.months, m.failed, m.known = months, err, true
	m.month = max(0, slices.IndexFunc(months, func(x Month) bool { return x.Ended }))
	m.rename()
}

// rename offers the usual name of what is chosen, unless somebody gave another.
func (m *Monthly) rename() {
	if len(m.months) > 0 {
		m.name.offer("tokpit-" + m.months[m.month].Name)
	}
}

// Title implements [Modal].
func (m *Monthly) Title() string { return "Export: a whole month, for finance" }

// CapturesText implements [Modal].
func (m *Monthly) CapturesText() bool { return m.stage == naming }

// ShortHelp implements [Modal].
func (m *Monthly) ShortHelp() []key.Binding {
	k := &m.keys
	switch m.stage {
	case naming:
		return []key.Binding{k.typing.Done, k.typing.Clear, k.typing.Undo}
	case asking:
		return []key.Binding{k.Replace, k.Another, ui.Brief(k.Close, "back")}
	case writing:
		return []key.Binding{k.Stop}
	case stopping:
		return nil
	case written:
		return []key.Binding{ui.Brief(k.Again, "another"), k.Close}
	}
	if len(m.months) == 0 {
		return append(m.aside(), k.Close)
	}
	return append(append([]key.Binding{k.Write, k.Up, k.Next, k.Rename}, m.aside()...), k.Close)
}

// aside is the key that leads to the other box.
func (m *Monthly) aside() []key.Binding {
	if m.table == nil {
		return nil
	}
	return []key.Binding{ui.Brief(m.keys.Table, "this table")}
}

// FullHelp implements [Modal].
func (m *Monthly) FullHelp() [][]key.Binding { return [][]key.Binding{m.ShortHelp()} }

// Update implements [Modal].
func (m *Monthly) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.PasteMsg:
		if m.stage == naming {
			m.name.typed(msg.Content)
		}
	case tea.MouseWheelMsg:
		if m.stage == choosing {
			m.walk(map[bool]int{true: -1, false: 1}[msg.Button == tea.MouseWheelUp])
		}
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			return m.click(msg.X, msg.Y)
		}
	}
	return nil, false
}

func (m *Monthly) press(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	k := &m.keys
	switch m.stage {
	case naming:
		if m.name.press(msg, &k.typing, m.forms[m.form].Ending) {
			m.stage = choosing
		}
	case asking:
		switch {
		case key.Matches(msg, k.Replace):
			return m.write(true), false
		case key.Matches(msg, k.Another):
			m.name.begin()
			m.stage = naming
		case key.Matches(msg, k.Close):
			m.stage = choosing
		}
	case writing:
		if key.Matches(msg, k.Stop) {
			m.cancel()
			m.stage = stopping
		}
	case stopping:
	case written:
		switch {
		case key.Matches(msg, k.Close): // who meant to stop it sees that it is there
			return ui.Send(ui.Notice(m.told(longestPath))), true
		case key.Matches(msg, k.Again):
			m.stage = choosing
		default:
			m.stage = choosing
			return m.choose(msg)
		}
	default:
		return m.choose(msg)
	}
	return nil, false
}

// choose takes a key while nothing is under way.
func (m *Monthly) choose(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	if len(m.months) > 0 {
		m.failed = nil // it has been read
	}
	switch k := &m.keys; {
	case key.Matches(msg, k.Close):
		return nil, true
	case key.Matches(msg, k.Table):
		return m.other()
	case len(m.months) == 0:
	case key.Matches(msg, k.Write):
		return m.write(false), false
	case key.Matches(msg, k.Next):
		m.form = (m.form + 1) % len(m.forms)
	case key.Matches(msg, k.Previous):
		m.form = (m.form + len(m.forms) - 1) % len(m.forms)
	case key.Matches(msg, k.Up):
		m.walk(-1)
	case key.Matches(msg, k.Down):
		m.walk(1)
	case key.Matches(msg, k.Rename):
		m.name.begin()
		m.stage = naming
	}
	return nil, false
}

// other leads to the box of the table.
func (m *Monthly) other() (tea.Cmd, bool) {
	if m.table == nil {
		return nil, false
	}
	return ui.Send(Open{Modal: m.table}), true
}

func (m *Monthly) walk(by int) {
	m.month = max(0, min(m.month+by, len(m.months)-1))
	m.rename()
}

// order is what has been chosen.
func (m *Monthly) order() LedgerOrder {
	f := &m.forms[m.form]
	return LedgerOrder{Month: m.months[m.month].Name, Form: f.Name, File: m.name.String() + "." + f.Ending}
}

// progressEvery is how often it is shown how far the writing is.
const progressEvery = 150 * time.Millisecond

// write returns the command that writes the file. It goes on if the box is closed,
// and says at its end what became of it.
func (m *Monthly) write(replace bool) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	o, title, ledger, rows := m.order(), m.months[m.month].Title, m.ledger, new(atomic.Int64)
	o.Replace = replace
	m.stage, m.cancel, m.rows, m.began, m.failed, m.file = writing, cancel, rows, time.Now(), nil, nil
	return tea.Batch(func() tea.Msg {
		defer cancel()
		file, err := ledger.Write(ctx, o, rows)
		return Reply(func() tea.Cmd { return m.end(title, file, err) })
	}, m.tick())
}

// tick looks again how far it is, until it is done.
func (m *Monthly) tick() tea.Cmd {
	return tea.Tick(progressEvery, func(time.Time) tea.Msg {
		return Reply(func() tea.Cmd {
			if m.stage != writing && m.stage != stopping {
				return nil
			}
			return m.tick()
		})
	})
}

// end takes over what became of the file.
func (m *Monthly) end(title string, file *LedgerFile, err error) tea.Cmd {
	stopped := m.stage == stopping
	m.stage = choosing
	switch {
	case err == nil:
		m.stage, m.file, m.of = written, file, title
		return ui.Send(ui.Notice(m.told(m.width)))
	case stopped && errors.Is(err, context.Canceled):
		return ui.Send(ui.Notice("Stopped: nothing was written"))
	case errors.Is(err, ErrThere):
		m.stage = asking
		return nil
	}
	m.failed = err
	return ui.Send(ui.Notice(ui.CutMiddle(failure(err), m.width)))
}

// told says where the file is that was written last, in so many columns.
func (m *Monthly) told(width int) string {
	head := "Exported " + m.of + " to "
	return head + ui.CutMiddle(ui.Text(m.file.Path), max(1, width-ui.Width(head)))
}

// failure says what was not written, and why.
func failure(err error) string {
	if errors.Is(err, ErrPart) {
		return "! " + ui.Text(err.Error())
	}
	return "! nothing was exported: " + ui.Text(err.Error())
}
