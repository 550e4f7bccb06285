package pricing

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// sharedCSV reads a table of the shared facts, which tests see only where
// TOKPIT_SHARED names their folder.
func sharedCSV(t *testing.T, name string) []map[string]string {
	t.Helper()
	dir := os.Getenv("TOKPIT_SHARED")
	if dir == "" {
		t.Skipf("SKIPPED: set TOKPIT_SHARED to the shared folder to check %s", name)
	}
	return readRows(t, filepath.Join(dir, "facts", name))
}

// readRows reads a CSV file into one map a line.
func readRows(t testing.TB, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, fields := range lines[1:] {
		row := map[string]string{}
		for i, h := range lines[0] {
			row[h] = fields[i]
		}
		out = append(out, row)
	}
	return out
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSharedNames(t *testing.T) {
	for _, r := range sharedCSV(t, "model_names.csv") {
		checkName(t, r)
	}
}

// checkName compares one vector of names with what the embedded book says.
func checkName(t *testing.T, r map[string]string) {
	t.Helper()
	got := Embedded().Resolve(r["provider_hint"], r["raw_name"], instant(t, r["at"]))
	if got.Provider != r["provider"] || got.Model != r["canonical"] || got.Tier != r["service_tier"] ||
		got.Free != (r["free"] == "1") || got.PricedText() != r["priced"] {
		t.Errorf("%q at %q %s: got %s/%s tier %q free %v priced %s by %q, want %s/%s tier %q free %s priced %s",
			r["raw_name"], r["provider_hint"], r["at"], got.Provider, got.Model, got.Tier, got.Free, got.PricedText(), got.Rule,
			r["provider"], r["canonical"], r["service_tier"], r["free"], r["priced"])
	}
}

func TestSharedWorkedExamples(t *testing.T) {
	for _, r := range sharedCSV(t, "worked_examples.csv") {
		checkExample(t, r)
	}
}

// checkExample prices one worked example as a record and as a cell.
func checkExample(t *testing.T, r map[string]string) {
	t.Helper()
	n := func(column string) int64 {
		v, err := strconv.ParseInt(r[column], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	b := Embedded()
	tokens := usage.Tokens{Input: n("input"), CacheRead: n("cache_read"), CacheWrite5m: n("cache_write_5m"),
		CacheWrite1h: n("cache_write_1h"), Output: n("output")}
	rec := usage.Record{Start: instant(t, r["at"]), Context: tokens.TotalInput(), Requests: 1, Tokens: tokens,
		Dims: usage.Dims{Provider: r["provider"], Model: r["model"], Tier: r["service_tier"]}}
	cell := rec.Dims
	cell.Band = b.Edges().Band(tokens.TotalInput())
	slot := usage.SlotOf(rec.Start).Time()
	for _, got := range []Charge{b.ChargeRecord(&rec), b.ChargeCell(&cell, slot, slot.Add(usage.SlotLength), tokens, nil)} {
		if r["amount_usd"] == "" {
			if got.Priced || got.UnpricedTokens != tokens.Total() || !got.Cost.IsZero() {
				t.Errorf("%s: got %s, priced %v, %d unpriced, want all unpriced", r["id"], got.Cost, got.Priced, got.UnpricedTokens)
			}
			continue
		}
		want, err := money.Parse(r["amount_usd"])
		if err != nil {
			t.Fatal(err)
		}
		if got.Cost != want || !got.Priced || got.Ranged || got.Low != want || got.High != want || got.UnpricedTokens != 0 {
			t.Errorf("%s %s: got %s (%s to %s, %s), want %s", r["id"], r["title"], got.Cost, got.Low, got.High, got.Flags, want)
		}
		if want := r["flags"] != "" && r["flags"] != "free"; got.Estimated != want {
			t.Errorf("%s: estimated %v, want %v", r["id"], got.Estimated, want)
		}
	}
}
