package focuscsv

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/internal/sinktest"
)

// read imports a text and returns what is stored.
func read(t testing.TB, text string, o importer.Options) (*sinktest.Sink, error) {
	t.Helper()
	sink := &sinktest.Sink{}
	out := importer.NewOut("bill.csv", o, sink.Apply)
	err := Format{}.Read(context.Background(), strings.NewReader(text), o, out)
	if e := out.Flush(); e != nil {
		t.Fatal(e)
	}
	return sink, err
}

func sums(s *sinktest.Sink) string { return fmt.Sprint(s.Total().Reported) }

// billed is the sum of BilledCost, read with another reader.
func billed(t *testing.T, text string) money.Amount {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for i, name := range all[0] {
		if name == "BilledCost" {
			at = i
		}
	}
	var sum money.Amount
	for _, row := range all[1:] {
		a, err := money.Parse(row[at])
		if err != nil {
			t.Fatal(err)
		}
		sum = sum.Add(a)
	}
	return sum
}

// By hand: 1.234567890123456789 + 3 × 0.10 − 5.5 − 0.01 + 120 = 116.024567890123456789 USD,
// and 2.5 EUR of tax.
func TestCloudBill(t *testing.T) {
	text := string(sinktest.Read(t, "testdata/cloud.csv"))
	s, err := read(t, text, importer.Options{ID: "i1", Organization: "acme"})
	if err != nil || len(s.Quarantined) > 0 {
		t.Fatal(err, s.Reasons())
	}
	if got, want := sums(s), "[{EUR 2.500000000000000000 1} {USD 116.024567890123456789 7}]"; got != strings.ReplaceAll(want, "2.500000000000000000", "2.5") {
		t.Errorf("%s, want %s", got, want)
	}
	byItem := make(map[string]usage.Record)
	for _, r := range s.Records {
		if !r.Tokens.IsZero() || r.Basis != usage.Billed || r.Requests != usage.Absent || r.Organization != "acme" {
			t.Errorf("record %+v", r)
		}
		byItem[r.Tags.Get("line_item")] = r
	}
	r := byItem["Claude input tokens, us-east-1"]
	want := usage.Dims{Source: "focus", Account: "111122223333", Provider: "bedrock", Organization: "acme", Project: "444455556666", Model: "claude-sonnet-4-5",
		Region: "us-east-1", Basis: usage.Billed, Tags: usage.NewTags(map[string]string{"import": "i1", "team": "web", "line_item": "Claude input tokens, us-east-1",
			"service": "Amazon Bedrock", "service_category": "AI and Machine Learning", "sub_account": "research"})}
	if r.Dims != want {
		t.Errorf("%+v, want %+v", r.Dims, want)
	}
	if r.End.Sub(r.Start) != time.Hour || len(r.Quantities) != 1 || r.Quantities[0] != (usage.Quantity{Meter: "billed_tokens", N: 411522}) {
		t.Errorf("from %v to %v, %v", r.Start, r.End, r.Quantities)
	}
	if tax := byItem["VAT"]; tax.Provider != "azure" || tax.Tags.Get("charge_category") != "Tax" {
		t.Errorf("tax %+v", tax.Dims)
	}
	if c := byItem["Promotional credit"]; c.Reported.String() != "-5.5" || c.Tags.Get("invoice") != "INV-7" {
		t.Errorf("credit %+v", c)
	}
	if c := byItem["GPU hours"]; c.Provider != "aws" || c.Tags.Get("service") != "Amazon EC2" {
		t.Errorf("compute %+v", c.Dims)
	}
}

