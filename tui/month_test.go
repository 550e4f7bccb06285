package tui

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// books is a ledger that writes nothing, and tells what it was asked for.
type books struct {
	mu      sync.Mutex
	months  []overlay.Month
	err     error
	ordered []overlay.LedgerOrder
	gate    chan struct{} // what is written waits for it if set
}

func someBooks() *books {
	usd := func(s string) money.Amount {
		a, err := money.Parse(s)
		if err != nil {
			panic(err)
		}
		return a
	}
	sum := func(cost, cash string) []overlay.MonthSum {
		return []overlay.MonthSum{{Currency: "USD", Cost: usd(cost), Cash: usd(cash), CashKnown: true}}
	}
	return &books{months: []overlay.Month{
		{Name: "2026-11", Title: "November 2026", State: "open", Sums: sum("12.5", "3")},
		{Name: "2026-10", Title: "October 2026", State: "closing", Ended: true, Sums: sum("1234.567", "1200")},
		{Name: "2026-09", Title: "September 2026", State: "closed", Ended: true},
	}}
}

func (b *books) of(*report.Snapshot) overlay.Ledger { return b }

func (b *books) Forms() []overlay.LedgerForm {
	return []overlay.LedgerForm{{Name: "csv", Title: "CSV", Ending: "csv", About: "the ledger"}, {Name: "xlsx", Title: "Excel", Ending: "xlsx", About: "a workbook"},
		{Name: "html", Title: "Page for people who read", Ending: "html", About: "a page"}, {Name: "md", Title: "Markdown, also for people", Ending: "md", About: "a table"}}
}

func (b *books) Folder(file string) string { return path.Join("/home/mara/books", path.Dir(file)) }

func (b *books) Command() string { return "tokpit --demo" }

func (b *books) Months(context.Context) ([]overlay.Month, error) { return b.months, b.err }

func (b *books) Write(ctx context.Context, o overlay.LedgerOrder, rows *atomic.Int64) (*overlay.LedgerFile, error) {
	b.mu.Lock()
	b.ordered = append(b.ordered, o)
	b.mu.Unlock()
	rows.Store(7)
	if b.gate != nil {
		<-b.gate
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case b.err != nil:
		return nil, b.err
	case o.File == "../there.csv" && !o.Replace:
		return nil, overlay.ErrThere
	}
	return &overlay.LedgerFile{Path: path.Join("/home/mara/books", o.File), Manifest: o.File + ".manifest.json", Rows: 1234,
		Sums:  []overlay.LedgerSum{{Column: "cost", Currency: "USD", Amount: "1234.567000000000000001"}},
		Lacks: []string{"in no amount: 12 tokens of model-x, which have no price"}}, nil
}

