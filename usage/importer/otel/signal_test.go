package otel

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage/importer"
	"tokpit/usage/internal/sinktest"
)

func logLine(service string, at time.Time, tokens int) string {
	return fmt.Sprintf(`{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":%q}}]},"scopeLogs":[{"logRecords":[`+
		`{"timeUnixNano":"%d","attributes":[{"key":"gen_ai.usage.input_tokens","value":{"intValue":"%d"}}]}]}]}]}`+"\n", service, at.UnixNano(), tokens)
}

func spanLine(service string, from, to time.Time, tokens int) string {
	return fmt.Sprintf(`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":%q}}]},"scopeSpans":[{"spans":[`+
		`{"traceId":"t","spanId":"s%d","startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":[{"key":"gen_ai.usage.input_tokens","value":{"intValue":"%d"}}]}]}]}]}`+"\n",
		service, tokens, from.UnixNano(), to.UnixNano(), tokens)
}

// planned reads texts by the plans that all of them have together, and returns the
// sum of input tokens of each.
func planned(t *testing.T, texts ...string) []int64 {
	t.Helper()
	var heard []Heard
	for i, text := range texts {
		signals, err := Survey(t.Context(), strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		heard = append(heard, Heard{fmt.Sprint("file", i), signals})
	}
	var sums []int64
	for i, plan := range Choose(heard) {
		sink := &sinktest.Sink{}
		out := importer.NewOut("t", importer.Options{}, sink.Apply)
		if err := (Format{Plan: plan}).Read(t.Context(), strings.NewReader(texts[i]), importer.Options{}, out); err != nil {
			t.Fatal(err)
		}
		if err := out.Flush(); err != nil {
			t.Fatal(err)
		}
		sum := int64(0)
		for _, r := range sink.Records {
			sum += r.Input
		}
		sums = append(sums, sum)
	}
	return sums
}

// TestOneSignalOfServices: a signal counts for a service and its days, whatever
// files it is in.
func TestOneSignalOfServices(t *testing.T) {
	noon := time.Date(2026, 10, 21, 12, 0, 0, 0, time.UTC)
	midnight := time.Date(2026, 10, 22, 0, 0, 0, 0, time.UTC)
	next := noon.AddDate(0, 0, 1)
	for _, c := range []struct {
		name  string
		texts []string
		want  []int64
	}{
		{"one service", []string{logLine("a", noon, 5), spanLine("a", noon, noon.Add(time.Second), 5)}, []int64{0, 5}},
		{"another service", []string{logLine("a", noon, 5), spanLine("b", noon, noon.Add(time.Second), 5)}, []int64{5, 5}},
		{"another service in one file", []string{logLine("a", noon, 5) + spanLine("b", noon, noon.Add(time.Second), 7)}, []int64{12}},
		{"nobody's", []string{logLine("", noon, 5), spanLine("b", noon, noon.Add(time.Second), 5)}, []int64{0, 5}},
		{"another day", []string{logLine("a", noon, 5), spanLine("a", next, next.Add(time.Second), 7)}, []int64{5, 7}},
		{"over midnight", []string{logLine("a", midnight.Add(-1), 5), spanLine("a", midnight.Add(-2*time.Second), midnight.Add(time.Second), 5)}, []int64{0, 5}},
		{"left out as a whole", []string{spanLine("a", noon, noon, 1), logLine("a", noon, 1) + logLine("a", next, 2)}, []int64{1, 0}},
		{"one signal in two files", []string{logLine("a", noon, 5), logLine("a", noon.Add(time.Hour), 6)}, []int64{5, 6}},
	} {
		if got := planned(t, c.texts...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestManyServices: services beyond those that are told apart are anybody's.
func TestManyServices(t *testing.T) {
	noon := time.Date(2026, 10, 21, 12, 0, 0, 0, time.UTC)
	var logs strings.Builder
	for i := range 3 * maxServices {
		logs.WriteString(logLine(fmt.Sprint("service", i), noon, 1))
	}
	signals, err := Survey(t.Context(), strings.NewReader(logs.String()))
	if err != nil || len(signals) != maxServices+1 {
		t.Errorf("%d signals, %v", len(signals), err)
	}
	if got := planned(t, logs.String()); got[0] != 3*maxServices {
		t.Errorf("%d are counted of %d", got[0], 3*maxServices)
	}
	late := fmt.Sprint("service", 2*maxServices)
	if got := planned(t, logs.String(), spanLine(late, noon, noon, 1)); got[0] != maxServices || got[1] != 1 {
		t.Errorf("%d with the spans of a late one", got)
	}
}
