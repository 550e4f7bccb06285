package columns

import (
	"errors"
	"strings"
	"testing"
)

// TestGuess: the map of files that nobody described, from their names and values.
func TestGuess(t *testing.T) {
	for name, x := range map[string]struct {
		text string
		want Map
		open string
	}{
		"openai style": {"created_at,model,prompt_tokens,cached_tokens,completion_tokens,total_tokens,cost_usd,user\n2026-01-02T03:04:05Z,m,100,20,5,105,0.1,ann\n",
			Map{Form: "csv", Delimiter: ",", Time: Time{Column: "created_at", Format: "iso"},
				Tokens:  Tokens{Input: "prompt_tokens", InputIncludes: []string{"cache_read"}, CacheRead: "cached_tokens", Output: "completion_tokens", Total: "total_tokens"},
				Columns: map[string]string{"model": "model", "amount": "cost_usd", "user": "user"}}, ""},
		"disjoint": {"timestamp\tmodel\tinput_tokens\tcache_read_input_tokens\tcache_creation_input_tokens\toutput_tokens\n1788220800\tm\t10\t200\t30\t5\n",
			Map{Form: "csv", Delimiter: "\t", Time: Time{Column: "timestamp", Format: "unix"},
				Tokens:  Tokens{Input: "input_tokens", CacheRead: "cache_read_input_tokens", CacheWrite5m: "cache_creation_input_tokens", Output: "output_tokens"},
				Columns: map[string]string{"model": "model"}}, ""},
		"otel lines": {`{"timestamp":"2026-01-02T03:04:05Z","gen_ai.response.model":"m","gen_ai.usage.input_tokens":7,"usage":{"x":1},"gen_ai.usage.output_tokens":3,"gen_ai.provider.name":"openai"}`,
			Map{Form: "json", Time: Time{Column: "timestamp", Format: "iso"}, Tokens: Tokens{Input: "gen_ai.usage.input_tokens", Output: "gen_ai.usage.output_tokens"},
				Columns: map[string]string{"model": "gen_ai.response.model", "provider": "gen_ai.provider.name"}}, ""},
		"nested": {`{"startTime":"2026-01-02T03:04:05Z","model":"m","usage":{"prompt_tokens":7,"completion_tokens":3}}`,
			Map{Form: "json", Time: Time{Column: "startTime", Format: "iso"}, Tokens: Tokens{Input: "usage.prompt_tokens", Output: "usage.completion_tokens"},
				Columns: map[string]string{"model": "model"}}, ""},
		"german": {"Datum;date;Model;Input Tokens;Output Tokens;Cost\nx;02.01.2026;m;1.234;5;0,12 €\nx;31.01.2026;m;34;5;1.000,50 €\n",
			Map{Form: "csv", Delimiter: ";", Decimal: ",", Rows: "sum", Time: Time{Column: "date", Format: "D.M.YYYY"}, Tokens: Tokens{Input: "Input Tokens", Output: "Output Tokens"},
				Columns: map[string]string{"model": "Model", "amount": "Cost"}}, ""},
		"german names": {"Datum;Uhrzeit;Modell;Eingabe-Token;Ausgabe-Token;Kosten (EUR);Projekt;Benutzer\n02.01.2026;08:00;m;1.234;5;0,12;p;ann\n31.01.2026;08:01;m;34;5;0,50;p;ann\n",
			Map{Form: "csv", Delimiter: ";", Decimal: ",", Rows: "sum", Currency: "EUR", Time: Time{Column: "Datum", Format: "D.M.YYYY"}, Tokens: Tokens{Input: "Eingabe-Token", Output: "Ausgabe-Token"},
				Columns: map[string]string{"model": "Modell", "amount": "Kosten (EUR)", "project": "Projekt", "user": "Benutzer"}}, ""},
		"by values": {"when,name,who,input_tokens,output_tokens\n2026-01-02T03:04:05Z,openai/gpt-5-mini,ann,7,3\n2026-01-02T03:04:06Z,claude-opus-4-1,bob,7,3\n",
			Map{Form: "csv", Delimiter: ",", Time: Time{Column: "when", Format: "iso"}, Tokens: Tokens{Input: "input_tokens", Output: "output_tokens"},
				Columns: map[string]string{"model": "name"}}, ""},
		"buckets": {"start_time,end_time,model,requests,input_tokens,output_tokens\n2026-01-02T00:00:00Z,2026-01-03T00:00:00Z,m,4,1,2\n",
			Map{Form: "csv", Delimiter: ",", Rows: "sum", Time: Time{Column: "start_time", Format: "iso", End: "end_time"}, Tokens: Tokens{Input: "input_tokens", Output: "output_tokens"},
				Columns: map[string]string{"model": "model", "requests": "requests"}}, ""},
		"request ends": {"start_time,end_time,model,input_tokens,output_tokens\n2026-01-02T00:00:00.5Z,2026-01-02T00:00:02.7Z,m,1,2\n",
			Map{Form: "csv", Delimiter: ",", Time: Time{Column: "start_time", Format: "iso"}, Tokens: Tokens{Input: "input_tokens", Output: "output_tokens"},
				Columns: map[string]string{"model": "model"}}, ""},
		"reasoning beside": {"time,model,input_tokens,output_tokens,reasoning_tokens,total_tokens\n2026-01-02T00:00:00Z,m,1,2,30,33\n",
			Map{Form: "csv", Delimiter: ",", Time: Time{Column: "time", Format: "iso"},
				Tokens:  Tokens{Input: "input_tokens", Output: "output_tokens", Reasoning: "reasoning_tokens", ReasoningBeside: true, Total: "total_tokens"},
				Columns: map[string]string{"model": "model"}}, ""},
		"american": {"date,model,input_tokens,output_tokens\n1/31/2026,m,1,2\n2/1/2026,m,1,2\n",
			Map{Form: "csv", Delimiter: ",", Rows: "sum", Time: Time{Column: "date", Format: "M/D/YYYY"}, Tokens: Tokens{Input: "input_tokens", Output: "output_tokens"},
				Columns: map[string]string{"model": "model"}}, ""},
		"either order": {"date,model,input_tokens,output_tokens\n1/3/2026,m,1,2\n",
			Map{Form: "csv", Delimiter: ",", Rows: "sum", Time: Time{Column: "date", Format: "D/M/YYYY"}, Tokens: Tokens{Input: "input_tokens", Output: "output_tokens"},
				Columns: map[string]string{"model": "model"}}, "month first or day first"},
		"thousand or one": {"time;model;input_tokens;output_tokens;cost\n2026-01-02T00:00:00Z;m;1;2;1,234\n",
			Map{Form: "csv", Delimiter: ";", Time: Time{Column: "time", Format: "iso"}, Tokens: Tokens{Input: "input_tokens", Output: "output_tokens"},
				Columns: map[string]string{"model": "model", "amount": "cost"}}, "can be a thousand or one"},
		"no input": {"time,model,output_tokens\n2026-01-02T00:00:00Z,m,2\n",
			Map{Form: "csv", Delimiter: ",", Time: Time{Column: "time", Format: "iso"}, Tokens: Tokens{Output: "output_tokens"}, Columns: map[string]string{"model": "model"}}, "no column of input tokens"},
	} {
		g, err := Guess([]byte(x.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := string(g.Map.Text()), string(x.want.Text()); got != want {
			t.Errorf("%s:\n%swant\n%s", name, got, want)
		}
		if open := strings.Join(g.Open, "; "); x.open == "" && open != "" || !strings.Contains(open, x.open) {
			t.Errorf("%s leaves open: %q", name, open)
		}
	}
	for name, text := range map[string]string{"prose": "Dear all,\nhere are the figures, as promised.\n", "one column": "a\n1\n", "no time": "model,input_tokens,output_tokens\nm,1,2\n", "no usage": "time,name\n2026-01-02,x\n"} {
		if _, err := Guess([]byte(text)); !errors.Is(err, ErrForeign) {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

// TestOneBadRowHidesNoColumn: a name that is known is not passed over because some
// of its values are bad.
func TestOneBadRowHidesNoColumn(t *testing.T) {
	g, err := Guess([]byte("time,model,prompt_tokens,completion_tokens\n2026-01-02,m,1.5,2\n2026-01-02,m,1,2\n"))
	if err != nil || g.Map.Tokens.Input != "prompt_tokens" {
		t.Errorf("input is %q (%v)", g.Map.Tokens.Input, err)
	}
	g, err = Guess([]byte("time,model,prompt_tokens,completion_tokens\n2026-01-02,m,1.5,2\n2026-01-02,m,2.5,2\n"))
	if err != nil || len(g.Open) == 0 {
		t.Errorf("nothing is open: %+v, %v", g, err)
	}
}

// TestHalfAMap: of a table that lacks something the rest is told, so that a person can
// complete it; two columns that might be it are not chosen between.
func TestHalfAMap(t *testing.T) {
	for text, lacks := range map[string]string{
		"model,input_tokens,output_tokens\nm,1,2\n":                                                    "time",
		"time,name,input_tokens,output_tokens\n2026-01-02,x,1,2\n":                                     "model",
		"begun,done,model,input_tokens,output_tokens\n2026-01-02,2026-01-02,m,1,2\n":                   "time",
		"time,asked,answered,input_tokens,output_tokens\n2026-01-02,gpt-5,gpt-5-2025-08-07,1,2\n":      "model",
		"n,model,input_tokens,output_tokens\n1788220800,m,1,2\n":                                       "time",
		"time,who,input_tokens,output_tokens\n2026-01-02,qwen@example.com,1,2\n2026-01-02,llama,1,2\n": "model",
	} {
		g, err := Guess([]byte(text))
		if !errors.Is(err, ErrForeign) || !strings.HasSuffix(err.Error(), "no column of it is a "+lacks) {
			t.Errorf("%q gives %v", text, err)
		}
		if g == nil || g.Map.Tokens.Input != "input_tokens" || g.Map.Tokens.Output != "output_tokens" {
			t.Errorf("%q: what was found is not told: %+v", text, g)
		}
	}
}
