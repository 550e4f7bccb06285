package export

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

const hostile = "=cmd|' /C calc'!A0"

func sumOf(cash, cost int64, currency string) report.Sum {
	return report.Sum{Requests: 3, Tokens: usage.Tokens{Input: cost * 1000, Output: 7}, Cost: money.FromUnits(cost), Priced: true, Cash: money.FromUnits(cash), CashKnown: true, Currency: currency}
}

// summaryOf is a summary of three days and fifteen models, one of which has a name
// that wants to run and one no price; with a plan, whose fee is in no row.
func summaryOf(t *testing.T, currency string) Summary {
	t.Helper()
	by := func(d usage.Dimension, rows ...report.Row) *report.Report {
		r := &report.Report{Query: report.Query{By: []usage.Dimension{d}}, Rows: rows, Total: sumOf(130, 200, currency), PlanSet: true}
		return r
	}
	models := []report.Row{{Keys: []string{"unknown-1"}, Sum: report.Sum{Requests: usage.Absent, UnpricedTokens: 5}}, {Keys: []string{hostile}, Sum: sumOf(15, 26, currency)}}
	for i := range int64(13) {
		models = append(models, report.Row{Keys: []string{fmt.Sprintf("model-%02d", i)}, Sum: sumOf(i+1, i+2, currency)})
	}
	days := []report.Row{{Keys: []string{"2026-11-01"}, Sum: sumOf(50, 80, currency)}, {Keys: []string{"2026-11-02"}, Sum: report.Sum{Requests: usage.Absent}}, {Keys: []string{"2026-11-03"}, Sum: sumOf(76, 120, currency)}}
	return Summary{Title: "Usage <&> cost", Total: by(usage.ByDay), Months: by(usage.ByMonth, report.Row{Keys: []string{"2026-11"}, Sum: sumOf(126, 200, currency)}),
		Models: by(usage.ByModel, models...), Daily: by(usage.ByDay, days...), Made: [][2]string{{"made by", "=1+1"}}}
}

func bookOf(t *testing.T, s Summary, rows ...row) ([]byte, *excelize.File) {
	t.Helper()
	var b bytes.Buffer
	write(t, NewWorkbook(&b, s), rows)
	return b.Bytes(), open(t, b.Bytes())
}

type cache struct {
	F      string `xml:"f"`
	Points []struct {
		At    int    `xml:"idx,attr"`
		Value string `xml:"v"`
	} `xml:"strCache>pt"`
	Numbers []struct {
		At    int    `xml:"idx,attr"`
		Value string `xml:"v"`
	} `xml:"numCache>pt"`
}

type series struct {
	Name       cache `xml:"tx>strRef"`
	Categories cache `xml:"cat>strRef"`
	Values     cache `xml:"val>numRef"`
}

func chartOf(t *testing.T, text string) (title, direction string, all []series) {
	t.Helper()
	var c struct {
		Chart struct {
			Title string `xml:"title>tx>rich>p>r>t"`
			Bars  struct {
				Dir struct {
					Val string `xml:"val,attr"`
				} `xml:"barDir"`
				Series []series `xml:"ser"`
			} `xml:"plotArea>barChart"`
		} `xml:"chart"`
	}
	if err := xml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c.Chart.Title, c.Chart.Bars.Dir.Val, c.Chart.Bars.Series
}

// cellsOf reads the cells that a reference such as 'Days'!$C$2:$C$31 names.
func cellsOf(t *testing.T, f *excelize.File, ref string) []string {
	t.Helper()
	sheet, cells, ok := strings.Cut(strings.ReplaceAll(ref, "$", ""), "!")
	first, last, several := strings.Cut(cells, ":")
	if !several {
		last = first
	}
	c1, r1, err1 := excelize.CellNameToCoordinates(first)
	c2, r2, err2 := excelize.CellNameToCoordinates(last)
	if !ok || err1 != nil || err2 != nil || c1 != c2 || r1 > r2 {
		t.Fatalf("%q is no reference to a column", ref)
	}
	var out []string
	for ; r1 <= r2; r1++ {
		name, _ := excelize.CoordinatesToCellName(c1, r1)
		out = append(out, at(t, f, strings.Trim(sheet, "'"), name))
	}
	return out
}

