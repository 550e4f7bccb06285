package export

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"runtime"
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

// What is written to a workbook is read back as it was, over as many sheets as it
// takes; nothing is a formula; the column of exact amounts adds up.
func TestWorkbookIsLossless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		var b bytes.Buffer
		w := NewWorkbook(&b, Summary{Title: "=1+1"})
		w.most = rapid.IntRange(2, 5).Draw(t, "most")
		tally := write(t, w, rows)
		f := open(t, b.Bytes())
		defer func() { _ = f.Close() }()
		if want := max(1, (len(rows)+w.most-2)/(w.most-1)); w.sheets != want {
			t.Fatalf("%d sheets for %d rows of %d, want %d", w.sheets, len(rows), w.most-1, want)
		}
		sums := make(map[string]money.Amount)
		for i := range rows {
			want, place := rows[i], i/(w.most-1)+1
			line := strconv.Itoa(i%(w.most-1) + 2)
			cell := func(column string) string {
				s, err := f.GetCellValue(dataSheet(place), column+line)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			if name := cell("A"); name != readable(want.name) {
				t.Fatalf("read %q, wrote %q", name, want.name)
			}
			if n := cell("B"); want.hasN && n != strconv.FormatInt(want.n, 10) || !want.hasN && n != "" {
				t.Fatalf("read %q, wrote %v %v", n, want.n, want.hasN)
			}
			exact := cell("E")
			if want.priced != (exact != "") || want.priced && exact != want.cost.String() {
				t.Fatalf("read %q, wrote %s", exact, want.cost)
			}
			if want.priced {
				a, err := money.Parse(exact)
				if err != nil {
					t.Fatal(err)
				}
				sums[want.currency] = sums[want.currency].Add(a)
				if number, err := strconv.ParseFloat(cell("D"), 64); err != nil || number != want.cost.Float() {
					t.Fatalf("the number of %s is %s", want.cost, cell("D"))
				}
				if kind, _ := f.GetCellType(dataSheet(place), "E"+line); kind != excelize.CellTypeInlineString {
					t.Fatalf("exact amounts are of type %v", kind)
				}
			}
			for _, column := range []string{"A", "B", "C", "D", "E"} {
				if formula, _ := f.GetCellFormula(dataSheet(place), column+line); formula != "" {
					t.Fatalf("a formula: %q", formula)
				}
			}
		}
		for currency, want := range tally.Sums()["cost"].(map[string]string) {
			if sums[currency].String() != want {
				t.Fatalf("%s adds up to %s, not %s", currency, sums[currency], want)
			}
		}
		if title, _ := f.GetCellValue(summarySheet, "A1"); title != "=1+1" {
			t.Fatalf("title %q", title)
		}
	})
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
