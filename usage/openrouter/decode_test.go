package openrouter

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/buckets"
)

func day() time.Time { return time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC) }

func decode(data []byte) (recs []usage.Record, bad []string) {
	var got answer[[]json.RawMessage]
	if json.Unmarshal(data, &got) != nil || got.Data == nil {
		return nil, nil
	}
	p := &puller{Source: &Source{Options{Account: "acme"}}}
	into := buckets.NewBucket("activity/1d", day(), day().Add(buckets.Day))
	for _, raw := range *got.Data {
		if err := p.row(raw, into); err != nil {
			bad = append(bad, reason(err))
		}
	}
	return into.Slice().Records, bad
}

func usd(s string) money.Amount {
	a, err := money.Parse(s)
	if err != nil {
		panic(err)
	}
	return a
}

// TestRows: ordinary requests, a key of one's own, and both in one row. All
// tokens count once, and so does every kind of money.
func TestRows(t *testing.T) {
	data, err := os.ReadFile("testdata/activity.json")
	if err != nil {
		t.Fatal(err)
	}
	recs, bad := decode(data)
	if len(bad) != 2 || !strings.Contains(bad[0], "2026-11-17") || !strings.Contains(bad[1], "usage") {
		t.Errorf("quarantined %q", bad)
	}
	for i := range recs {
		r := &recs[i]
		if r.ID == "" || !r.Start.Equal(day()) || !r.End.Equal(day().AddDate(0, 0, 1)) || r.Slice != "activity/1d" || r.Context != usage.Absent || r.Currency != "USD" {
			t.Errorf("%+v", r)
		}
		r.ID, r.Start, r.End, r.Slice, r.Context, r.Currency = "", time.Time{}, time.Time{}, "", 0, ""
	}
	or := func(model, upstream string) usage.Dims {
		return usage.Dims{Source: "openrouter", Account: "acme", Provider: "openrouter", Model: model, Tags: usage.Tags("upstream=" + upstream), Basis: usage.Reported}
	}
	own := func(provider, model, upstream string) usage.Dims {
		d := or(model, upstream)
		d.Account, d.Provider, d.Basis, d.Tags = "", provider, usage.Metered, "byok=true\n"+d.Tags
		return d
	}
	opus, opusOwn := or("anthropic/claude-opus-5", "Anthropic"), own("anthropic", "anthropic/claude-opus-5", "Anthropic")
	opus.Project, opusOwn.Project = "ws1", "ws1"
	want := []usage.Record{
		{Dims: or("openai/gpt-5", "OpenAI"), Requests: 5, Tokens: usage.Tokens{Input: 50, Output: 125, Reasoning: 25}, Reported: usd("0.015")},
		{Dims: opusOwn, Requests: 2, Tokens: usage.Tokens{Input: 1000, Output: 10}, Reported: usd("1")},
		{Dims: opus, Reported: usd("0.05")},
		{Dims: own("google", "google/gemini-3-pro", "Google AI Studio"), Reported: usd("0.5")},
		{Dims: or("google/gemini-3-pro", "Google AI Studio"), Requests: 4, Tokens: usage.Tokens{Input: 7, Output: 8, Reasoning: 8}, Reported: usd("2.5"), Flags: usage.FlagTotalMismatch},
	}
	if !reflect.DeepEqual(recs, want) {
		t.Errorf("%+v\nwant %+v", recs, want)
	}
}

func TestVendors(t *testing.T) {
	for name, want := range map[string]string{"OpenAI": "openai", "Google": "vertex", "Google AI Studio": "google", "Amazon Bedrock": "bedrock", "Azure": "azure", "Moonshot AI": "moonshot",
		"Z.AI": "zai", "Some One": "some-one", "": "unknown"} {
		if got := vendor(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// FuzzActivity: whatever an answer says, tokens are believable, ids are unique,
// and the money of the records is the money of the rows.
func FuzzActivity(f *testing.F) {
	data, err := os.ReadFile("testdata/activity.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"data":[{"usage":1,"model":"m"}],"data":[{"requests":5,"model":"m"}]}`))
	f.Add([]byte(`{"data":[{"usage":-1,"byok_usage_inference":2},{"usage":null,"requests":1},[],{"model":7}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		recs, bad := decode(data)
		seen := map[string]bool{}
		var money, tokens = money.Amount{}, int64(0)
		for _, r := range recs {
			if r.ID == "" || seen[r.ID] {
				t.Fatalf("id %q", r.ID)
			}
			seen[r.ID] = true
			if r.Input < 0 || r.Output < 0 || r.Reasoning > r.Output && len(recs) == 1 || r.Provider == "" {
				t.Fatalf("%+v", r)
			}
			money, tokens = money.Add(r.Reported), tokens+r.Total()
		}
		if len(bad) > 0 {
			return
		}
		var doc struct{ Data []json.RawMessage }
		if json.Unmarshal(data, &doc) != nil {
			return
		}
		want := usd("0")
		for _, raw := range doc.Data { // one by one: a list that is there twice would be read into the rows of the first
			var r row
			if err := json.Unmarshal(raw, &r); err != nil {
				t.Fatal(err)
			}
			a, _ := r.Usage.Amount()
			b, _ := r.BYOK.Amount()
			in, _ := r.Prompt.Int()
			out, _ := r.Completion.Int()
			want, tokens = want.Add(a).Add(b), tokens-in-out
		}
		if money != want || tokens != 0 {
			t.Fatalf("money %s, want %s; %d tokens too many", money, want, tokens)
		}
	})
}
