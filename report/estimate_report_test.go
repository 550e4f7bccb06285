package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// printed is a report of some models that differ in every way that is shown.
func printed(t testing.TB, models ...string) *EstimateReport {
	t.Helper()
	if len(models) == 0 {
		models = []string{"gpt-5.4", "claude-opus-5-5", "gpt-4o", "deepseek-v4-flash", "no-such-model", "text-embedding-3-large", "claude-haiku-5-5"}
	}
	e := estimator(t, estimateDay, models...)
	base, _ := e.Find("gpt-5.4")
	q := EstimateQuery{Prompt: prompt(t, e, strings.Repeat("What does a call like this cost? ", 14_000)), Output: ExpectedOutput{Tokens: 500}, Traffic: Traffic{1000, 1}, Baseline: base}
	return &EstimateReport{AsOf: at(t, estimateDay), Book: "2026-11-20.test", Query: q, Rows: e.Estimate(q)}
}

func text(t testing.TB, r *EstimateReport, width int) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteText(&b, TextOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEstimateText(t *testing.T) {
	got := text(t, printed(t), 0)
	for _, want := range []string{
		"Estimate: 462,000 bytes of text, 112,001 tokens in o200k_base\n",
		"Prices of 2026-11-20 15:00 UTC, book 2026-11-20.test. Answers of 500 tokens. 1,000 calls per day; a month is 365/12 days.\n",
		"\nmodel  ", "baseline", "unpriced", "no, +", "[1] exact, o200k_base\n",
		"^ the long-context price applies\n", "* about the price: hours-range\n", "† retired, or its end is announced\n", "unpriced: the price book has no price for it\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// TestEstimatesFitTheirWidth: money and names are left, whatever else must go.
func TestEstimatesFitTheirWidth(t *testing.T) {
	for _, r := range []*EstimateReport{printed(t), printed(t, "claude-opus-5-5"), printed(t, "no-such-model")} {
		for width := 70; width <= 220; width += 5 {
			got := text(t, r, width)
			for line := range strings.SplitSeq(got, "\n") {
				if n := ansi.StringWidth(line); n > width {
					t.Fatalf("%d cells in %d: %q", n, width, line)
				}
			}
			if len(r.Rows) > 1 && (!strings.Contains(got, "per call") || !strings.Contains(got, "per month") || !strings.Contains(got, "tokens")) {
				t.Errorf("at %d cells:\n%s", width, got)
			}
		}
	}
}

func TestEstimateCard(t *testing.T) {
	r := printed(t, "claude-opus-5-5")
	got := text(t, r, 0)
	for _, want := range []string{"anthropic/claude-opus-5-5\n", "  tokens      144,", "estimate, published ratios of Claude since Opus 4.7\n", "  answer      500", "as given\n", "all of the input from the cache\n", "1,000 calls per day\n", "  fits        yes", "window 1,000,000, longest answer 128,000\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if got := text(t, printed(t, "no-such-model"), 0); !strings.Contains(got, "  price   unpriced") || strings.Contains(got, "USD") {
		t.Errorf("an unpriced model:\n%s", got)
	}
}

// A prompt without an answer, without traffic and without a text has a card too.
func TestEmptyEstimates(t *testing.T) {
	for _, models := range [][]string{{"gpt-5.4"}, {"gpt-5.4", "gpt-4o"}} {
		e := estimator(t, estimateDay, models...)
		r := &EstimateReport{AsOf: at(t, estimateDay), Book: "b", Rows: e.Estimate(EstimateQuery{})}
		if got := text(t, r, 80); !strings.Contains(got, "No answer is counted") || strings.Contains(got, "per month") {
			t.Error(got)
		}
		if err := r.WriteJSON(&bytes.Buffer{}); err != nil {
			t.Error(err)
		}
	}
	q := EstimateQuery{Output: ExpectedOutput{Share: 50}}
	r := &EstimateReport{AsOf: at(t, estimateDay), Book: "b", Query: q, Rows: estimator(t, estimateDay, "gpt-5.4", "gpt-4o").Estimate(q)}
	if got := text(t, r, 80); strings.Contains(got, "--output-tokens") || !strings.Contains(got, "No answer is counted: no history yet, no") {
		t.Errorf("asked for p50 without any history:\n%s", got)
	}
	for i := range r.Rows {
		r.Rows[i].Mute = true
	}
	if got := text(t, r, 80); strings.Contains(got, "--output-tokens") || !strings.Contains(got, "no model here") {
		t.Errorf("of models without answers:\n%s", got)
	}
	if got := text(t, &EstimateReport{AsOf: at(t, estimateDay)}, 80); !strings.Contains(got, "No models.") {
		t.Error(got)
	}
}

func TestFineAmounts(t *testing.T) {
	for in, want := range map[string]string{"0": "0.00", "12.345": "12.34", "1234.5": "1,234.50", "0.5": "0.50", "0.010048": "0.01005", "0.00004": "0.00004", "0.01": "0.01", "-0.000123456": "-0.0001235", "0.000000000000000001": "0.000000000000000001"} {
		if got := fine(amount(t, in)); got != want {
			t.Errorf("%s is written %s, want %s", in, got, want)
		}
	}
}

func TestEstimateJSON(t *testing.T) {
	r := printed(t)
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Schema, AsOf string
		Models       []map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatalf("%v in %s", err, b.Bytes())
	}
	if doc.Schema != EstimateSchema || len(doc.Models) != len(r.Rows) {
		t.Fatalf("%s with %d models", doc.Schema, len(doc.Models))
	}
	first := doc.Models[0]
	for name, want := range map[string]string{
		"model": `"gpt-5.4"`, "provider": `"openai"`, "tokens": `{"exact":true,"high":112001,"low":112001,"method":"exact, o200k_base","point":112001}`, "currency": `"USD"`,
		"input_cost": `{"high":"0.2800025","low":"0.2800025","point":"0.2800025"}`, "output_cost": `{"high":"0.0075","low":"0.0075","point":"0.0075"}`,
		"total": `{"high":"0.2875025","low":"0.2875025","point":"0.2875025"}`, "cached": `{"high":"0.03550025","low":"0.03550025","point":"0.03550025"}`,
		"batch": `{"high":"0.14375125","low":"0.14375125","point":"0.14375125"}`, "per_day": `{"high":"287.5025","low":"287.5025","point":"287.5025"}`,
		"per_month": `{"high":"8744.867708333333333333","low":"8744.867708333333333333","point":"8744.867708333333333333"}`, "fits": "true", "difference": "null", "baseline": "true",
	} {
		if got, _ := json.Marshal(first[name]); string(got) != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	unpriced := doc.Models[4]
	for _, name := range []string{"provider", "currency", "input_cost", "output_cost", "total", "cached", "batch", "per_day", "per_month", "fits", "window"} {
		if v, there := unpriced[name]; !there || v != nil {
			t.Errorf("%s of an unpriced model is %v (there: %v)", name, v, there)
		}
	}
	if doc.Models[2]["fits"] != true || doc.Models[5]["fits"] != false {
		t.Errorf("fits: %v and %v", doc.Models[2]["fits"], doc.Models[5]["fits"])
	}
}

func TestSortEstimates(t *testing.T) {
	rows := printed(t).Rows
	euro := rows[0]
	euro.Model, euro.Currency, euro.Total = "euro", "EUR", CostRange{}
	rows = append(rows, euro)
	known := map[EstimateOrder]func(*Estimated) bool{
		OrderBatch: func(r *Estimated) bool { return r.Batch.Known }, OrderCached: func(r *Estimated) bool { return r.Cached.Known },
		OrderTokens: func(r *Estimated) bool { return r.Counted }, OrderWindow: func(r *Estimated) bool { return r.Window > 0 },
		OrderUsed: func(r *Estimated) bool { return r.Requests > 0 }, OrderModel: func(*Estimated) bool { return true },
	}
	for _, by := range EstimateOrders() {
		is := known[by]
		if is == nil {
			is = func(r *Estimated) bool { return r.Priced }
		}
		for _, reverse := range []bool{false, true} {
			got := slices.Clone(rows)
			slices.Reverse(got)
			SortEstimates(got, by, reverse)
			again := slices.Clone(rows)
			SortEstimates(again, by, reverse)
			for i := range got {
				if got[i].ModelRef != again[i].ModelRef {
					t.Fatalf("by %s the order depends on what it was before", by)
				}
				if i > 0 && is(&got[i]) && !is(&got[i-1]) {
					t.Errorf("by %s (reverse %v): what is not known is not last", by, reverse)
				}
			}
		}
	}
	SortEstimates(rows, OrderTotal, false)
	for i := 1; i < len(rows); i++ {
		if a, b := &rows[i-1], &rows[i]; a.Priced && b.Priced && a.Currency == b.Currency && a.Mute == b.Mute && a.Total.Point.Cmp(b.Total.Point) > 0 {
			t.Errorf("%s before %s", a.Model, b.Model)
		}
		if rows[i-1].Mute && !rows[i].Mute && rows[i].Priced && rows[i-1].Currency == rows[i].Currency {
			t.Errorf("%s, which gives no text, before %s", rows[i-1].Model, rows[i].Model)
		}
		if rows[i].Currency == "USD" && rows[i-1].Currency == "EUR" {
			t.Error("currencies are mixed")
		}
	}
}

func TestParseEstimateOrder(t *testing.T) {
	if by, reverse, err := ParseEstimateOrder("-tokens"); by != OrderTokens || !reverse || err != nil {
		t.Error(by, reverse, err)
	}
	if _, _, err := ParseEstimateOrder("price"); err == nil {
		t.Error("there is no such column")
	}
}

// Names that come from outside are harmless wherever they are shown.
func TestHostileModelNames(t *testing.T) {
	r := printed(t, "evil\x1b[31m\u202emodel\n2", "gpt-5.4")
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{text(t, r, 0), text(t, printed(t, "evil\x1b[31m\u202emodel"), 0), b.String()} {
		if strings.ContainsAny(out, "\x1b\u202e") {
			t.Errorf("%q", out)
		}
	}
}

func TestTrafficText(t *testing.T) {
	for _, c := range []struct {
		t    Traffic
		want string
	}{{Traffic{1000, 1}, "1,000 calls per day"}, {Traffic{7, 7}, "1 call per day"}, {Traffic{20, 7}, "20/7 calls per day"}, {Traffic{}, "calls not known"}} {
		if got := c.t.text(); got != c.want {
			t.Errorf("%v: %q", c.t, got)
		}
	}
}