// The charts are drawn from the cells that they say, and what they hold of them
// is what is there: names, cash and cost, of each day and of the models that
// cost most.
func TestChartsNameTheirCells(t *testing.T) {
	s := summaryOf(t, "USD")
	data, f := bookOf(t, s)
	all := parts(t, data)
	days := []string{"2026-11-01", "2026-11-02", "2026-11-03"}
	models := []string{hostile}
	cash, cost := []string{"15"}, []string{"26"}
	for i := 12; len(models) < mostBars; i-- {
		models, cash, cost = append(models, fmt.Sprintf("model-%02d", i)), append(cash, strconv.Itoa(i+1)), append(cost, strconv.Itoa(i+2))
	}
	for n, want := range []struct {
		title, direction, sheet string
		names, cash, cost       []string
	}{
		{"Spend per day in USD", "col", "'Days'", days, []string{"50", "", "76"}, []string{"80", "", "120"}},
		{"Spend by model in USD", "bar", "'Summary'", models, cash, cost},
	} {
		title, direction, got := chartOf(t, all[chartPath(n+1)])
		if title != want.title || direction != want.direction || len(got) != 2 {
			t.Fatalf("chart %d is %q, %s, of %d series", n+1, title, direction, len(got))
		}
		for i, values := range [][]string{want.cash, want.cost} {
			one := got[i]
			if name := cellsOf(t, f, one.Name.F); !slices.Equal(name, []string{[]string{"cash", "cost"}[i]}) || one.Name.Points[0].Value != name[0] {
				t.Errorf("%s: series %d is called %q", title, i, name)
			}
			if !strings.HasPrefix(one.Values.F, want.sheet+"!$") || !slices.Equal(cellsOf(t, f, one.Categories.F), want.names) || !slices.Equal(cellsOf(t, f, one.Values.F), values) {
				t.Errorf("%s: %s and %s are %q and %q", title, one.Categories.F, one.Values.F, cellsOf(t, f, one.Categories.F), cellsOf(t, f, one.Values.F))
			}
			kept := make([]string, len(values))
			for _, p := range one.Values.Numbers {
				kept[p.At] = p.Value
			}
			names := make([]string, len(values))
			for _, p := range one.Categories.Points {
				names[p.At] = p.Value
			}
			if !slices.Equal(kept, values) || !slices.Equal(names, want.names) {
				t.Errorf("%s: the chart holds %q and %q", title, names, kept)
			}
		}
	}
	s.Total.PlanSet = false
	data, _ = bookOf(t, s)
	if _, _, got := chartOf(t, parts(t, data)[chartPath(1)]); len(got) != 1 {
		t.Errorf("without a plan there are %d series", len(got))
	}
}

// Amounts in several currencies are not drawn side by side, and the summary says
// so; without rows there is no chart, and no part of one.
func TestChartsOfSeveralCurrencies(t *testing.T) {
	s := summaryOf(t, "USD")
	both := report.Sum{Requests: 9, Costs: []report.CurrencySum{{Currency: "EUR", Cash: money.FromUnits(3), Cost: money.FromUnits(4)}, {Currency: "USD", Cash: money.FromUnits(5), Cost: money.FromUnits(6)}}}
	s.Total.Total, s.Daily.Rows[0].Sum, s.Models.Rows[1].Sum = both, both, both
	data, f := bookOf(t, s)
	for name := range parts(t, data) {
		if strings.Contains(name, "chart") || strings.Contains(name, "drawing") {
			t.Errorf("there is %s", name)
		}
	}
	rows, err := f.GetRows(summarySheet)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(rows, func(r []string) bool {
		return slices.Equal(r, []string{"charts", "none: the amounts are in several currencies"})
	}) {
		t.Errorf("nothing says why there is no chart: %q", rows)
	}
	want := [][]string{{"2026-11-01", "EUR", "3", "4", "0", "9", "0", "3", "4"}, {"2026-11-01", "USD", "5", "6", "", "", "", "5", "6"}}
	got, err := f.GetRows(daysSheet)
	if err != nil || !slices.EqualFunc(got[1:3], want, slices.Equal) {
		t.Errorf("the day is %q, want %q, %v", got[1:3], want, err)
	}
}

