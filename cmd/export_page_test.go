package cmd_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tokpit/money"
)

// totals is what tokpit report --json says of a span.
type totals struct {
	Total struct {
		Cash string `json:"cash"`
		Cost string `json:"cost"`
	} `json:"total"`
}

// TestPagesAndBooksSayWhatReportsSay: the page shows the report's figures,
// rounded, and the exact columns of the workbook add up to them, in its rows and
// in its summary.
func TestPagesAndBooksSayWhatReportsSay(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	for _, span := range [][]string{{"--since", "2026-10-01", "--until", "2026-11-01"}, {"--since", "2026-10-01", "--until", "2026-11-01", "--filter", "provider=anthropic"}, {"--since", "2026-11-01"}} {
		var want totals
		if err := json.Unmarshal([]byte(m.run(append([]string{"--demo", "report", "--json"}, span...)...).ok().stdout), &want); err != nil {
			t.Fatal(err)
		}
		page := m.run(append([]string{"--demo", "export", "--format", "html", "-o", "-"}, span...)...).ok().stdout
		value := regexp.MustCompile(`<dd class="value">([^<]*)</dd>`).FindAllStringSubmatch(page, 2)
		for i, exact := range []string{want.Total.Cash, want.Total.Cost} {
			a, err := money.Parse(exact)
			if err != nil {
				t.Fatalf("%q: %v", exact, err)
			}
			if shown := strings.NewReplacer("USD\u00a0", "", ",", "").Replace(value[i][1]); shown != a.Format(2) {
				t.Errorf("%v: the page shows %q, the report says %s", span, value[i][1], exact)
			}
		}
		book := m.run(append([]string{"--demo", "export", "--format", "xlsx", "-o", "-"}, span...)...).ok().stdout
		f, err := excelize.OpenReader(bytes.NewReader([]byte(book)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows("Data")
		if err != nil {
			t.Fatal(err)
		}
		if cash, cost := addUp(t, rows, "cash_exact"), addUp(t, rows, "cost_exact"); cash != want.Total.Cash || cost != want.Total.Cost {
			t.Errorf("%v: rows add up to %s and %s, the report says %s and %s", span, cash, cost, want.Total.Cash, want.Total.Cost)
		}
		if cash, _ := f.GetCellValue("Summary", "H7"); cash != want.Total.Cash {
			t.Errorf("%v: the summary says %s, the report %s", span, cash, want.Total.Cash)
		}
		days, err := f.GetRows("Days")
		if err != nil {
			t.Fatal(err)
		}
		if cash := addUp(t, days, "cash, exact"); cash != want.Total.Cash {
			t.Errorf("%v: the days add up to %s, the report says %s", span, cash, want.Total.Cash)
		}
	}
}

func addUp(t *testing.T, rows [][]string, column string) string {
	var sum money.Amount
	at := -1
	for i, name := range rows[0] {
		if name == column {
			at = i
		}
	}
	if at < 0 {
		t.Fatalf("no column %s in %q", column, rows[0])
	}
	for _, r := range rows[1:] {
		if len(r) > at && r[at] != "" {
			a, err := money.Parse(r[at])
			if err != nil {
				t.Fatal(err)
			}
			sum = sum.Add(a)
		}
	}
	return sum.String()
}
