package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"tokpit/pricing"
	"tokpit/usage"
)

// sample has one of everything that a report can say.
func sample(t testing.TB) *Report {
	logs, report := dims("claude-code", "anthropic", "claude-opus-5"), dims("anthropic", "anthropic", "claude-sonnet-5-5")
	report.Basis, report.Account, report.Project, report.Key = usage.Reported, "acme", "web <app>", "prod"
	unknown := dims("litellm", "self-hosted", "gpt-5.6-soll \x1b[31mred")
	unknown.Basis = usage.Metered
	band := dims("codex", "openai", "gpt-5.6-sol")
	band.Band = usage.Band{}
	host := dims("litellm", "azure", "gpt-5.4")
	host.Basis = usage.Metered
	bucket := cell1{usage.SlotOf(at(t, "2026-10-06")), 96, report, usage.Measures{Records: 1, Uncounted: 1,
		Tokens: usage.Tokens{Input: 1234, CacheRead: 1_000_000, Output: 77}, Quantities: []usage.Quantity{{Meter: "web_search", N: 2}}}}
	cube := cubeOf([]cell1{
		bucket,
		one(t, "2026-10-06T08:15Z", logs, usage.Tokens{Input: 3, CacheRead: 40_000, CacheWrite1h: 2_000, Output: 500}),
		one(t, "2026-10-07T09:00Z", unknown, usage.Tokens{Input: 5000, Output: 10}),
		one(t, "2026-10-07T09:00Z", band, usage.Tokens{Input: 900_000, Output: 4000, Reasoning: 3000}),
		one(t, "2026-10-07T23:30Z", host, usage.Tokens{Input: 10}),
	})
	plans := []pricing.Plan{plan(t, "claude-code", "100", "2026-10-06", "2026-10-08")}
	r := run(t, cube, plans, Query{Since: at(t, "2026-10-01"), Zone: zone(t, "Europe/Berlin"),
		By: []usage.Dimension{usage.ByDay, usage.ByModel, usage.ByProject, usage.ByPricedAs, usage.ByBand}})
	r.Quarantined, r.Prices = 3, "2026-11-21.book"
	return r
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := sample(t).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b.Bytes()) {
		t.Fatalf("not JSON: %s", b.Bytes())
	}
	golden.RequireEqual(t, b.Bytes())
}

// The document has the fields of tokpit.report/1 with their types: amounts are
// strings or null, counts are whole numbers, and absent things are absent.
func TestJSONShape(t *testing.T) {
	var b bytes.Buffer
	if err := sample(t).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Schema string `json:"schema"`
		AsOf   string `json:"as_of"`
		Query  struct {
			Since, Until *string
			TZ           string `json:"tz"`
			By           []string
			Basis        string
			Filter       map[string][]string
		} `json:"query"`
		Total map[string]any            `json:"total"`
		Rows  []map[string]any          `json:"rows"`
		Bases map[string]map[string]any `json:"bases"`
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != Schema || doc.AsOf != "2026-11-20T15:00:00Z" || doc.Query.Until != nil || *doc.Query.Since != "2026-10-01T00:00:00Z" ||
		doc.Query.TZ != "Europe/Berlin" || doc.Query.Basis != "headline" || len(doc.Query.By) != 5 {
		t.Errorf("head is %+v", doc)
	}
	sums := append([]map[string]any{doc.Total, doc.Bases["logged"], doc.Bases["metered"], doc.Bases["reported"]}, doc.Rows...)
	for _, s := range sums {
		for _, name := range []string{"requests", "tokens", "quantities", "cost", "cash", "plan_fee", "currency", "unpriced_tokens", "reported_cost"} {
			if _, ok := s[name]; !ok {
				t.Fatalf("%s is missing in %v", name, s)
			}
		}
		for _, name := range []string{"cost", "cash", "plan_fee", "cost_low", "cost_high"} {
			if v, ok := s[name]; ok && v != nil {
				if _, ok := v.(string); !ok {
					t.Errorf("%s is %v, want a string", name, v)
				}
			}
		}
		if _, low := s["cost_low"]; low != (s["cost_low"] != s["cost_high"]) {
			t.Errorf("a range without width: %v", s)
		}
	}
	if doc.Rows[0]["project"] != nil || doc.Rows[0]["model"] != "claude-opus-5" {
		t.Errorf("the first row is %v", doc.Rows[0])
	}
}

