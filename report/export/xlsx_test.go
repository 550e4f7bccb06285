package export

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"tokpit/money"
)

func open(t interface{ Fatal(...any) }, data []byte) *excelize.File {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What is written to a workbook is read back as it was, cell by cell, over as many
// sheets as it takes; nothing is a formula; the column of exact amounts adds up.
func TestWorkbookIsLossless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		var b bytes.Buffer
		w := NewWorkbook(&b, Summary{Title: "=1+1"})
		w.most = rapid.IntRange(2, 5).Draw(t, "most")
		tally := write(t, w, rows)
		f := open(t, b.Bytes())
		defer func() { _ = f.Close() }()
		want := []string{summarySheet, daysSheet}
		for n := range max(1, (len(rows)+w.most-2)/(w.most-1)) {
			want = append(want, dataSheet(n+1))
		}
		if got := f.GetSheetList(); !slices.Equal(got, want) {
			t.Fatalf("sheets %q for %d rows of %d, want %q", got, len(rows), w.most-1, want)
		}
		for n, name := range want[2:] {
			from := n * (w.most - 1)
			checkData(t, f, name, rows[from:min(len(rows), from+w.most-1)])
		}
		sums := make(map[string]money.Amount)
		for i, r := range rows {
			if exact := at(t, f, dataSheet(i/(w.most-1)+1), "E"+strconv.Itoa(i%(w.most-1)+2)); r.priced {
				a, err := money.Parse(exact)
				if err != nil {
					t.Fatal(err)
				}
				sums[r.currency] = sums[r.currency].Add(a)
			}
		}
		for currency, want := range tally.Sums()["cost"].(map[string]string) {
			if sums[currency].String() != want {
				t.Fatalf("%s adds up to %s, not %s", currency, sums[currency], want)
			}
		}
		if title := at(t, f, summarySheet, "A1"); title != "=1+1" {
			t.Fatalf("title %q", title)
		}
	})
}

