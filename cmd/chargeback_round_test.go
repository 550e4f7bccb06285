package cmd_test

import (
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"tokpit/money"
)

// amountsOf are the amounts that end a printed line.
func amountsOf(t *testing.T, line string) (out []money.Amount) {
	t.Helper()
	for _, s := range regexp.MustCompile(`-?\d+\.\d\d\b`).FindAllString(line, -1) {
		a, err := money.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

// TestPrintedChargebacksAddUp: what a chargeback prints for people adds up as it is
// printed, in every column and every row, in every cycle of the demo, by whatever
// owners and however it is shared; its total is the exact one, rounded.
func TestPrintedChargebacksAddUp(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	tables := 0
	for month := 5; month <= 11; month++ {
		for _, by := range []string{"project", "model", "account", "key"} {
			for _, share := range []string{"none", "even", "usage"} {
				name := fmt.Sprintf("2026-%02d by %s, %s", month, by, share)
				args := []string{"--demo", "chargeback", "--cycle", name[:7], "--by", by, "--share", share}
				out := m.run(args...).ok().stdout
				if strings.Contains(out, "Nothing was spent") {
					continue
				}
				sums := make([]money.Amount, 4)
				for _, line := range strings.Split(out, "\n") {
					cells := amountsOf(t, line)
					if len(cells) != 4 {
						continue
					}
					if got := cells[0].Add(cells[1]).Add(cells[2]); got != cells[3] {
						t.Errorf("%s: the row adds up to %s: %s", name, got.Format(2), line)
					}
					if !strings.HasPrefix(strings.TrimSpace(line), "Total") {
						for i := range sums {
							sums[i] = sums[i].Add(cells[i])
						}
						continue
					}
					tables++
					for i := range sums {
						if sums[i] != cells[i] {
							t.Errorf("%s: column %d adds up to %s: %s", name, i, sums[i].Format(2), line)
						}
					}
					if share == "none" {
						table, err := csv.NewReader(strings.NewReader(m.run(append(args, "--format", "csv")...).ok().stdout)).ReadAll()
						if err != nil {
							t.Fatal(err)
						}
						if whole, err := money.Parse(addUp(t, table, "charged")); err != nil || whole.Round(2) != cells[3] {
							t.Errorf("%s: charged %s, exactly %s, %v", name, cells[3].Format(2), whole, err)
						}
					}
					sums = make([]money.Amount, 4)
				}
			}
		}
	}
	if tables < 50 {
		t.Errorf("only %d tables were looked at", tables)
	}
}
