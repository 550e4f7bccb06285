package explore

import (
	"image"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tokpit/money"
	"tokpit/usage"
)

// Words under a chart of days have equal distances, those of before as those of the
// time itself.
func TestDaysUnderAChartAreEvenlySpaced(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	for days := 14; days <= 62; days++ {
		tr := trend{unit: usage.ByDay, lead: days / 2, most: -1, running: days%3 > 0, currency: "USD"}
		today := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		for i := range days {
			tr.names = append(tr.names, today.AddDate(0, 0, i+1-days).Format(time.DateOnly))
			tr.amounts = append(tr.amounts, money.FromUnits(int64(i+1)))
		}
		for width := 40; width <= 200; width += 7 {
			lines := d.bars(&tr, 0, image.Rect(0, 0, width, 12))
			at := labelled(ansi.Strip(lines[len(lines)-1]), tr.running, today)
			if len(at) < 2 {
				t.Fatalf("%d days in %d columns: %q", days, width, lines[len(lines)-1])
			}
			for i := 2; i < len(at); i++ {
				if at[i]-at[i-1] != at[1]-at[0] {
					t.Fatalf("%d days in %d columns: the days before today are %v: %q", days, width, at, ansi.Strip(lines[len(lines)-1]))
				}
			}
			if !slices.Contains(at, 0) {
				t.Fatalf("the last day has no word: %v", at)
			}
		}
	}
}

// labelled is how many days before the last one the words under a chart are.
func labelled(line string, running bool, today time.Time) (out []int) {
	if running {
		line = regexp.MustCompile("today").ReplaceAllString(line, today.Format("2 Jan"))
	}
	for _, text := range regexp.MustCompile(`\d+ [A-Z][a-z]+`).FindAllString(line, -1) {
		day, err := time.Parse("2 Jan 2006", text+" 2026")
		if err == nil {
			out = append(out, int(today.Sub(day).Hours()/24))
		}
	}
	return out
}
