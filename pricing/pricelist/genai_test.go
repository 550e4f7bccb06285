package pricelist

import (
	"errors"
	"strings"
	"testing"

	"tokpit/pricing"
	"tokpit/usage"
)

const genAI = `[
{"id": "anthropic", "name": "Anthropic", "api_pattern": "https://api\\.anthropic\\.com", "model_match": {"contains": "claude"}, "extractors": [], "models": [
 {"id": "claude-opus-4-6", "match": {"or": [{"starts_with": "claude-opus-4-6"}]}, "context_window": 200000, "prices": [
  {"prices": {"input_mtok": {"base": 5, "tiers": [{"start": 200000, "price": 10}]}, "cache_write_mtok": {"base": 6.25, "tiers": [{"start": 200000, "price": 12.5}]},
   "cache_read_mtok": {"base": 0.5, "tiers": [{"start": 200000, "price": 1}]}, "output_mtok": {"base": 25, "tiers": [{"start": 200000, "price": 37.5}]}, "web_searches_kcount": 10}},
  {"constraint": {"start_date": "2026-03-13"}, "prices": {"input_mtok": 5, "cache_write_mtok": 6.25, "cache_read_mtok": 0.5, "output_mtok": 25, "web_searches_kcount": 10}}]},
 {"id": "claude-sonnet-88", "match": {"equals": "x"}, "context_window": 1000000, "prices": [
  {"prices": {"input_mtok": 2, "cache_read_mtok": 0.2, "output_mtok": 10}},
  {"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 3, "cache_read_mtok": 0.3, "output_mtok": 15}}]}]},
{"id": "x-ai", "models": [{"id": "grok-88", "match": {"equals": "x"}, "prices": {"input_mtok": {"base": 2, "tiers": [{"start": 199999, "price": 4}]}, "output_mtok": 10}}]},
{"id": "openai", "models": [{"id": "gpt-88", "match": {"equals": "x"}, "prices": {"input_mtok": {"base": 0.39999999999999997, "tiers": [{"start": 271999, "price": 0.8}]}, "output_mtok": 1.6, "input_audio_mtok": 3}},
 {"id": "gpt-88-free", "match": {"equals": "x"}, "prices": {}}]},
{"id": "deepseek", "models": [{"id": "deepseek-88", "match": {"equals": "x"}, "prices": [
  {"prices": {"input_mtok": 0.135, "cache_read_mtok": 0.035, "output_mtok": 0.55}},
  {"constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"}, "prices": {"input_mtok": 0.27, "cache_read_mtok": 0.07, "output_mtok": 1.1}}]},
 {"id": "deepseek-89", "match": {"equals": "x"}, "prices": [
  {"prices": {"input_mtok": 0.1, "output_mtok": 0.5}},
  {"constraint": {"start_time": "16:00:00Z", "end_time": "02:00:00Z"}, "prices": {"input_mtok": 0.2, "output_mtok": 1}},
  {"constraint": {"start_date": "2026-12-24"}, "prices": {"input_mtok": 0.3, "output_mtok": 1.5}}]}]},
{"id": "avian", "models": [{"id": "llama", "match": {"equals": "llama"}, "prices": {"input_mtok": 1, "output_mtok": 1}}]}
]`