// TestIgnored: people see what is not read. EffectiveCost is not money that was
// billed.
func TestIgnored(t *testing.T) {
	file := &importer.File{Path: "testdata/cloud.csv", Format: Format{}}
	if _, err := file.Pull(t.Context(), nil, func(usage.Batch) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(file.Read.Ignored), "[BillingPeriodStart EffectiveCost ResourceId]"; got != want {
		t.Errorf("ignored %s, want %s", got, want)
	}
}

// TestAgain: a file that overlaps another adds what is new in it, also when the
// number of the invoice has come.
func TestAgain(t *testing.T) {
	text := string(sinktest.Read(t, "testdata/cloud.csv"))
	s, _ := read(t, text, importer.Options{})
	before := sums(s)
	out := importer.NewOut("b.csv", importer.Options{}, s.Apply)
	again := strings.ReplaceAll(text, "INV-7", "INV-8")
	again += "7,111122223333,USD,2026-10-01T00:00:00Z,Usage,,new,2026-10-09T01:00:00Z,2026-10-09T00:00:00Z,,,7,,AWS,,,Compute,Amazon EC2,,,,\n"
	if err := (Format{}).Read(t.Context(), strings.NewReader(again), importer.Options{}, out); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := sums(s); got != strings.Replace(before, "116.024567890123456789 7", "123.024567890123456789 8", 1) {
		t.Errorf("%s after %s", got, before)
	}
}

// TestOwnExport: what tokpit writes comes back with the same sum.
func TestOwnExport(t *testing.T) {
	text := string(sinktest.Read(t, "testdata/tokpit.csv"))
	s, err := read(t, text, importer.Options{})
	if err != nil || len(s.Quarantined) > 0 {
		t.Fatal(err, s.Reasons())
	}
	total := s.Total()
	if len(total.Reported) != 1 || total.Reported[0].Amount != billed(t, text) || total.Reported[0].Amount.String() != "38.192592914193548388" || total.Records != 26 {
		t.Errorf("%v, want %v", total.Reported, billed(t, text))
	}
	for _, r := range s.Records {
		if r.Account == "default" || r.Organization == "" && r.Tags.Get("charge_category") == "" {
			t.Errorf("%+v", r.Dims)
		}
	}
}

func TestRefused(t *testing.T) {
	head := "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ServiceName\n"
	s, err := read(t, head+"x,USD,2026-10-01,,a\n,USD,2026-10-01,,a\n1,USD,yesterday,,a\n1,USD,2026-10-02,2026-10-01,a\n1,USD\n1,USD,2026-10-02,later,a\n1,usd,2026-10-02 05:00:00 UTC,,a\n", importer.Options{})
	if err != nil || sums(s) != "[{USD 1 1}]" {
		t.Fatal(err, sums(s))
	}
	want := []string{"2: BilledCost is not a decimal number", "3: no BilledCost", "4: ChargePeriodStart is not a time", "5: ChargePeriodEnd is before ChargePeriodStart",
		"6: 2 fields, but the header has 5", "7: ChargePeriodEnd is not a time"}
	for i, q := range s.Quarantined {
		if got := fmt.Sprintf("%d: %s", q.Line, q.Reason); i >= len(want) || got != want[i] {
			t.Errorf("refused %s", got)
		}
	}
	for _, text := range []string{"", "a,b\n1,2\n", "\x00\xff", head[:20]} {
		if _, err := read(t, text, importer.Options{}); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// TestSpreadsheet: semicolons, decimal commas, a byte order mark and other names.
func TestSpreadsheet(t *testing.T) {
	s, err := read(t, "\xef\xbb\xbfbilled_cost;Billing Currency;charge_period_start\r\n1,25;EUR;2026-10-01 00:00:00\r\n-0,25;EUR;2026-10-02\r\n", importer.Options{})
	if err != nil || sums(s) != "[{EUR 1 2}]" {
		t.Errorf("%s, %v, %v", sums(s), err, s.Reasons())
	}
}

func TestSniff(t *testing.T) {
	for _, path := range []string{"testdata/cloud.csv", "testdata/tokpit.csv"} {
		if got := (Format{}).Sniff(path, sinktest.Read(t, path)); got != importer.Certain {
			t.Errorf("%s is %v", path, got)
		}
	}
	for _, text := range []string{"", "Date,Model,Cost\n", "{\"a\":1}\n", "\x1f\x8b"} {
		if got := (Format{}).Sniff("x.csv", []byte(text)); got != importer.Foreign {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestRecordedBills: the specification's own examples of AI services. By hand:
// 1.5 + 7.5 + 2.4 + 22.5 = 33.9, as it says itself.
func TestRecordedBills(t *testing.T) {
	dir := filepath.Join(sinktest.Shared(t), "..", "facts", "focus_ai_examples")
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, path := range files {
		text := string(sinktest.Read(t, path))
		s, err := read(t, text, importer.Options{})
		if err != nil || len(s.Quarantined) > 0 {
			t.Fatal(path, err, s.Reasons())
		}
		if got := s.Total().Reported; len(got) != 1 || got[0].Amount != billed(t, text) {
			t.Errorf("%s: %v, want %v", path, got, billed(t, text))
		}
		if strings.Contains(path, "prompt_caching_a") && s.Total().Reported[0].Amount.String() != "33.9" {
			t.Errorf("%v, want 33.9", s.Total().Reported)
		}
		for _, r := range s.Records {
			if r.Model == "" || r.Provider != "solora ai" {
				t.Errorf("%s: %+v", path, r.Dims)
			}
		}
	}
	if extra := os.Getenv("TOKPIT_FOCUS"); extra != "" { // a large bill of one's own
		text := string(sinktest.Read(t, extra))
		if s, err := read(t, text, importer.Options{}); err != nil || s.Total().Reported[0].Amount != billed(t, text) {
			t.Errorf("%s: %v, %v", extra, sums(s), err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, path := range []string{"testdata/cloud.csv", "testdata/tokpit.csv"} {
		f.Add(sinktest.Read(f, path))
	}
	f.Add([]byte("BilledCost;ChargePeriodStart;Tags\n1,5;2026-01-01;{\"a\":[}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		Format{}.Sniff("x", b)
		one, _ := read(t, string(b), importer.Options{})
		two, _ := read(t, string(b), importer.Options{})
		if fmt.Sprint(one.Total()) != fmt.Sprint(two.Total()) || len(one.Records) != len(two.Records) {
			t.Fatal("two readings differ")
		}
		for _, r := range one.Records {
			if !r.Tokens.IsZero() || r.Basis != usage.Billed || r.Start.IsZero() || r.ID == "" || r.Currency == "" {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	text := string(sinktest.Read(b, "testdata/tokpit.csv"))
	head, body, _ := strings.Cut(text, "\n")
	var big bytes.Buffer
	big.WriteString(head + "\n")
	const times = 2000
	for i := range times {
		big.WriteString(strings.ReplaceAll(body, "2026-10-02", fmt.Sprintf("2026-%02d-%02d", i/28%10+1, i%28+1)))
	}
	n := bytes.Count(big.Bytes(), []byte{'\n'}) - 1
	o := importer.Options{ID: "20261121T114502-3f9a2c"}
	b.SetBytes(int64(big.Len()))
	b.ReportAllocs()
	for b.Loop() {
		out := importer.NewOut("x", o, func(usage.Batch) error { return nil })
		if err := (Format{}).Read(b.Context(), bytes.NewReader(big.Bytes()), o, out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
}
