package anthropic

import (
	"encoding/json"
	"math/big"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// decode runs a page through a decoder and returns what is emitted.
func decode(t testing.TB, data []byte, stream string, add func(*puller) func(json.RawMessage, *buckets.Bucket) error) (recs []usage.Record, bad []usage.Quarantined, rows int64) {
	t.Helper()
	var got page
	if json.Unmarshal(data, &got) != nil || got.check() != nil {
		return nil, nil, 0
	}
	p := &puller{Source: &Source{Options{Account: "acme"}}, organization: "org-1"}
	w := &buckets.Writer{Stream: stream, Grain: "1d", Report: &p.report,
		Keep: usage.Span{Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
		Emit: func(b usage.Batch) error {
			for _, s := range b.Slices {
				recs = append(recs, s.Records...)
			}
			bad = append(bad, b.Quarantined...)
			return nil
		}}
	if stream == "claude_code" {
		into, _ := w.Bucket(time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC))
		w.Count(len(*got.Data))
		for i, raw := range *got.Data {
			if err := add(p)(raw, into); err != nil {
				w.Bad("day", i+1, reason(err))
			}
		}
	} else {
		for i, raw := range *got.Data {
			if err := readBucket(raw, i, w, add(p)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Finish(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), usage.Batch{}); err != nil {
		t.Fatal(err)
	}
	return recs, bad, p.report.Rows
}

func messageRows(p *puller) func(json.RawMessage, *buckets.Bucket) error { return p.usageRow }
func costRows(p *puller) func(json.RawMessage, *buckets.Bucket) error    { return p.costRow }
func coderRows(p *puller) func(json.RawMessage, *buckets.Bucket) error   { return p.claudeCodeRow }

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMessages(t *testing.T) {
	recs, bad, rows := decode(t, read(t, "testdata/messages.json"), "messages", messageRows)
	if len(recs) != 2 || len(bad) != 0 || rows != 2 {
		t.Fatalf("%+v, %v", recs, bad)
	}
	day := time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)
	a, b := recs[0], recs[1]
	want := usage.Record{ID: a.ID, Start: day, End: day.Add(24 * time.Hour), Slice: "messages/1d", Context: usage.Absent, Requests: usage.Absent,
		Dims: usage.Dims{Source: "anthropic", Account: "acme", Provider: "anthropic", Organization: "org-1", Model: "claude-opus-5", Tier: "fast", Region: "us",
			Basis: usage.Reported, Band: usage.Band{Lo: 200_001, End: 1_000_001}},
		Tokens:     usage.Tokens{Input: 1200, CacheRead: 4000, CacheWrite5m: 20, CacheWrite1h: 30, Output: 77},
		Quantities: []usage.Quantity{{Meter: "web_search", N: 2}}}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("%+v\nwant %+v", a, want)
	}
	if b.Tier != "batch" || b.Region != "" || b.Key != "apikey_1" || b.Project != "wrkspc_1" || b.Input != 1 || b.Band != (usage.Band{End: 200_001}) || b.ID == a.ID {
		t.Errorf("%+v", b)
	}
}

func TestCosts(t *testing.T) {
	recs, bad, _ := decode(t, read(t, "testdata/cost.json"), "cost", costRows)
	if len(recs) != 2 || len(bad) != 0 {
		t.Fatalf("%+v, %v", recs, bad)
	}
	a, b := recs[0], recs[1]
	if a.Reported.String() != "1.2345" || a.Currency != "USD" || a.Basis != usage.Billed || a.Tags.Get("line_item") != "Claude Opus 5 Usage - Input Tokens" || !a.Tokens.IsZero() || a.Model != "claude-opus-5" {
		t.Errorf("%+v", a)
	}
	if b.Reported.String() != "0.001" || b.Tags.Get("line_item") != "web_search" || b.Project != "wrkspc_1" {
		t.Errorf("%+v", b)
	}
}

func TestClaudeCodeRows(t *testing.T) {
	recs, bad, rows := decode(t, read(t, "testdata/claude_code.json"), "claude_code", coderRows)
	if len(recs) != 1 || len(bad) != 0 || rows != 2 {
		t.Fatalf("%+v, %v", recs, bad)
	}
	r := recs[0]
	if r.Source != "claude-code" || r.Provider != "anthropic" || r.Basis != usage.Reported || r.User != "ann@example.com" || r.Tags.Get("terminal") != "vscode" ||
		r.Tokens != (usage.Tokens{Input: 10, Output: 20, CacheRead: 30, CacheWrite5m: 40}) || r.Currency != "" || r.Requests != usage.Absent {
		t.Errorf("%+v", r)
	}
}

func TestBands(t *testing.T) {
	for text, want := range map[string]usage.Band{"0-200k": {Lo: 0, End: 200_001}, "200k-1M": {Lo: 200_001, End: 1_000_001}, "1M-2M": {Lo: 1_000_001, End: 2_000_001},
		"": {}, "0-": {}, "x-y": {}, "200k": {}, "5-1": {}, "0-99999999999999M": {}} {
		if got := band(text); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

// FuzzCents compares the moved point with a division of rationals.
func FuzzCents(f *testing.F) {
	for _, s := range []string{"123.45", "5", "-123", "1e-7", "0", "0.00", "1E+3", "+7", "1e", ".5", "99999999999999999999999", "1e-16", ".0000000000000000000000000.000000", "1.2.3e-500", "1e-1111117"} {
		f.Add(s)
	}
	number := regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+$`)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := hundredth(pull.Number(s)).Amount()
		want, ok := new(big.Rat).SetString(s)
		if err != nil || s == "" {
			return
		}
		if !ok { // big.Rat takes no exponent that small, which is no amount either
			if !number.MatchString(s) || !got.IsZero() {
				t.Fatalf("%q is %s", s, got)
			}
			return
		}
		want.Quo(want, big.NewRat(100, 1))
		mine, _ := new(big.Rat).SetString(got.String())
		if diff := new(big.Rat).Sub(mine, want); diff.Abs(diff).Cmp(big.NewRat(1, 2e18)) > 0 {
			t.Fatalf("%q cents are %s, want %s", s, got, want.FloatString(20))
		}
	})
}

// sound checks what may be said of any answer: what counts is believable and
// named once, and every row counts or is named.
func sound(t *testing.T, recs []usage.Record, bad []usage.Quarantined, billed bool) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range recs {
		if r.ID == "" || seen[r.ID] {
			t.Fatalf("id %q", r.ID)
		}
		seen[r.ID] = true
		for _, n := range []int64{r.Input, r.CacheRead, r.CacheWrite5m, r.CacheWrite1h, r.Output} {
			if n < 0 {
				t.Fatalf("%+v", r.Tokens)
			}
		}
		if billed != (r.Currency != "") || billed && !r.Tokens.IsZero() || r.Start.IsZero() || r.Provider != "anthropic" {
			t.Fatalf("%+v", r)
		}
	}
	for _, q := range bad {
		if q.Reason == "" || q.File == "" || strings.Contains(q.Reason, "json:") {
			t.Fatalf("%+v", q)
		}
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(read(f, "testdata/messages.json"))
	f.Add([]byte(`{"data":[{"starting_at":"x","results":[{}]},{"starting_at":"2026-11-19T00:00:00Z","results":[{"output_tokens":1},{"output_tokens":2},[]]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		recs, bad, _ := decode(t, data, "messages", messageRows)
		sound(t, recs, bad, false)
	})
}

func FuzzCosts(f *testing.F) {
	f.Add(read(f, "testdata/cost.json"))
	f.Add([]byte(`{"data":[{"starting_at":"2026-11-19T00:00:00Z","results":[{"amount":"1e-3","currency":"eur"},{"amount":null},{"amount":-5}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		recs, bad, _ := decode(t, data, "cost", costRows)
		sound(t, recs, bad, true)
	})
}

func FuzzClaudeCode(f *testing.F) {
	f.Add(read(f, "testdata/claude_code.json"))
	f.Fuzz(func(t *testing.T, data []byte) {
		recs, bad, _ := decode(t, data, "claude_code", coderRows)
		sound(t, recs, bad, false)
	})
}