// Small amounts have an axis with cents.
func TestAxisOfSmallAmounts(t *testing.T) {
	for cash, want := range map[string]string{"0.25": "#,##0.00", "-9.99": "#,##0.00", "10": "#,##0", "": "#,##0.00"} {
		p := plot{points: []point{{cash: cash, cost: "1"}}}
		if got := p.format(); got != want {
			t.Errorf("an axis up to %q has the format %s, want %s", cash, got, want)
		}
	}
}

// The tables of the summary are what the reports say: numbers for people, all
// digits as text; what is not known is no cell; fees that belong to no row are
// named; nothing is a formula.
func TestSummaryIsComplete(t *testing.T) {
	s := summaryOf(t, "USD")
	s.Months.Rows[0].Sum.Cost = money.FromAtto(1_234_567_890_123_456_789)
	_, f := bookOf(t, s, row{name: "x"})
	got, err := f.GetRows(summarySheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]string{
		{"Usage <&> cost"},
		{"Total"},
		{"all", "USD", "130", "200", "200007", "3", "0", "130", "200"},
		{"By month"},
		{"month", "currency", "cash", "cost", "tokens", "requests", "unpriced tokens", "cash, exact", "cost, exact"},
		{"2026-11", "USD", "126", "1.2345678901234567", "200007", "3", "0", "126", "1.234567890123456789"},
		{"plan fees, which belong to no row", "USD", "4", "", "", "", "", "4"},
		{"By model"},
		{hostile, "USD", "15", "26", "26007", "3", "0", "15", "26"},
		{"unknown-1", "", "", "", "0", "", "5"},
		{"made by", "=1+1"},
		{"rows", "1, on 1 sheet(s)"},
	} {
		if !slices.ContainsFunc(got, func(r []string) bool { return slices.Equal(r, want) }) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	for i, r := range got {
		for c, text := range r {
			ref := columnNames(c + 1)[c] + strconv.Itoa(i+1)
			if formula, err := f.GetCellFormula(summarySheet, ref); formula != "" || err != nil {
				t.Errorf("%s is a formula: %q, %v", ref, formula, err)
			}
			kind, _ := f.GetCellType(summarySheet, ref)
			if _, err := strconv.ParseFloat(text, 64); err != nil && text != "" && kind != excelize.CellTypeInlineString {
				t.Errorf("%s, %q, is of type %v", ref, text, kind)
			}
			if c >= columnCashExact-1 && text != "" && kind != excelize.CellTypeInlineString {
				t.Errorf("the exact amount in %s is of type %v", ref, kind)
			}
		}
	}
	if i := slices.IndexFunc(got, func(r []string) bool { return len(r) > 3 && r[0] == "all" }); i < 0 || styleOf(t, f, summarySheet, "C"+strconv.Itoa(i+1)).CustomNumFmt == nil {
		t.Error("the total has no format")
	}
	if p, err := f.GetPanes(daysSheet); err != nil || !p.Freeze || p.YSplit != 1 {
		t.Errorf("the header of the days does not stand still: %+v, %v", p, err)
	}
	title, err1 := f.GetRowHeight(summarySheet, 1)
	other, err2 := f.GetRowHeight(summarySheet, 2)
	if title != 24 || other != 15 || err1 != nil || err2 != nil {
		t.Errorf("the title is %v high, what follows %v", title, other)
	}
	if f.GetActiveSheetIndex() != 0 {
		t.Error("the summary is not what is seen first")
	}
}
