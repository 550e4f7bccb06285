package columns

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/importer"
)

// brought is what became of a text.
type brought struct {
	records []usage.Record
	bad     []usage.Quarantined
}

func bring(t testing.TB, f importer.Format, text string, o importer.Options) (b brought, err error) {
	t.Helper()
	out := importer.NewOut("file", o, func(batch usage.Batch) error {
		b.records = append(b.records, batch.Records...)
		b.bad = append(b.bad, batch.Quarantined...)
		return nil
	})
	err = f.Read(t.Context(), strings.NewReader(text), o, out)
	return b, errors.Join(err, out.Flush())
}

func mustBring(t testing.TB, m Map, text string) brought {
	t.Helper()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	b, err := bring(t, New(m), text, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sum(records []usage.Record) (n usage.Tokens) {
	for _, r := range records {
		n = n.Add(r.Tokens)
	}
	return n
}

func builtin(t testing.TB, name string) Map {
	t.Helper()
	for _, m := range Builtin() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no map %s", name)
	return Map{}
}

func TestCursor(t *testing.T) {
	text, err := os.ReadFile("testdata/cursor-new.csv")
	if err != nil {
		t.Fatal(err)
	}
	b := mustBring(t, builtin(t, "cursor"), string(text))
	// Without the request that failed: 1000+0+10+10 written, 200+8000+20+20 plain,
	// 30000+60000+30+30 read, 400+1600+40+40 out.
	want := usage.Tokens{Input: 8240, CacheRead: 90060, CacheWrite5m: 1020, Output: 2080}
	if got := sum(b.records); got != want || len(b.records) != 4 || len(b.bad) != 0 {
		t.Errorf("%d rows, %d bad, %+v; want %+v", len(b.records), len(b.bad), got, want)
	}
	first := b.records[0]
	if first.Provider != "cursor" || first.Source != "cursor" || first.Reported.String() != "0.19" || first.Currency != "USD" ||
		first.Tags.Get("kind") != "Included" || first.Requests != 1 || first.Context != 31200 || first.Basis != usage.Imported {
		t.Errorf("first = %+v", first)
	}
	if !first.Start.Equal(time.Date(2026, 9, 13, 18, 36, 5, 846e6, time.UTC)) || !first.End.IsZero() {
		t.Errorf("at %v – %v", first.Start, first.End)
	}
	if b.records[2].Currency != "" || b.records[3].Currency != "" {
		t.Error("Included or NaN was taken for an amount")
	}
	if b.records[2].Flags != 0 || b.records[3].Flags != usage.FlagTotalMismatch {
		t.Error("the row that does not add up is not the one that is flagged")
	}

	text, err = os.ReadFile("testdata/cursor-old.csv")
	if err != nil {
		t.Fatal(err)
	}
	b = mustBring(t, builtin(t, "cursor"), string(text))
	if got, want := sum(b.records), (usage.Tokens{Input: 5, CacheWrite5m: 10, Output: 20}); got != want {
		t.Errorf("old form: %+v, want %+v", got, want)
	}
	if r := b.records[0]; r.Reported.String() != "0.07" || r.End.Sub(r.Start) != 24*time.Hour {
		t.Errorf("old form: %s until %v", r.Reported, r.End)
	}
}

// TestSharedCursor: the files that others test with, worked out by hand: every row
// is the sum of its four classes.
func TestSharedCursor(t *testing.T) {
	dir := os.Getenv("TOKPIT_SHARED")
	if dir == "" {
		t.Skip("TOKPIT_SHARED is not set")
	}
	for name, want := range map[string]struct {
		tokens usage.Tokens
		amount []string
	}{
		"usage-new.csv": {usage.Tokens{Input: 775 + 8263, CacheRead: 105891 + 66964, CacheWrite5m: 28342, Output: 21282 + 1612}, []string{"0.19", "0.03"}},
		"usage-old.csv": {usage.Tokens{Input: 5, CacheWrite5m: 10, Output: 15 + 5}, []string{"0.1", "0.05"}},
	} {
		text, err := os.ReadFile(filepath.Join(dir, "fixtures", "cursor", name))
		if err != nil {
			t.Fatal(err)
		}
		f := New(builtin(t, "cursor"))
		if f.Sniff(name, text) != importer.Certain {
			t.Errorf("%s is not recognised", name)
		}
		b := mustBring(t, f.Map(), string(text))
		if got := sum(b.records); got != want.tokens {
			t.Errorf("%s: %+v, want %+v", name, got, want.tokens)
		}
		for i, r := range b.records {
			if r.Reported.String() != want.amount[i] || r.Flags != 0 {
				t.Errorf("%s row %d: %s, flags %b", name, i, r.Reported, r.Flags)
			}
		}
	}
}

func TestOpenAI(t *testing.T) {
	head := "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens\n"
	text := head +
		"1788220800,1788307200,x,x,proj_a,10.0,user-a,key_a,gpt-4o-2024-08-06,FALSE,default,59200.0,10646.0,5760.0\n" +
		"1788307200,1788393600,x,x,,,,,,,,,,\n" +
		"1788307200,1788393600,x,x,proj_a,2,user-a,key_a,gpt-5,TRUE,default,100,50,0\n"
	b := mustBring(t, builtin(t, "openai-csv"), text)
	if len(b.records) != 2 || len(b.bad) != 0 {
		t.Fatalf("%d rows, bad %v", len(b.records), b.bad)
	}
	r := b.records[0]
	if r.Input != 53440 || r.CacheRead != 5760 || r.Requests != 10 || r.Tier != "" || r.Context != usage.Absent || r.End.Sub(r.Start) != 24*time.Hour {
		t.Errorf("first = %+v", r)
	}
	if b.records[1].Tier != "batch" {
		t.Error("a batch is not said to be one")
	}
	costs := "start_time,end_time,amount_value,amount_currency,line_item,project_id\n1788220800,1788307200,0.8958740000000000,usd,\"gpt-5, input\",p\n1788307200,1788393600,,,,\n"
	b = mustBring(t, builtin(t, "openai-costs-csv"), costs)
	if len(b.records) != 1 || b.records[0].Reported.String() != "0.895874" || b.records[0].Currency != "USD" || b.records[0].Basis != usage.Billed ||
		b.records[0].Tags.Get("line_item") != "gpt-5, input" {
		t.Errorf("costs = %+v", b.records)
	}
}

func TestOpenRouter(t *testing.T) {
	text := "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,api_key_name\n" +
		"gen-1,2026-06-28 03:46:57.713,0.0123,10389,137,100,389,openai/gpt-oss-120b,Groq,main\n" +
		"gen-1,2026-06-28 03:46:57.713,0.0123,10389,137,100,389,openai/gpt-oss-120b,Groq,main\n" +
		"gen-2,2026-06-28 03:46:57.713,1e-05,10,1,2,0,openai/gpt-oss-120b,Groq,main\n"
	b := mustBring(t, builtin(t, "openrouter-csv"), text)
	if len(b.records) != 2 || len(b.bad) != 1 || b.bad[0].Line != 4 {
		t.Fatalf("%d rows, bad %v", len(b.records), b.bad)
	}
	if r := b.records[0]; r.ID != "gen-1" || r.Input != 10000 || r.CacheRead != 389 || r.Output != 137 || r.Reasoning != 100 || r.Key != "main" {
		t.Errorf("first = %+v", r)
	}
}

// TestMapsAreKept: the text of a map is read back as the same map.
func TestMapsAreKept(t *testing.T) {
	for _, m := range Builtin() {
		again, err := Parse(m.Text())
		if err != nil {
			t.Errorf("%s: %v\n%s", m.Name, err, m.Text())
		} else if !bytes.Equal(again.Text(), m.Text()) || !again.Means(m) {
			t.Errorf("%s comes back as\n%s", m.Name, again.Text())
		}
	}
	for text, want := range map[string]string{
		"name = 'x'\n\ncolour = 'red'": "line 3: unknown key colour",
		"name = ":                      "line 1",
		"name = 'x'":                   "time.column is missing",
		"[time]\ncolumn = 't'\n[columns]\nmodel = 'm'":                                                    "no column counts anything",
		"[time]\ncolumn = 't'\n[tokens]\ninput = 'i'":                                                     "columns.model is missing",
		"[time]\ncolumn = 't'\nformat = 'whenever'\n[tokens]\ninput = 'i'\n[columns]\nmodel = 'm'":        "time.format",
		"[time]\ncolumn = 't'\n[tokens]\ninput = 'i'\n[columns]\nmodle = 'm'":                             "columns.modle is not known",
		"[time]\ncolumn = 't'\n[tokens]\ninput = 'i'\n[columns]\nmodel = 'm'\n[tags]\nimport = 'x'":       `"import" cannot be a tag`,
		"rows = 'many'\n[time]\ncolumn = 't'\n[tokens]\ninput = 'i'\n[columns]\nmodel = 'm'":              "it can be request, sum",
		"[time]\ncolumn='t'\n[tokens]\ninput='i'\ninput_includes=['reasoning']\n[columns]\nmodel = 'm'\n": "tokens.input_includes",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v; want %q", text, err, want)
		}
	}
}

func plainMap() Map {
	return Map{Name: "plain", Time: Time{Column: "time"}, Tokens: Tokens{Input: "in", Output: "out", Total: "total ?"},
		Columns: map[string]string{"model": "model", "amount": "cost ?", "currency": "currency ?"}}
}

// TestDialects: one table in all the ways that spreadsheets save it.
func TestDialects(t *testing.T) {
	utf16 := func(s string, order func(r rune) []byte, bom string) string {
		b := []byte(bom)
		for _, r := range s {
			b = append(b, order(r)...)
		}
		return string(b)
	}
	plain := "time,model,in,out\n2026-01-02T03:04:05Z,m-1,10,5\n2026-01-02T03:04:06Z,m-2,20,6\n"
	for name, text := range map[string]string{
		"comma":          plain,
		"crlf":           strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolon":      strings.ReplaceAll(plain, ",", ";"),
		"tab":            strings.ReplaceAll(plain, ",", "\t"),
		"bar":            strings.ReplaceAll(plain, ",", "|"),
		"byte order":     "\ufeff" + plain,
		"sep line":       "sep=;\n" + strings.ReplaceAll(plain, ",", ";"),
		"utf-16 le":      utf16(plain, func(r rune) []byte { return []byte{byte(r), 0} }, "\xff\xfe"),
		"utf-16 be":      utf16(plain, func(r rune) []byte { return []byte{0, byte(r)} }, "\xfe\xff"),
		"quoted":         "\"time\",\"model\",\"in\",\"out\"\n\"2026-01-02T03:04:05Z\",\"m-1\",\"10\",\"5\"\n2026-01-02T03:04:06Z,m-2,20,6",
		"other columns":  "id,time,model,note,in,out\n1,2026-01-02T03:04:05Z,m-1,\"two\nlines, \"\"quoted\"\"\",10,5\n2,2026-01-02T03:04:06Z,m-2,,20,6\n",
		"order and case": "OUT,In,MODEL,Time\n5,10,m-1,2026-01-02T03:04:05Z\n6,20,m-2,2026-01-02T03:04:06Z\n",
		"json lines":     `{"time":"2026-01-02T03:04:05Z","model":"m-1","in":10,"out":5}` + "\n" + `{"out":6,"in":20,"model":"m-2","time":"2026-01-02T03:04:06Z","x":{"in":9}}`,
		"json array":     `[{"time":"2026-01-02T03:04:05Z","model":"m-1","in":10,"out":5},{"out":6,"in":20,"model":"m-2","time":"2026-01-02T03:04:06Z"}]`,
	} {
		b := mustBring(t, plainMap(), text)
		if got := sum(b.records); len(b.records) != 2 || len(b.bad) != 0 || got.Input != 30 || got.Output != 11 || b.records[1].Model != "m-2" {
			t.Errorf("%s: %d rows, %+v, bad %v", name, len(b.records), got, b.bad)
		}
	}
	for name, text := range map[string]string{
		"no column":    "time,model,in\n2026-01-02,m,1\n",
		"twice":        "time,model,in,in,out\n2026-01-02,m,1,1,1\n",
		"empty":        "  \n",
		"no mark":      "t\x00i\x00m\x00e\x00,\x00",
		"old mac":      "time,model,in,out\r2026-01-02,m,1,1\r",
		"html":         "<!doctype html>\n<html><body>sign in</body></html>\n",
		"nothing else": "time,model",
	} {
		if _, err := bring(t, New(plainMap()), text, importer.Options{}); !errors.Is(err, ErrForeign) {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

// TestBadRows: a row in doubt is refused with its line, and costs no other.
func TestBadRows(t *testing.T) {
	text := "time,model,in,out,total,cost,currency\n" +
		"2026-01-02T03:04:05Z,m,1,1,2,0.5,EUR\n" + // 2, good
		"2026-01-02T03:04:05Z,m,1.5e3,1,,,\n" + // 3
		"2026-01-02T03:04:05Z,m,-4,1,,,\n" + // 4
		"yesterday,m,1,1,,,\n" + // 5
		"2026-02-30T00:00:00Z,m,1,1,,,\n" + // 6
		"2026-01-02T03:04:05Z,,1,1,,,\n" + // 7
		"2026-01-02T03:04:05Z,m,,,,,\n" + // 8
		"2026-01-02T03:04:05Z,m,1,1\n" + // 9
		"2026-01-02T03:04:05Z,m,1,1,,1.2.3,\n" + // 10
		"2026-01-02T03:04:05Z,m,1,1,,€5,USD\n" + // 11
		"2026-01-02T03:04:05Z,m,\"1,23\",1,,,\n" + // 12
		"2026-01-02T03:04:05Z,m,1,1,,5,credits\n" + // 13
		"2026-01-02T03:04:05Z,m,\"1,234\",7.0,1241,,\n" + // 14, good
		"2026-01-02T03:04:05Z,m,1,1,3,,\n" // 15, good but flagged
	b := mustBring(t, plainMap(), text)
	if got := sum(b.records); len(b.records) != 3 || got.Input != 1236 || got.Output != 9 {
		t.Errorf("%d rows, %+v", len(b.records), got)
	}
	if len(b.bad) != 11 {
		t.Errorf("%d bad rows: %v", len(b.bad), b.bad)
	}
	for i, q := range b.bad {
		if q.Line != int64(i+3) {
			t.Errorf("bad row %d is said to stand at line %d: %s", i+3, q.Line, q.Reason)
		}
	}
	strict := plainMap()
	strict.WrongTotal = "refuse"
	if b := mustBring(t, strict, text); len(b.records) != 2 {
		t.Errorf("%d rows if a wrong total is refused", len(b.records))
	}
}

// TestReasonsQuoteNothing: what stands in a row may be a prompt.
func TestReasonsQuoteNothing(t *testing.T) {
	const secret = "tell me about lighthouses"
	for _, row := range []string{secret + ",m,1,1", "2026-01-02,m," + secret + ",1", "2026-01-02,m,1," + secret, "2026-01-02,m,1,1,x," + secret} {
		for _, q := range mustBring(t, plainMap(), "time,model,in,out,cost,currency\n"+row+",,\n").bad {
			if strings.Contains(q.Reason, "lighthouses") {
				t.Errorf("the reason quotes the row: %s", q.Reason)
			}
		}
	}
}

func TestCounts(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "0": 0, "12": 12, "1,234": 1234, "12,345,678": 12345678, "1234.0": 1234, "1 234": 1234, "1'234": 1234, "-": 0, "NaN": 0, "007": 7} {
		if n, _, bad := parseCount([]byte(text), '.'); n != want || bad != fine {
			t.Errorf("%q is %d (%s), want %d", text, n, bad, want)
		}
	}
	if n, _, bad := parseCount([]byte("1.234"), ','); n != 1234 || bad != fine {
		t.Errorf("1.234 with a decimal comma is %d (%s)", n, bad)
	}
	for _, text := range []string{"1.5", "1e3", "1.5K", "1,23", "1,2345", ",123", "1,234.5", "1.234,0", "-5", "0x10", "１２", "1234567890123456789", "12 34", "+5", "1,234 567"} {
		if n, _, bad := parseCount([]byte(text), '.'); bad == fine {
			t.Errorf("%q is %d", text, n)
		}
	}
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]string{"0.19": "0.19 ", "$0.10": "0.1 ", "US$ 3": "3 USD", "$1,234.50": "1234.5 ", "-$2": "-2 ", "($2.00)": "-2 ", "€5": "5 EUR", "5 €": "5 EUR", "12.50 EUR": "12.5 EUR",
		"3.5e-06": "0.0000035 ", "1E2": "100 ", ".5": "0.5 ", "5.": "5 ", "0.8958740000000000": "0.895874 ", "0.3409000000000000000000": "0.3409 "} {
		a, currency, ok, bad := parseAmount([]byte(text), '.')
		if got := a.String() + " " + currency; got != want || !ok || bad != fine {
			t.Errorf("%q is %q (%s), want %q", text, got, bad, want)
		}
	}
	if a, _, _, bad := parseAmount([]byte("1.234,56 €"), ','); a.String() != "1234.56" || bad != fine {
		t.Errorf("a decimal comma gives %s (%s)", a, bad)
	}
	for _, text := range []string{"", "Included", "NaN", "-", "N/A", "free"} {
		if _, _, ok, bad := parseAmount([]byte(text), '.'); ok || bad != fine {
			t.Errorf("%q is an amount", text)
		}
	}
	for _, text := range []string{"1.2.3", "abc", "1,23", "$", "--1", "1e", "1e999", "0.0000000000000000001", "$$1", "1 2"} {
		if a, _, ok, bad := parseAmount([]byte(text), '.'); bad == fine {
			t.Errorf("%q is %s, %v", text, a, ok)
		}
	}
}

func TestTimes(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	for _, x := range []struct{ format, text, want string }{
		{"", "2026-07-01T10:00:00Z", "2026-07-01T10:00:00Z"}, {"", "2026-07-01 10:00", "2026-07-01T08:00:00Z"}, {"", "2026-07-01", "2026-06-30T22:00:00Z"},
		{"", "2026-07-01T10:00:00.5+05:30", "2026-07-01T04:30:00.5Z"}, {"", "2026-07-01 10:00:00 UTC", "2026-07-01T10:00:00Z"}, {"", "2026-07-01T10:00:00+0200", "2026-07-01T08:00:00Z"},
		{"unix", "1782900000", "2026-07-01T10:00:00Z"}, {"unix", "1782900000.25", "2026-07-01T10:00:00.25Z"}, {"unix-ms", "1782900000123", "2026-07-01T10:00:00.123Z"},
		{"unix-us", "1782900000000001", "2026-07-01T10:00:00.000001Z"}, {"unix-ns", "1782900000000000001", "2026-07-01T10:00:00.000000001Z"},
		{"DD.MM.YYYY hh:mm", "01.07.2026 10:00", "2026-07-01T08:00:00Z"}, {"M/D/YYYY h:mm AM", "7/1/2026 10:00 PM", "2026-07-01T20:00:00Z"}, {"DD/MM/YY", "01/07/26", "2026-06-30T22:00:00Z"},
	} {
		c, err := newClock(x.format, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if w, bad := c.read([]byte(x.text)); bad != fine || w.at.UTC().Format(time.RFC3339Nano) != x.want {
			t.Errorf("%s %q is %s (%s), want %s", x.format, x.text, w.at.UTC().Format(time.RFC3339Nano), bad, x.want)
		}
	}
	c, _ := newClock("", time.UTC)
	for _, text := range []string{"", "now", "2026-13-01", "2026-02-29", "2026-1-1", "2026-01-01T25:00:00Z", "2026-01-01T10:00:00+99:00", "01/02/2026", "2026-01-01Tx"} {
		if w, bad := c.read([]byte(text)); bad == fine {
			t.Errorf("%q is %v", text, w.at)
		}
	}
}
