package budget

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// recorded reads the daily series under TOKPIT_FACTS/series, by name; the test
// is skipped where that is not set.
func recorded(t *testing.T) map[string][]Day {
	t.Helper()
	facts := os.Getenv("TOKPIT_FACTS")
	if facts == "" {
		t.Skip("TOKPIT_FACTS is not set: no recorded series")
	}
	files, err := filepath.Glob(filepath.Join(facts, "series", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no series in %s: %v", facts, err)
	}
	all := make(map[string][]Day)
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		var days []Day
		for _, row := range rows[1:] {
			date, err := time.Parse(time.DateOnly, row[0])
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			value, err := strconv.ParseFloat(row[1], 64)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			days = append(days, Day{date, value})
		}
		all[filepath.Base(name)] = days
	}
	return all
}

func TestForecastsOfRecordedSeries(t *testing.T) {
	var logs, covered, tasks, sets float64
	for name, days := range recorded(t) {
		b := RunBacktest(days)
		t.Logf("%-30s %4d tasks, error %.4f, run rate %.4f, ratio %.3f, covered %.3f", name, b.Tasks, b.Error, b.RunRate, b.Ratio(), b.Covered)
		logs += math.Log(b.Ratio())
		covered += b.Covered * float64(b.Tasks)
		tasks += float64(b.Tasks)
		sets++
	}
	ratio, part := math.Exp(logs/sets), covered/tasks
	t.Logf("ratio %.3f (geometric mean), covered %.3f (pooled)", ratio, part)
	if ratio > 0.90 {
		t.Errorf("the error is %.3f of the run rate's, want 0.90 at most", ratio)
	}
	if part < 0.75 || part > 0.85 {
		t.Errorf("the 80 %% band held %.3f of the totals, want 0.75 to 0.85", part)
	}
}

// TestSpikesInRecordedSeries asks for what each series allows. Views of an
// encyclopaedia's pages have spikes of their own and are so noisy that half as
// much again is an ordinary day on them: there only false alarms are bounded,
// and the real spikes are among those.
func TestSpikesInRecordedSeries(t *testing.T) {
	calm := map[string]bool{"nyc_taxi.csv": true, "pedestrians.csv": true}
	for name, days := range recorded(t) {
		values := make([]float64, len(days))
		for i, d := range days {
			values[i] = d.Value
		}
		alarms, found, tried := watch(values, 60)
		part, monthly := float64(found)/float64(tried), float64(alarms)*30.44/float64(len(values)-60)
		t.Logf("%-30s %.1f %% of 1.5× found, %.2f alarms a month", name, 100*part, monthly)
		switch {
		case calm[name] && (part < 0.85 || monthly > 0.5):
			t.Errorf("%s: %.1f %% found at %.2f false alarms a month, want 85 %% at 0.5", name, 100*part, monthly)
		case monthly > 0.75:
			t.Errorf("%s: %.2f alarms a month", name, monthly)
		}
	}
}