func TestJSONOfSeveralCurrencies(t *testing.T) {
	plans := []pricing.Plan{plan(t, "codex", "300", "2026-09-01", "2026-10-01")}
	plans[0].Currency = "EUR"
	var b bytes.Buffer
	cube := cubeOf([]cell1{one(t, "2026-09-02", dims("claude-code", "anthropic", "claude-opus-5"), usage.Tokens{Input: 1_000_000})})
	if err := run(t, cube, plans, Query{}).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	want := `"cost":null,"cash":null,"plan_fee":null,"currency":null,"costs":[{"currency":"EUR","cost":"0","cash":"300","reported_cost":null},{"currency":"USD","cost":"5","cash":"5","reported_cost":null}]`
	if !strings.Contains(b.String(), want) {
		t.Errorf("got %s", b.String())
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	if err := sample(t).WriteText(&b, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	golden.RequireEqual(t, b.Bytes())
}

// No line is wider than asked for, down to widths where only money is left, and
// nothing that came from outside can control a terminal.
func TestTextFits(t *testing.T) {
	cube := demoCube(t)
	for _, by := range [][]usage.Dimension{{usage.ByMonth}, {usage.ByModel, usage.ByProject}, {usage.ByDay, usage.BySource, usage.ByKey}, nil} {
		r := run(t, cube, demoPlans(), Query{By: by, Since: at(t, "2026-10-20")})
		for _, width := range []int{60, 80, 100, 140, 200} {
			var b bytes.Buffer
			if err := r.WriteText(&b, TextOptions{Width: width}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if n := ansi.StringWidth(line); n > width {
					t.Errorf("%v at %d: %d columns: %q", by, width, n, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("%v at %d: trailing space: %q", by, width, line)
				}
			}
		}
	}
	var b bytes.Buffer
	if err := sample(t).WriteText(&b, TextOptions{Width: 120}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsRune(b.String(), '\x1b') || !utf8.ValidString(b.String()) {
		t.Errorf("control characters in %q", b.String())
	}
}

func TestTextSaysWhatTheMoneyIs(t *testing.T) {
	logs := cubeOf([]cell1{one(t, "2026-09-02", dims("claude-code", "anthropic", "claude-opus-5"), usage.Tokens{Input: 1_000_000})})
	billed := dims("openai", "openai", "gpt-5.4")
	billed.Basis = usage.Reported
	for _, c := range []struct {
		cube  *usage.Cube
		plans []pricing.Plan
		want  []string
	}{
		{logs, nil, []string{"API-equivalent (no plan set)", "Basis: logged", "USD 5.00"}},
		{logs, demoPlans(), []string{"Cash is usage under no plan", "cash", "API-equivalent"}},
		{cubeOf([]cell1{one(t, "2026-09-02", billed, usage.Tokens{Input: 1_000_000})}), nil, []string{"Amounts are tokens at list price", "Basis: reported", "cost"}},
		{cubeOf(nil), nil, []string{"No usage in this span."}},
	} {
		var b bytes.Buffer
		if err := run(t, c.cube, c.plans, Query{By: []usage.Dimension{usage.ByModel}}).WriteText(&b, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%q is not in:\n%s", want, b.String())
			}
		}
	}
}

func TestWritersReturnErrors(t *testing.T) {
	r := run(t, cubeOf(nil), nil, Query{})
	if err := r.WriteJSON(broken{}); !errors.Is(err, errBroken) {
		t.Errorf("JSON: %v", err)
	}
	if err := r.WriteText(broken{}, TextOptions{}); !errors.Is(err, errBroken) {
		t.Errorf("text: %v", err)
	}
}

var errBroken = errors.New("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestFormats(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1.00k", 12_345: "12.3k", 999_499: "999k", 999_500: "1.00M",
		1_320_000_000: "1.32B", 5_000_000_000_000_000: "5000T", -1500: "-1.50k"} {
		if got := compact(n); got != want {
			t.Errorf("compact(%d) is %s, want %s", n, got, want)
		}
	}
	for in, want := range map[string]string{"0": "USD 0.00", "1234567.895": "USD 1,234,567.90", "0.0042": "USD 0.0042", "0.05": "USD 0.05",
		"-3.5": "USD -3.50", "0.000000123": "USD 0.00000012", "999.999": "USD 1,000.00"} {
		if got := amountText(amount(t, in), "USD"); got != want {
			t.Errorf("amountText(%s) is %s, want %s", in, got, want)
		}
	}
}