func TestGenAIPrices(t *testing.T) {
	n := start()
	l := parse(t, genAI)
	if l.Kind != GenAIPrices || len(l.Problems) != 0 {
		t.Fatalf("%s: %v", l.Kind, l.Problems)
	}
	c, applied := n.take(t, genAI, "2026-11-25T12:00:00Z", false)
	if !applied || len(c.Refused)+len(c.Changed) != 0 || c.Unchanged != 1 {
		t.Fatalf("%+v", c)
	}
	for _, tc := range []struct {
		provider, model, when string
		total                 int64
		want                  string
	}{
		{"anthropic", "claude-sonnet-88", "2026-12-31T23:59:59Z", 1, "2 0.2 2 2 10"},
		{"anthropic", "claude-sonnet-88", "2027-01-01", 1, "3 0.3 3 3 15"},
		{"xai", "grok-88", "2026-12-01", 199999, "2 2 2 2 10"},
		{"xai", "grok-88", "2026-12-01", 200000, "4 4 4 4 10"},
		{"openai", "gpt-88", "2026-12-01", 272000, "0.4 0.4 0.4 0.4 1.6"},
		{"openai", "gpt-88", "2026-12-01", 272001, "0.8 0.8 0.8 0.8 1.6"},
		{"openai", "gpt-88-free", "2026-12-01", 1, "unpriced"},
		{"deepseek", "deepseek-88", "2026-12-01T00:29:59Z", 1, "0.135 0.035 0.135 0.135 0.55"},
		{"deepseek", "deepseek-88", "2026-12-01T00:30:00Z", 1, "0.27 0.07 0.27 0.27 1.1"},
		{"deepseek", "deepseek-88", "2026-12-01T16:29:59Z", 1, "0.27 0.07 0.27 0.27 1.1"},
		{"deepseek", "deepseek-88", "2026-12-01T16:30:00Z", 1, "0.135 0.035 0.135 0.135 0.55"},
		{"deepseek", "deepseek-89", "2026-12-01T01:59:59Z", 1, "0.2 0.2 0.2 0.2 1"},
		{"deepseek", "deepseek-89", "2026-12-01T02:00:00Z", 1, "0.1 0.1 0.1 0.1 0.5"},
		{"deepseek", "deepseek-89", "2026-12-01T16:00:00Z", 1, "0.2 0.2 0.2 0.2 1"},
		{"deepseek", "deepseek-89", "2026-12-24T01:00:00Z", 1, "0.3 0.3 0.3 0.3 1.5"},
	} {
		if got := price(n.book, usage.Dims{Provider: tc.provider, Model: tc.model}, tc.total, at(t, tc.when)); got != tc.want {
			t.Errorf("%s %d at %s: %s, want %s", tc.model, tc.total, tc.when, got, tc.want)
		}
	}
	scheduled := n.book.Scheduled(at(t, "2026-11-25T12:00:00Z"))
	found := false
	for _, r := range scheduled {
		found = found || r.Model == "claude-sonnet-88" && r.Status == pricing.Scheduled && r.From.Equal(at(t, "2027-01-01"))
	}
	if !found {
		t.Errorf("the announced price is not among %v", scheduled)
	}
	if again, applied := n.take(t, genAI, "2026-11-26", false); applied || !again.Empty() {
		t.Errorf("again: %+v %+v", again.Changed, again.Scheduled)
	}

	cancelled := strings.Replace(genAI, `,
  {"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 3, "cache_read_mtok": 0.3, "output_mtok": 15}}`, "", 1)
	c, applied = n.take(t, cancelled, "2026-12-01", false)
	if !applied || len(c.Scheduled) != 1 || c.Scheduled[0].Note == "" {
		t.Fatalf("%+v", c)
	}
	if got := price(n.book, usage.Dims{Provider: "anthropic", Model: "claude-sonnet-88"}, 1, at(t, "2027-02-01")); got != "2 0.2 2 2 10" {
		t.Errorf("the change that was called off happened: %s", got)
	}
	if again, applied := n.take(t, cancelled, "2026-12-02", false); applied || !again.Empty() {
		t.Errorf("again: %+v", again.Scheduled)
	}
}

func TestADateInTheListCounts(t *testing.T) {
	list := func(date string) string {
		return `[{"id":"anthropic","models":[{"id":"claude-opus-4-8","prices":[{"prices":{"input_mtok":5,"output_mtok":25}},
		{"constraint":{"start_date":"` + date + `"},"prices":{"input_mtok":4,"cache_read_mtok":0.4,"cache_write_mtok":5,"cache_write_1h_mtok":8,"output_mtok":20}}]}]}]`
	}
	d := usage.Dims{Provider: "anthropic", Model: "claude-opus-4-8"}
	for _, tc := range []struct{ date, before, from string }{
		{"2026-11-10", "2026-11-09T23:59:59Z", "2026-11-10"}, // since then
		{"2020-01-01", "2026-11-24T23:59:59Z", "2026-11-25"}, // before what the book has: from the import on
		{"2026-12-10", "2026-12-09T23:59:59Z", "2026-12-10"}, // announced
	} {
		n := start()
		was := price(n.book, d, 1, at(t, tc.before))
		c, _ := n.take(t, list(tc.date), "2026-11-25", false)
		if len(c.Refused) != 0 {
			t.Fatalf("%+v", c.Refused)
		}
		if got := price(n.book, d, 1, at(t, tc.before)); got != was {
			t.Errorf("%s: before it costs %s, not %s", tc.date, got, was)
		}
		if got := price(n.book, d, 1, at(t, tc.from)); got != "4 0.4 5 8 20" {
			t.Errorf("%s: from then on it costs %s", tc.date, got)
		}
		if len(c.Ends) == 0 {
			t.Errorf("%s: nobody says that the batch price of before ends", tc.date)
		}
	}
}

