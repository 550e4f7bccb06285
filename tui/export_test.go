package tui

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// shelf keeps what is exported.
type shelf struct {
	files map[string]string
	err   error
}

func (s *shelf) Export(_ context.Context, name string, content []byte) (string, error) {
	if s.err != nil {
		return "", s.err
	}
	s.files[name] = string(content)
	return "/home/mara/" + name, nil
}

func enter() tea.Msg { return tea.KeyPressMsg{Code: tea.KeyEnter} }

// What the overview shows leaves as a file that adds up to it.
func TestExportFromTheOverview(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	kept := &shelf{files: make(map[string]string)}
	m.opts.Exporter = kept
	play(m, press("x"))
	wantText(t, m, "Export: Models of the billing cycle", "CSV", "JSON lines", "Markdown", "tokpit-models-2026-11-01.csv", "model,requests,input_tokens", "enter write", "tokpit export --cycle YYYY-MM")
	play(m, enter())
	wantText(t, m, "Exported to /home/mara/tokpit-models-2026-11-01.csv")
	table, err := csv.NewReader(strings.NewReader(kept.files["tokpit-models-2026-11-01.csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(table)-1 != len(m.snap.Models) {
		t.Errorf("%d rows for %d models", len(table)-1, len(m.snap.Models))
	}
	var got, want money.Amount
	for i, line := range table[1:] {
		if cost := line[9]; cost != "" {
			a, err := money.Parse(cost)
			if err != nil {
				t.Fatalf("row %d: %v", i+1, err)
			}
			got = got.Add(a)
		}
	}
	for i := range m.snap.Models {
		want = want.Add(m.snap.Models[i].Sum.Cost)
	}
	if table[0][9] != "cost" || got != want {
		t.Errorf("%s adds up to %s, the page's models to %s", table[0][9], got, want)
	}
}

// The form and the name can be chosen; a name stays one of a plain file.
func TestExportFormAndName(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	kept := &shelf{files: make(map[string]string)}
	m.opts.Exporter = kept
	play(m, press("x"), press("l"), press("n"), tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
	for _, r := range "../.q4-ç" {
		play(m, press(string(r)))
	}
	play(m, enter(), enter())
	content, ok := kept.files["q4-ç.json"]
	if !ok {
		t.Fatalf("written: %v", kept.files)
	}
	var doc struct {
		Schema string
		Rows   []map[string]any
	}
	if err := json.Unmarshal([]byte(content), &doc); err != nil || doc.Schema != "tokpit.sheet/1" || len(doc.Rows) != len(m.snap.Models) {
		t.Errorf("%v %+v", err, doc)
	}
}

// Every page with a table exports it, in every form; hostile names stay harmless.
func TestEveryPageExports(t *testing.T) {
	m := shown(t, tuitest.HostileExplored(), 120, 40)
	exported := 0
	for _, p := range m.pages {
		make := p.Sheet()
		if make == nil {
			t.Logf("%s has nothing to export", p.Title())
			continue
		}
		exported++
		sheet := make()
		for _, row := range sheet.Rows {
			if len(row) != len(sheet.Columns) {
				t.Fatalf("%s: a row of %d cells under %d columns", p.Title(), len(row), len(sheet.Columns))
			}
		}
		for _, form := range append(ui.SheetForms(), ui.Tabbed()) {
			content, err := sheet.Encode(form, -1)
			if err != nil {
				t.Fatalf("%s as %s: %v", p.Title(), form.Title, err)
			}
			if i := strings.IndexFunc(string(content), func(r rune) bool {
				return r < 0x20 && !strings.ContainsRune("\r\n\t", r) || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r == 0x200b
			}); i >= 0 {
				t.Errorf("%s as %s: %q", p.Title(), form.Title, content[max(0, i-20):i+8])
			}
		}
	}
	if exported < 3 {
		t.Errorf("only %d pages export", exported)
	}
}

// Without a place to write to there is the clipboard, and failure is told.
func TestExportCopiesAndFails(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	play(m, press("x"))
	wantText(t, m, "none can be written")
	play(m, press("y"))
	wantText(t, m, "Copied "+ui.Count(int64(len(m.snap.Models)))+" rows")
	m.opts.Exporter = &shelf{err: errors.New("no space left on device")}
	play(m, press("x"), enter())
	wantText(t, m, "nothing was exported: no space left on device")
}

// Who looks for "finance" finds the box, and is told where the file goes.
func TestFinanceFindsTheExport(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	m.opts.Exporter = &shelf{files: make(map[string]string)}
	play(m, press(":"))
	for _, r := range "finance" {
		play(m, press(string(r)))
	}
	play(m, enter())
	wantText(t, m, "Export: Models of the billing cycle", "into the folder that tokpit was started in")
}
