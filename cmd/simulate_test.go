package cmd_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/scenario"
	"tokpit/store"
)

type simulated struct {
	Before map[string]any `json:"before"`
	After  map[string]any `json:"after"`
	Delta  string         `json:"delta"`
	Cash   string         `json:"cash_delta"`
	Levers []struct {
		Delta *string `json:"delta"`
		Cash  *string `json:"cash_delta"`
	} `json:"levers"`
	Rows []struct {
		Before map[string]any `json:"before"`
		After  map[string]any `json:"after"`
		Delta  *string        `json:"delta"`
	} `json:"rows"`
}

func exact(t *testing.T, v any) money.Amount {
	t.Helper()
	s, ok := v.(string)
	if !ok {
		return money.Amount{} // null: nothing is priced
	}
	a, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ofNull(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

// What a simulation begins with is what a report says of the same span, field by
// field and to the last digit; without levers that is also what it ends with.
func TestSimulateBeginsWithTheReport(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	for _, c := range []struct{ span, filter, scope []string }{
		{[]string{"--since", "30d"}, nil, nil},
		{[]string{"--since", "2026-10-03", "--until", "2026-10-09"}, nil, nil},
		{[]string{"--since", "2026-11-01T06:00:00Z", "--until", "2026-11-03T19:15:00Z"}, nil, nil},
		{[]string{"--since", "month"}, []string{"--filter", "provider=openai,anthropic", "--filter", "project=Website"}, []string{"--scope", "provider=openai,provider=anthropic,project=Website"}},
		{[]string{"--since", "7d"}, []string{"--filter", "key="}, []string{"--scope", "key="}},
	} {
		var report struct {
			Total map[string]any `json:"total"`
		}
		var s simulated
		for args, into := range map[string]any{"report": &report, "simulate": &s} {
			list := append([]string{"--demo", args, "--json"}, c.span...)
			if args == "report" {
				list = append(list, c.filter...)
			} else {
				list = append(list, c.scope...)
			}
			if err := json.Unmarshal([]byte(m.run(list...).ok().stdout), into); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(report.Total, s.Before) {
			t.Errorf("%v %v:\nreport   %v\nsimulate %v", c.span, c.scope, report.Total, s.Before)
		}
		for _, field := range []string{"cost", "cash", "tokens", "requests"} {
			if !reflect.DeepEqual(s.Before[field], s.After[field]) {
				t.Errorf("%v: without levers %s is %v and %v", c.span, field, s.Before[field], s.After[field])
			}
		}
		if s.Delta != "0" {
			t.Errorf("%v: without levers the difference is %s", c.span, s.Delta)
		}
	}
}

// Levers and rows add up to the difference, exactly.
func TestSimulateAddsUp(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	for _, levers := range []string{
		"--swap claude-sonnet-5-5=gpt-5.4-mini:37% --swap gpt-5.4-mini=gpt-5-nano:61.3% --input -17% --cache-hit 0.63 --batch 0.31",
		"--growth +10%..+20%..+50% --output -33.3% --effort -50% --flex 0.5",
		"--price gpt-5.4-mini=input:1,output:8 --choices 2 --output-cap 100",
		"--prices-at 2027-03-01 --input -30%..-20%..-10%",
	} {
		var s simulated
		out := m.run(append([]string{"--demo", "simulate", "--json"}, strings.Fields(levers)...)...).ok().stdout
		if err := json.Unmarshal([]byte(out), &s); err != nil {
			t.Fatal(err)
		}
		var cost, cash, rows money.Amount
		for _, l := range s.Levers {
			cost, cash = cost.Add(exact(t, ofNull(l.Delta))), cash.Add(exact(t, ofNull(l.Cash)))
		}
		for _, r := range s.Rows {
			rows = rows.Add(exact(t, ofNull(r.Delta)))
			if d := exact(t, r.After["cost"]).Sub(exact(t, r.Before["cost"])); d != exact(t, ofNull(r.Delta)) {
				t.Errorf("%s: a row's difference is %v and %s", levers, ofNull(r.Delta), d)
			}
		}
		whole := exact(t, s.After["cost"]).Sub(exact(t, s.Before["cost"]))
		if cost != whole || rows != whole || exact(t, s.Delta) != whole || cash != exact(t, s.Cash) || len(s.Levers) < 2 {
			t.Errorf("%s: levers %s, rows %s, difference %s, really %s; cash %s and %s", levers, cost, rows, s.Delta, whole, cash, s.Cash)
		}
	}
}

// A document that cannot be read is named, with what to do; nothing crashes, and
// it can be removed.
func TestDamagedScenarios(t *testing.T) {
	t.Parallel()
	m := team(t)
	s := store.New(m.store(), store.Options{Edges: pricing.Embedded().Edges(), Now: time.Now, Holder: "test"})
	for kind, command := range map[string]string{scenario.SavedKind: "simulate", scenario.ScoreKind: "eval"} {
		for _, text := range []string{"x", `{"version":1,"levers":["x"],"scores":3}`, `{"version":99}`} {
			if err := s.PutDocument(t.Context(), kind, "old", []byte(text)); err != nil {
				t.Fatal(err)
			}
			r := m.run(command, "list").want(2)
			if !strings.Contains(r.stderr, "hint: ") || !strings.Contains(r.stderr, "old") && !strings.Contains(r.stderr, "version") {
				t.Errorf("%s: %s", text, r.stderr)
			}
			m.run(command, "rm", "old", "--yes").ok()
		}
	}
}

// A change is the same part of the cash wherever it is said: in the ranking and in
// a simulation of it by itself, plan fees included in both.
func TestOneChangeIsOneShare(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	span := []string{"--since", "2026-10-22", "--until", "2026-11-21"}
	ranked := m.run(append([]string{"--demo", "simulate", "rank", "--limit", "4"}, span...)...).ok().stdout
	now := regexp.MustCompile(`(?m)^Now: ([0-9,.]+) USD cash, ([0-9,.]+) USD of it plan fees; `).FindStringSubmatch(ranked)
	if now == nil {
		t.Fatalf("what there is now is not said with the fees:\n%s", ranked)
	}
	for change, title := range map[string]string{"--swap gpt-5.4-mini=gemini-2.5-flash-lite": "gpt-5.4-mini → gemini-2.5-flash-lite (google)", "--lever cache-hit_66%": "cache hits up to 66%"} {
		args := strings.Fields(change)
		args[1] = strings.ReplaceAll(args[1], "_", " ")
		alone := m.run(append(append([]string{"--demo", "simulate"}, args...), span...)...).ok().stdout
		cash := regexp.MustCompile(`(?m)^cash +([0-9,.]+) USD.*\((−[0-9]+ %)\)`).FindStringSubmatch(alone)
		share := regexp.MustCompile(`(?m)^ *[0-9]+\. ` + regexp.QuoteMeta(title) + `: .*\((−[0-9]+ %)\) of cash`).FindStringSubmatch(ranked)
		if cash == nil || share == nil || cash[1] != now[1] || cash[2] != share[1] {
			t.Errorf("%s: simulate says %q, rank %q of %q:\n%s", change, cash, share, now, ranked)
		}
	}
}