func TestNative(t *testing.T) {
	n := start()
	text := "# mine\nprovider,model,tier,over,from,to,input,cache_read,output\n" +
		"openai,gpt-4o,,,2026-12-01,,2,1,8\nacme,Acme-Large,,,,,1,,3\nacme,Acme-Large,,>=100000,,,2,,6\nacme,acme-large,batch,,2027-01-01,,0.5,,1.5\n"
	c, applied := n.take(t, text, "2026-11-25", false)
	if !applied || len(c.Refused) != 0 {
		t.Fatalf("%+v", c)
	}
	for _, tc := range []struct {
		provider, model, tier, when string
		total                       int64
		want                        string
	}{
		{"openai", "gpt-4o", "", "2026-11-30T23:59:59Z", 1, "2.5 1.25 2.5 2.5 10"}, {"openai", "gpt-4o", "", "2026-12-01", 1, "2 1 2 2 8"},
		{"acme", "acme-large", "", "2026-12-01", 99999, "1 1 1 1 3"}, {"acme", "ACME-large", "", "2026-12-01", 100000, "2 2 2 2 6"},
		{"acme", "acme-large", "batch", "2027-01-02", 1, "0.5 0.5 0.5 0.5 1.5"}, {"", "acme/acme-large", "", "2027-01-02", 1, "1 1 1 1 3"},
	} {
		if got := price(n.book, usage.Dims{Provider: tc.provider, Model: tc.model, Tier: tc.tier}, tc.total, at(t, tc.when)); got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
	if _, applied := n.take(t, text, "2026-11-26", false); applied {
		t.Error("the same list again changes something")
	}
	for _, bad := range []string{"provider,model,input\nx,y,1e-6\n", "provider,model,input\nx,,1\n", "provider,model,input\nx,y,-1\n", "provider,model,price\nx,y,1\n",
		"provider,model,input,from\nx,y,1,2026-11-25T10:07Z\n", "provider,model,input\nx,\"y\x1b[2J\",1\n", "provider,model,input,tier\nx,y,1,turbo\n"} {
		if _, err := Parse([]byte(bad)); !errors.Is(err, ErrList) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWhatIsNoList(t *testing.T) {
	for _, bad := range []string{"", " ", "{}", "[]", "{", "[1,2]", `{"a": {"b": 1}}`, `{"sample_spec": {}}`, "hello", strings.Repeat("[", 100000), `[{"id":"x"}]`} {
		if l, err := Parse([]byte(bad)); !errors.Is(err, ErrList) {
			t.Errorf("%.20q: %+v, %v", bad, l, err)
		}
	}
	if _, err := Parse(make([]byte, MaxSize+1)); !errors.Is(err, ErrList) {
		t.Error("too large, and read")
	}
}

func TestDecimals(t *testing.T) {
	for _, tc := range []struct {
		text  string
		shift int
		want  string
	}{
		{"3.0001999999999996E-7", 6, "0.30002"}, {"0.39999999999999997", 0, "0.4"}, {"0.00000090000000000000000005", 6, "0.9"},
		{"0", 6, "0"}, {"0.0", 0, "0"}, {"0e5", 0, "0"}, {"5e-06", 6, "5"}, {"15", 0, "15"}, {"2.5E-6", 6, "2.5"}, {"0.0000005", 0, "too small"},
		{"0.0000015", 0, "0.000002"}, {"0.0000025", 0, "0.000002"}, {"0.00000250000001", 0, "0.000003"}, {"1e300", 0, "too large"}, {"1e-300", 0, "too small"},
		{"-1", 0, "below zero"}, {"1e999999", 0, "not a price"}, {"NaN", 0, "not a price"}, {"1.2.3", 0, "not a price"}, {"", 0, "not a price"}, {"0x10", 0, "not a price"},
		{"true", 0, "not a price"}, {strings.Repeat("1", 100), 0, "too long"},
	} {
		rate, err := perMillion(tc.text, tc.shift)
		got := rate.PerMillion()
		if err != nil {
			got = err.Error()
		}
		if got != tc.want && (err == nil || !strings.Contains(got, tc.want)) {
			t.Errorf("%s: %s, want %s", tc.text, got, tc.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(genAI))
	f.Add([]byte(lite(model("gpt-4o", "openai", `"input_cost_per_token": 2e-06, "output_cost_per_token_above_200k_tokens_priority": 8e-06, "tiered_pricing": [{"range": [0, 5]}]`))))
	f.Add([]byte("provider,model,tier,over,hours,days,input\nacme,x,,>=5,01:00-02:00,Mon-Fri,1\n"))
	now := at(f, "2026-11-25")
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrList) {
				t.Fatal(err)
			}
			return
		}
		c := Compare(pricing.Embedded(), l, "f", now)
		c.Shrunk = nil
		for _, force := range []bool{false, true} {
			adds, applied, err := c.Apply(pricing.Additions{}, force)
			if err != nil {
				t.Fatal(err)
			}
			stored, err := pricing.ReadAdditions(adds.Encode())
			if err != nil {
				t.Fatalf("%v in\n%s", err, adds.Encode())
			}
			book, err := pricing.Embedded().Adding(stored)
			if err != nil {
				t.Fatal(err)
			}
			if again := Compare(book, l, "f", now); !force && applied && len(again.New)+len(again.Changed)+len(again.Scheduled) > 0 {
				t.Fatalf("the second time changes %+v %+v %+v\n%s", again.New, again.Changed, again.Scheduled, adds.Encode())
			}
		}
	})
}
