package export

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tokpit/money"
)

// parts reads the files of a workbook.
func parts(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
		out[f.Name] = string(text)
	}
	return out
}

// The parts name each other rightly: every part has a type and is what some other
// part speaks of, every relation leads to a part of the file, none leaves it, and
// every id that a part uses is one of its relations.
func TestPartsFit(t *testing.T) {
	for _, s := range []Summary{{}, summaryOf(t, "USD")} {
		var b bytes.Buffer
		w := NewWorkbook(&b, s)
		w.most = 2
		write(t, w, []row{{name: "a"}, {name: "b"}, {name: "c"}})
		all := parts(t, b.Bytes())
		var types struct {
			Override []struct {
				PartName    string `xml:",attr"`
				ContentType string `xml:",attr"`
			}
		}
		if err := xml.Unmarshal([]byte(all["[Content_Types].xml"]), &types); err != nil {
			t.Fatal(err)
		}
		typed := make(map[string]bool)
		for _, o := range types.Override {
			name := strings.TrimPrefix(o.PartName, "/")
			if _, ok := all[name]; !ok || typed[name] || o.ContentType == "" {
				t.Errorf("a type of %s, which is not there or has one", name)
			}
			typed[name] = true
		}
		reached := make(map[string]bool)
		for name, text := range all {
			if strings.HasSuffix(name, ".rels") {
				follow(t, all, name, text, reached)
			}
		}
		for name := range all {
			if !strings.HasSuffix(name, ".rels") && name != "[Content_Types].xml" && (!typed[name] || !reached[name]) {
				t.Errorf("%s: has a type %v, is spoken of %v", name, typed[name], reached[name])
			}
		}
	}
}

// follow notes where the relations of a part lead.
func follow(t *testing.T, all map[string]string, name, text string, reached map[string]bool) {
	t.Helper()
	var rels struct {
		Relationship []struct {
			ID         string `xml:"Id,attr"`
			Target     string `xml:",attr"`
			TargetMode string `xml:",attr"`
		}
	}
	if err := xml.Unmarshal([]byte(text), &rels); err != nil {
		t.Fatal(err)
	}
	folder, of := path.Dir(path.Dir(name)), strings.TrimSuffix(path.Base(name), ".rels")
	owner := all[path.Join(folder, of)]
	for _, r := range rels.Relationship {
		target := path.Join(folder, r.Target)
		if _, ok := all[target]; !ok || r.TargetMode != "" {
			t.Errorf("%s leads to %s %s", name, target, r.TargetMode)
		}
		reached[target] = true
		if of != "" && !strings.HasSuffix(r.Target, "styles.xml") && !strings.Contains(owner, `r:id="`+r.ID+`"`) {
			t.Errorf("%s does not use %s of %s", path.Join(folder, of), r.ID, name)
		}
	}
	if used := strings.Count(owner, `r:id="`); of != "" && used > len(rels.Relationship) {
		t.Errorf("%s uses %d ids of %d", path.Join(folder, of), used, len(rels.Relationship))
	}
}

func kinds() []Column {
	return []Column{{"id", Text, "", false}, {"n", Count, "", true}, {"cost", Amount, "", true}, {"price", Rate, "", false}, {"day", Date, "", false},
		{"end", Time, "", false}, {"estimated", Flag, "", false}, {"a_column_with_a_name_that_is_long", Text, "", false}}
}