// A whole month is two keys away from any table, its folder and its name are seen
// before, and what is in the file afterwards.
func TestExportAMonth(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	b := someBooks()
	m.opts.Ledger = b.of
	play(m, press("x"))
	wantText(t, m, "Export: Models of the billing cycle", "a whole month", "tab a month")
	play(m, tea.KeyPressMsg{Code: tea.KeyTab})
	wantText(t, m, "▸ October 2026", "$1,234.57", "tokpit-2026-10.csv", "/home/mara/books", "tokpit --demo export --cycle 2026-10 --format csv -o tokpit-2026-10.csv")
	play(m, press("l"), press("j"))
	wantText(t, m, "▸ September 2026", "tokpit-2026-09.xlsx", "a workbook")
	play(m, press("k"), enter())
	wantText(t, m, "✓ October 2026 is in tokpit-2026-10.xlsx", "1,234", "USD 1234.567000000000000001", "tokpit-2026-10.xlsx.manifest.json", "12 tokens of model-x", "Exported October 2026 to /home/mara/books/tokpit-2026-10.xlsx")
	play(m, enter(), tea.KeyPressMsg{Code: tea.KeyTab})
	wantText(t, m, "Export: Models of the billing cycle")
	play(m, tea.KeyPressMsg{Code: tea.KeyTab}, press("n"), tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
	for _, r := range "../there" {
		play(m, press(string(r)))
	}
	play(m, enter(), press("h"), enter())
	wantText(t, m, "../there.csv or its manifest is there already")
	play(m, press("r"))
	wantText(t, m, "✓ October 2026 is in there.csv")
	if last := b.ordered[len(b.ordered)-1]; !last.Replace || last.File != "../there.csv" || last.Month != "2026-10" || last.Form != "csv" {
		t.Errorf("ordered: %+v", b.ordered)
	}
	play(m, tea.KeyPressMsg{Code: tea.KeyEscape})
	if _, open := m.modals.Top(); open {
		t.Error("the box stays open")
	}
}

// typeName gives the file of the box of months another name.
func typeName(m *Model, name string) {
	play(m, press("n"), tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
	for _, r := range name {
		play(m, press(string(r)))
	}
	play(m, enter())
}

// A month can go into any folder: its name may be a path, and a folder alone gets
// the usual name in it. Where a command would read something else it is quoted.
func TestAMonthGoesIntoAnyFolder(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	b := someBooks()
	m.opts.Ledger = b.of
	run(m, m.exportMonth())
	play(m, press("n"))
	wantText(t, m, "A name, or a path with folders that are there")
	play(m, enter())
	for _, c := range []struct{ typed, file, where, command string }{
		{"a/b", "a/b.csv", "/home/mara/books/a", "-o a/b.csv"},
		{"/srv/x.csv", "/srv/x.csv", "/srv", "-o /srv/x.csv"},
		{"~/", "~/tokpit-2026-10.csv", "~", "-o ~/tokpit-2026-10.csv"},
		{"~", "~/tokpit-2026-10.csv", "~", "-o ~/tokpit-2026-10.csv"},
		{"..", "../tokpit-2026-10.csv", "/home/mara", "-o ../tokpit-2026-10.csv"},
		{"our books/it's", "our books/it's.csv", "our books", `-o 'our books/it'\''s.csv'`},
		{"", "tokpit-2026-10.csv", "/home/mara/books", "-o tokpit-2026-10.csv"},
	} {
		typeName(m, c.typed)
		wantText(t, m, "file   "+c.file, c.where, c.command)
		play(m, enter())
		if last := b.ordered[len(b.ordered)-1]; last.File != c.file {
			t.Errorf("%q: ordered as %q", c.typed, last.File)
		}
		play(m, enter())
	}
}

// The box of a table says what may not stand in a name, rather than nothing.
func TestANameSaysWhatMayNotStandInIt(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	m.opts.Exporter = &shelf{files: make(map[string]string)}
	play(m, press("x"), press("n"), press("a"), press("/"))
	wantText(t, m, "a name here has no /")
	play(m, press("b"))
	rejectText(t, m, "a name here has no /")
	play(m, press("?"))
	wantText(t, m, "not here: ?")
}

// Who closes the box right after it was written is told that it is there; on a
// narrow screen the last line is the beginning and the end of a message, not its
// rest.
func TestWhatWasWrittenIsSaid(t *testing.T) {
	m := shown(t, tuitest.Sample(), 60, 20)
	b := someBooks()
	m.opts.Ledger = b.of
	run(m, m.exportMonth())
	typeName(m, "a-very-long-name-that-nobody-would-ever-give-to-it")
	wantText(t, m, "▸ October 2026", "As by command: tokpit --demo export", "give-to-it.csv")
	if top, _ := m.modals.Top(); top.(ui.Clipped).Clips()[0].Text != "tokpit --demo export --cycle 2026-10 --format csv -o a-very-long-name-that-nobody-would-ever-give-to-it.csv" {
		t.Error("the whole command cannot be copied")
	}
	play(m, enter())
	lines := strings.Split(strings.TrimRight(text(m), "\n"), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, " Exported October 2026 to ") || !strings.HasSuffix(strings.TrimSpace(last), "it.csv") {
		t.Errorf("the last line is %q", last)
	}
	play(m, tea.KeyPressMsg{Code: tea.KeyEscape})
	if _, open := m.modals.Top(); open {
		t.Fatal("the box stays open")
	}
	wantText(t, m, "Exported October 2026 to")

	run(m, m.exportMonth())
	b.err = fmt.Errorf("x.csv is there, its manifest is not: no space (%w)", overlay.ErrPart)
	play(m, enter())
	wantText(t, m, "x.csv is there, its manifest is not", "n: another name, or a path")
	rejectText(t, m, "nothing was exported")
}

// Who looks for "finance" finds it.
func TestFinanceFindsMonths(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	m.opts.Ledger = someBooks().of
	play(m, press(":"))
	for _, r := range "finance" {
		play(m, press(string(r)))
	}
	play(m, enter())
	wantText(t, m, "Export: a whole month, for finance", "▸ October 2026", "this table")
}

// What takes long is stopped by esc, and says that nothing was written; failures
// are told with the choice still there.
func TestExportOfAMonthStopsAndFails(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	b := someBooks()
	b.gate = make(chan struct{})
	m.opts.Ledger = b.of
	run(m, m.exportMonth())
	_, cmd := m.Update(enter())
	batch, ok := cmd().(tea.BatchMsg)
	if !ok {
		t.Fatalf("%T", cmd())
	}
	answer := make(chan tea.Msg)
	go func() { answer <- batch[0]() }()
	wantText(t, m, "Writing tokpit-2026-10.csv", "esc stop")
	play(m, tea.KeyPressMsg{Code: tea.KeyEscape})
	wantText(t, m, "Stopping tokpit-2026-10.csv")
	close(b.gate)
	play(m, <-answer)
	wantText(t, m, "Stopped: nothing was written", "▸ October 2026")
	b.err = errors.New("no space left on device")
	play(m, enter())
	wantText(t, m, "nothing was exported: no space left on device")
	play(m, press("j"))
	wantText(t, m, "▸ September 2026")
}

// The box fits every size, and what is chosen stays in sight.
func TestTheBoxOfMonthsFits(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}, {300, 80}, {40, 12}, {20, 6}} {
		m := shown(t, tuitest.Sample(), size[0], size[1])
		b := someBooks()
		m.opts.Ledger = b.of
		run(m, m.exportMonth())
		for range 3 {
			play(m, press("l"))
		}
		checkFits(t, m.render(), size[0], size[1])
		if size[0] >= 60 {
			wantText(t, m, "Markdown, also for people")
		}
		play(m, enter())
		checkFits(t, m.render(), size[0], size[1])
	}
}