func at(t interface{ Fatal(...any) }, f *excelize.File, sheet, cell string) string {
	s, err := f.GetCellValue(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkData compares all cells of a sheet of rows, their types and styles.
func checkData(t *rapid.T, f *excelize.File, sheet string, rows []row) {
	all, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"name", "n", Currency, "cost", "cost_exact"}; !slices.Equal(all[0], want) {
		t.Fatalf("header %q, want %q", all[0], want)
	}
	if len(all) > len(rows)+1 {
		t.Fatalf("%s has %d rows, want %d", sheet, len(all)-1, len(rows))
	}
	for i, r := range rows {
		want := []string{readable(r.name), "", r.currency, "", ""}
		kinds := []excelize.CellType{excelize.CellTypeInlineString, excelize.CellTypeUnset, excelize.CellTypeInlineString, excelize.CellTypeUnset, excelize.CellTypeInlineString}
		styles := []style{styleText, styleCount, styleText, styleAmount, styleText}
		if r.hasN {
			want[1] = strconv.FormatInt(r.n, 10)
		}
		if r.priced {
			want[3], want[4] = strconv.FormatFloat(r.cost.Float(), 'f', -1, 64), r.cost.String()
		}
		for c, name := range columnNames(len(want)) {
			ref := name + strconv.Itoa(i+2)
			got := at(t, f, sheet, ref)
			if c == 3 && r.priced { // the reader writes numbers in its own way
				if n, err := strconv.ParseFloat(got, 64); err != nil || n != r.cost.Float() {
					t.Fatalf("%s: the number of %s is %s", ref, r.cost, got)
				}
			} else if got != want[c] {
				t.Fatalf("%s: read %q, wrote %q", ref, got, want[c])
			}
			kind, err := f.GetCellType(sheet, ref)
			if err != nil || want[c] != "" && kind != kinds[c] || want[c] == "" && kind != excelize.CellTypeUnset {
				t.Fatalf("%s: %q is of type %v, %v", ref, want[c], kind, err)
			}
			if look, err := f.GetCellStyle(sheet, ref); err != nil || want[c] != "" && look != int(styles[c]) {
				t.Fatalf("%s: style %d, want %d, %v", ref, look, styles[c], err)
			}
			if formula, err := f.GetCellFormula(sheet, ref); formula != "" || err != nil {
				t.Fatalf("%s: a formula: %q, %v", ref, formula, err)
			}
		}
	}
}

// readable is what a reader makes of a text: bytes that are not UTF-8 are marks.
func readable(s string) string {
	return strings.Map(func(r rune) rune { return r }, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// Every part of the file is well-formed, the header stands still and filters, and
// the second file is the first, byte by byte.
func TestWorkbookIsWellFormed(t *testing.T) {
	rows := []row{{name: "=cmd|' /C calc'!A0", currency: "USD", n: 1, hasN: true, cost: money.FromUnits(2), priced: true}, {name: "<&>\"\x00\x1b_x0041_\ufffe\xff"}}
	made := func() []byte {
		var b bytes.Buffer
		write(t, NewWorkbook(&b, Summary{Made: [][2]string{{"by", "<me> & =you"}}}), rows)
		return b.Bytes()
	}
	first := made()
	if !bytes.Equal(first, made()) {
		t.Error("two files of the same rows differ")
	}
	z, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, f := range z.File {
		if seen[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		seen[f.Name] = true
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(bytes.NewReader(text))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v\n%.2000s", f.Name, err, text)
			}
		}
		if f.Name == dataPath(1) {
			for _, want := range []string{`state="frozen"`, `<autoFilter ref="A1:E3"/>`} {
				if !bytes.Contains(text, []byte(want)) {
					t.Errorf("no %s", want)
				}
			}
		}
		if bytes.Contains(text, []byte("<f>")) && strings.HasPrefix(f.Name, "xl/worksheets/") {
			t.Errorf("%s has a formula", f.Name)
		}
	}
	f := open(t, first)
	if got, _ := f.GetCellValue("Data", "A3"); got != "<&>\"\x00\x1b_x0041_\ufffe\ufffd" {
		t.Errorf("read %q", got)
	}
}

// A cell holds 32,767 units of UTF-16; what is longer is cut between characters,
// ends in "…" and is counted.
func TestLongTextsAreCut(t *testing.T) {
	for _, s := range []string{strings.Repeat("x", cellUnits), strings.Repeat("ä", cellUnits), "x" + strings.Repeat("😀", cellUnits/2)} {
		if got, cut := fit(s); cut || got != s {
			t.Errorf("%.10q… of %d bytes is cut", s, len(s))
		}
	}
	for _, s := range []string{strings.Repeat("x", cellUnits+1), strings.Repeat("ä", 1<<20), strings.Repeat("😀", 20000), "xx" + strings.Repeat("😀", cellUnits/2)} {
		got, cut := fit(s)
		units := len(utf16.Encode([]rune(got)))
		if !cut || !strings.HasSuffix(got, "…") || !strings.HasPrefix(s, strings.TrimSuffix(got, "…")) || units > cellUnits || units < cellUnits-1 || !utf8.ValidString(got) {
			t.Errorf("%d bytes are cut to %d units", len(s), units)
		}
	}
	var b bytes.Buffer
	w := NewWorkbook(&b, Summary{})
	write(t, w, []row{{name: strings.Repeat("x", 1<<20)}})
	f := open(t, b.Bytes())
	rows, err := f.GetRows(summarySheet)
	if err != nil {
		t.Fatal(err)
	}
	var said bool
	for _, r := range rows {
		said = said || len(r) > 1 && r[0] == "cut" && strings.HasPrefix(r[1], "1 text")
	}
	if !said {
		t.Errorf("nothing says that a text was cut: %q", rows)
	}
}

// The error of a full disk comes back, from whichever call meets it.
func TestWorkbookReportsFailures(t *testing.T) {
	for _, room := range []int{0, 100, 3000} {
		w := NewWorkbook(&full{room}, Summary{})
		err := w.Begin(columns())
		for i := 0; err == nil && i < 200000; i++ {
			err = w.Row([]Cell{TextCell(strconv.Itoa(i * i)), {}, {}, {}})
		}
		if err == nil {
			err = w.End()
		}
		if !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

var errFull = errors.New("no space left")

type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// Rows are streamed: memory does not grow with them.
func TestWorkbookStreams(t *testing.T) {
	w := NewWorkbook(io.Discard, Summary{})
	if err := w.Begin(columns()); err != nil {
		t.Fatal(err)
	}
	cells := []Cell{TextCell("a project"), CountCell(12), TextCell("USD"), AmountCell(money.FromAtto(12345))}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 300_000 {
		if err := w.Row(cells); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkWorkbook(b *testing.B) {
	w := NewWorkbook(io.Discard, Summary{})
	_ = w.Begin(columns())
	cells := []Cell{TextCell("a project"), CountCell(12), TextCell("USD"), AmountCell(money.FromAtto(12345))}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Row(cells); err != nil {
			b.Fatal(err)
		}
	}
}