// Each kind of column has its format of numbers and its width, on each sheet; the
// header stands still, filters and looks like one.
func TestColumnsHaveFormats(t *testing.T) {
	var b bytes.Buffer
	w := NewWorkbook(&b, Summary{})
	w.most = 2
	if err := w.Begin(kinds()); err != nil {
		t.Fatal(err)
	}
	cells := []Cell{TextCell("007"), CountCell(-1234567), AmountCell(money.FromAtto(1_234_567_890_123_456_789)), AmountCell(money.FromUnits(3)), TextCell("2026-11-20"),
		TimeCell(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)), FlagCell(true), TextCell("x")}
	for range 2 {
		if err := w.Row(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	f := open(t, b.Bytes())
	for _, sheet := range []string{"Data", "Data 2"} {
		for i, want := range []struct {
			raw, shown, format string
			width              float64
			align              string
		}{
			{"007", "007", "@", 12, "left"},
			{"-1234567", "-1,234,567", "#,##0", 12, "right"},
			{"1.2345678901234567", "1.23", "#,##0.00????????;-#,##0.00????????", 16, "right"},
			{"3", "3.00", "#,##0.00????????;-#,##0.00????????", 12, "right"},
			{"46346", "2026-11-20", "yyyy-mm-dd", 12, "left"},
			{"46346.75", "2026-11-20 18:00:00", "yyyy-mm-dd hh:mm:ss", 20, "left"},
			{"1", "TRUE", "General", 13, "left"},
			{"x", "x", "@", 37, "left"},
			{"1.234567890123456789", "1.234567890123456789", "@", 26, "left"},
		} {
			column := columnNames(i + 1)[i]
			checkCell(t, f, sheet, column+"2", want.raw, want.shown, want.format)
			if width, err := f.GetColWidth(sheet, column); err != nil || width != want.width {
				t.Errorf("%s!%s is %v wide, want %v", sheet, column, width, want.width)
			}
			head := styleOf(t, f, sheet, column+"1")
			if head.Font == nil || !head.Font.Bold || head.Font.Color != "FFFFFF" || head.Fill.Pattern != 1 || head.Alignment == nil || head.Alignment.Horizontal != want.align {
				t.Errorf("the header of %s!%s looks like %+v %+v %+v", sheet, column, head.Font, head.Fill, head.Alignment)
			}
		}
		if p, err := f.GetPanes(sheet); err != nil || !p.Freeze || p.YSplit != 1 || p.XSplit != 0 || p.TopLeftCell != "A2" {
			t.Errorf("%s: panes %+v, %v", sheet, p, err)
		}
	}
	text := parts(t, b.Bytes())
	if !strings.Contains(text["xl/styles.xml"], `<fgColor rgb="FF33475B"/>`) {
		t.Error("headers have no colour")
	}
	for n, sheet := range []string{"Data", "Data 2"} {
		if !strings.Contains(text[dataPath(n+1)], `<autoFilter ref="A1:I2"/>`) {
			t.Errorf("%s has no filter", sheet)
		}
		if want := fmt.Sprintf(`<definedName name="_xlnm._FilterDatabase" localSheetId="%d" hidden="1">'%s'!$A$1:$I$2</definedName>`, n+2, sheet); !strings.Contains(text["xl/workbook.xml"], want) {
			t.Errorf("no %s in %s", want, text["xl/workbook.xml"])
		}
	}
}

// checkCell compares a cell as it is, as it is shown, and its format. The reader
// shows no digits for the question marks of a format, only room for them.
func checkCell(t *testing.T, f *excelize.File, sheet, cell, raw, shown, format string) {
	t.Helper()
	if got := at(t, f, sheet, cell); got != raw {
		t.Errorf("%s!%s is %q, want %q", sheet, cell, got, raw)
	}
	if got, err := f.GetCellValue(sheet, cell, excelize.Options{RawCellValue: false}); err != nil || strings.TrimSpace(got) != shown {
		t.Errorf("%s!%s shows %q, want %q, %v", sheet, cell, got, shown, err)
	}
	s := styleOf(t, f, sheet, cell)
	got := map[int]string{0: "General", 3: "#,##0", 49: "@"}[s.NumFmt]
	if s.CustomNumFmt != nil {
		got = *s.CustomNumFmt
	}
	if got != format {
		t.Errorf("%s!%s has the format %q, want %q", sheet, cell, got, format)
	}
}

func styleOf(t *testing.T, f *excelize.File, sheet, cell string) *excelize.Style {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A whole number with more digits than a spreadsheet keeps is text, and so is a
// day that it has no number for; numbers have no exponents.
func TestWhatIsNoNumberIsText(t *testing.T) {
	var b bytes.Buffer
	w := NewWorkbook(&b, Summary{})
	if err := w.Begin(kinds()); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int64{maxExact, maxExact + 1, -maxExact - 1, math.MaxInt64, math.MinInt64} {
		if err := w.Row([]Cell{{}, CountCell(n), AmountCell(money.FromAtto(1)), {}, TextCell("1850-01-01"), TextCell("not a time"), {}, {}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	f := open(t, b.Bytes())
	for i, want := range []string{"999999999999999", "1000000000000000", "-1000000000000000", "9223372036854775807", "-9223372036854775808"} {
		ref := "B" + strconv.Itoa(i+2)
		if kind, _ := f.GetCellType("Data", ref); at(t, f, "Data", ref) != want || (kind == excelize.CellTypeInlineString) != (i > 0) {
			t.Errorf("%s is %q of type %v", ref, at(t, f, "Data", ref), kind)
		}
	}
	if day, end := at(t, f, "Data", "E2"), at(t, f, "Data", "F2"); day != "1850-01-01" || end != "not a time" {
		t.Errorf("%q, %q", day, end)
	}
	if text := parts(t, b.Bytes())[dataPath(1)]; !strings.Contains(text, "<v>0.000000000000000001</v>") {
		t.Errorf("a small amount is written otherwise:\n%s", text)
	}
}

// A sheet has as many rows as the format allows, and not one more.
func TestSheetsAreFull(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a million rows")
	}
	var b bytes.Buffer
	w := NewWorkbook(&b, Summary{})
	if err := w.Begin([]Column{{"n", Count, "", true}}); err != nil {
		t.Fatal(err)
	}
	const rows = 1_048_576
	for i := range int64(rows) {
		if err := w.Row([]Cell{CountCell(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	all := parts(t, b.Bytes())
	first, second := all[dataPath(1)], all[dataPath(2)]
	if n := strings.Count(first, "<row "); n != rows || !strings.Contains(first, `<c r="A1048576" s="7"><v>1048574</v></c>`) {
		t.Errorf("%d rows on the first sheet", n)
	}
	if n := strings.Count(second, "<row "); n != 2 || !strings.Contains(second, `<c r="A2" s="7"><v>1048575</v></c>`) {
		t.Errorf("%d rows on the second sheet", n)
	}
}

// Letters of columns are counted as spreadsheets do.
func TestColumnNames(t *testing.T) {
	for i, got := range columnNames(16384) {
		if want, err := excelize.ColumnNumberToName(i + 1); err != nil || got != want {
			t.Fatalf("column %d is %s, want %s", i+1, got, want)
		}
	}
}
