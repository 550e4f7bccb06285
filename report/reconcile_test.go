package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
	"tokpit/usage/demo"
)

func mustReconcile(t testing.TB, in ReconcileInput) *Reconciliation {
	t.Helper()
	if in.Book == nil {
		in.Book = pricing.Embedded()
	}
	if in.AsOf.IsZero() {
		in.AsOf = at(t, "2026-11-20T15:00Z")
	}
	r, err := Reconcile(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLineItems(t *testing.T) {
	for text, want := range map[string]billItem{
		"gpt-6-astra, input_tokens":                          {"gpt-6-astra", itemInput, ""},
		"gpt-6-astra, cached_input_tokens":                   {"gpt-6-astra", itemCacheRead, ""},
		"gpt-4o-mini-2024-07-18, cached input":               {"gpt-4o-mini-2024-07-18", itemCacheRead, ""},
		"gpt-5.6-luna, cache_write_tokens":                   {"gpt-5.6-luna", itemCacheWrite, ""},
		"gpt-5.4-nano, batch_output_tokens":                  {"gpt-5.4-nano", itemOutput, "batch"},
		"gpt-5.4, output, flex":                              {"gpt-5.4", itemOutput, "flex"},
		"ft:gpt-4o:acme, inc, input":                         {"ft:gpt-4o:acme, inc", itemInput, ""},
		"gpt-4o-search-preview, output":                      {"gpt-4o-search-preview", itemOutput, ""},
		"gpt-realtime, audio_input_tokens":                   {"", "audio_input", ""},
		"gpt-5.4-mini, web_searches":                         {"", "web_search", ""},
		"assistants api | file search":                       {"", "file_search", ""},
		"Web Search Usage":                                   {"", "web_search", ""},
		"Code Execution Usage":                               {"", "code_execution", ""},
		"Claude Opus 5.5 Usage - Input Tokens, Cache Read":   {"claude-opus-5-5", itemCacheRead, ""},
		"Claude Sonnet 4 Usage (Batch) - Output Tokens":      {"claude-sonnet-4", itemOutput, "batch"},
		"Claude Opus 5 Usage - Input Tokens, Cache Write 1h": {"claude-opus-5", itemCacheWrite, ""},
		"Priority support":                                   {"", "Priority support", "priority"},
		"":                                                   {"", "not itemised", ""},
	} {
		d := usage.Dims{Tags: usage.NewTags(map[string]string{"line_item": text})}
		if got := parseItem(&d); got != want {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
	// What stands beside the text is surer than the text.
	d := usage.Dims{Model: "claude-opus-5-5-20260901", Tier: "batch", Tags: usage.NewTags(map[string]string{"line_item": "Claude Opus 5.5 Usage - Input Tokens"})}
	if got := parseItem(&d); got != (billItem{"claude-opus-5-5-20260901", itemInput, "batch"}) {
		t.Errorf("with a model beside it: %+v", got)
	}
}

// What happened to the demo's organisation is found, on its days and with its
// cause; everything else ties out to the last digit.
func TestReconcileDemo(t *testing.T) {
	cube := demoCube(t)
	r := mustReconcile(t, ReconcileInput{Cube: cube, Plans: demoPlans(), AsOf: demo.DefaultNow(), Span: usage.Span{Since: at(t, "2026-08-01")}})
	if len(r.Accounts) != 2 || r.Verdict() != Explained {
		t.Fatalf("%d accounts, %s: %s", len(r.Accounts), r.Verdict(), r.Answer())
	}
	anthropic, openai := &r.Accounts[0], &r.Accounts[1]
	if !anthropic.Total.Variance().IsZero() || anthropic.Verdict(r.Tolerance) != Trusted || len(anthropic.Causes) != 0 {
		t.Errorf("anthropic is off by %s: %+v", anthropic.Total.Variance(), anthropic.Causes)
	}
	want := map[string]string{}
	for day, code := range map[string]string{"2026-09-08": CauseNotRead, "2026-09-09": CauseNotRead, "2026-09-10": CauseNotRead,
		"2026-11-03": CauseUntracked, "2026-11-04": CauseUntracked, "2026-11-05": CauseUntracked, "2026-11-06": CauseUntracked, "2026-11-07": CauseUntracked,
		"2026-11-11": CauseLate, "2026-11-12": CauseLate, "2026-11-14": CauseTier, "2026-11-15": CauseTier, "2026-11-16": CauseTier,
		"2026-11-19": CauseNotBilled, "2026-11-20": CauseNotBilled} {
		want[day] = code
	}
	for i := range openai.Days {
		d := &openai.Days[i]
		day := d.Day.Format(time.DateOnly)
		if d.Cause.Code != want[day] || want[day] == "" && !d.Variance().IsZero() {
			t.Errorf("%s: %s off by %s, %+v, want %q", day, d.Status, d.Variance(), d.Cause, want[day])
		}
		delete(want, day)
	}
	if len(want) > 0 || len(openai.Days) != 112 {
		t.Errorf("%d days, missing %v", len(openai.Days), want)
	}
	var text bytes.Buffer
	if err := r.WriteText(&text, TextOptions{Width: 90}); err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"Can these numbers be trusted? Yes, with differences that are understood", "3 days could not be compared.", "untracked key", "billed as batch", "ties out"} {
		if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), w) {
			t.Errorf("%q is not in\n%s", w, text.String())
		}
	}
	s := BuildSnapshot(Input{Cube: cube, Book: pricing.Embedded(), Plans: demoPlans(), AsOf: demo.DefaultNow()})
	if s.Reconcile == nil || len(s.Reconcile.Accounts) != 2 || s.Reconcile.Verdict() != Explained || s.Reconcile.Span.Since != at(t, "2026-10-21") || s.Reconcile.Span.Until != at(t, "2026-11-21") {
		t.Errorf("the snapshot has %+v", s.Reconcile)
	}
}

// story is a made-up account: its usage and its bill on some days of October.
type story struct {
	t     testing.TB
	cells []cell1
	cover []usage.Coverage
}

func newStory(t testing.TB) *story {
	return &story{t: t, cover: []usage.Coverage{coverage(t, "openai", "acme", usage.Reported, "2026-01-01", "2026-11-20"), coverage(t, "openai", "acme", usage.Billed, "2026-01-01", "2026-11-19")}}
}

func acme(model string) usage.Dims {
	return usage.Dims{Source: "openai", Provider: "openai", Account: "acme", Model: model, Key: "k1", Basis: usage.Reported, Band: usage.Band{Lo: 0, End: 100_000}}
}

func (s *story) used(day string, d usage.Dims, tokens usage.Tokens) *story {
	c := one(s.t, day, d, tokens)
	c.width = 96
	s.cells = append(s.cells, c)
	return s
}

func (s *story) billed(day, key, item, dollars string) *story {
	s.cells = append(s.cells, bill(s.t, day, usage.Dims{Source: "openai", Provider: "openai", Account: "acme", Key: key}, item, dollars))
	return s
}

func (s *story) of(tokens int64) *story {
	s.cells[len(s.cells)-1].m.Quantities = []usage.Quantity{{Meter: "billed_tokens", N: tokens}}
	return s
}

func (s *story) end() *Reconciliation {
	cube := cubeOf(s.cells)
	cube.Coverage = s.cover
	return mustReconcile(s.t, ReconcileInput{Cube: cube, Names: NewNames([]usage.Known{known(usage.ByKey, "k9", "night job")})})
}

// gpt-5.4 costs 2.50, 0.25 and 15 per million in October 2026.
func TestCauses(t *testing.T) {
	const million = 1_000_000
	in, cached := usage.Tokens{Input: million}, usage.Tokens{CacheRead: million}
	gpt := acme("gpt-5.4")
	unknownModel, noKey, elsewhere := acme("gpt-none"), gpt, gpt
	noKey.Key, elsewhere.Key = "", "k2"
	const item = "gpt-5.4, input_tokens"
	for _, c := range []struct {
		name, day string
		story     *story
		code      string
		text      string
	}{
		{"ties out", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "2.5"), "", ""},
		{"an alias is the same line", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", "openai/gpt-5.4, input_tokens", "2.5"), "", ""},
		{"rounding", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "2.50002"), CauseRounding, ""},
		{"small", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "2.51"), CauseSmall, ""},
		{"late", "10-03", newStory(t).used("2026-10-02", gpt, in).used("2026-10-03", gpt, in).billed("2026-10-02", "k1", item, "2").billed("2026-10-03", "k1", item, "3"), CauseLate, "before: 2026-10-02"},
		{"unknown key", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "2.5").billed("2026-10-02", "k9", item, "4"), CauseUntracked, "key night job"},
		{"only an unknown key", "10-02", newStory(t).used("2026-10-01", gpt, in).billed("2026-10-02", "k9", item, "4"), CauseUntracked, "key night job"},
		{"no key", "10-02", newStory(t).used("2026-10-02", gpt, in).used("2026-10-02", noKey, in).billed("2026-10-02", "k1", item, "2.5").billed("2026-10-02", "", item, "4"), CauseUntracked, "usage without a key"},
		{"a known key", "10-02", newStory(t).used("2026-10-02", gpt, in).used("2026-10-02", elsewhere, in).billed("2026-10-02", "k1", item, "2.5").billed("2026-10-02", "k2", item, "4"), CauseUnknown, "no cause"},
		{"batch, by the amount", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "1.25"), CauseTier, "amount is that of the batch price"},
		{"batch, by the text", "10-02", newStory(t).used("2026-10-02", gpt, in).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "2.5").billed("2026-10-02", "k1", "gpt-5.4, batch_input_tokens", "1.25"), CauseTier, "billed as batch"},
		{"the price before a change", "08-21", newStory(t).used("2026-08-21", acme("gpt-5.6-sol"), in).billed("2026-08-21", "k1", "gpt-5.6-sol, input_tokens", "5"), CausePrice, "price on 2026-08-20"},
		{"cached", "10-02", newStory(t).used("2026-10-02", gpt, cached).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "3.75").billed("2026-10-02", "k1", "gpt-5.4, cached_input_tokens", "0.125"), CauseCache, "500k tokens are billed as input that the usage report calls cache_read"},
		{"unpriced", "10-02", newStory(t).used("2026-10-02", unknownModel, in).billed("2026-10-02", "k1", "gpt-none, input_tokens", "7"), CauseUnpriced, "gpt-none: 1.00M tokens"},
		{"not used", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "2.5").billed("2026-10-02", "k1", "gpt-5.4, output_tokens", "7"), CauseNoUsage, "none of it"},
		{"not usage", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "2.5").billed("2026-10-02", "k1", "Support plan", "7"), CauseNoUsage, "nothing that this line"},
		{"not billed", "10-02", newStory(t).used("2026-10-01", gpt, in).used("2026-10-02", gpt, in).billed("2026-10-01", "k1", item, "2.5"), CauseNotOnTheBill, "the bill does not have it"},
		{"other tokens", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "1.25").of(million / 2), CauseUnknown, "about 500k tokens, the usage about 1.00M"},
		{"same tokens, other tier", "10-02", newStory(t).used("2026-10-02", gpt, in).billed("2026-10-02", "k1", item, "1.25").of(million), CauseTier, "batch"},
		{"young", "11-18", newStory(t).used("2026-11-18", gpt, in).billed("2026-11-18", "k1", item, "1"), CauseLate, "the day is young"},
		{"not yet billed", "11-19", newStory(t).used("2026-11-19", gpt, in), CauseNotBilled, ""},
		{"bill not read", "12-02", newStory(t).used("2025-12-02", gpt, in), CauseBillNotRead, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.story.end()
			if len(r.Accounts) != 1 {
				t.Fatalf("%d accounts", len(r.Accounts))
			}
			for i := range r.Accounts[0].Days {
				if d := &r.Accounts[0].Days[i]; d.Day.Format("01-02") == c.day {
					if d.Cause.Code != c.code || !strings.Contains(d.Cause.Text, c.text) {
						t.Errorf("the cause is %+v, want %q with %q; %+v", d.Cause, c.code, c.text, d.Lines)
					}
					return
				}
			}
			t.Errorf("no such day in %+v", r.Accounts[0].Days)
		})
	}
}

// A bill that is the same part of the list price every day has one cause.
func TestConstantRatios(t *testing.T) {
	for dollars, want := range map[string]string{"2.125": CauseDiscount, "2.75": CauseSurcharge} {
		s := newStory(t)
		for day := 1; day <= 5; day++ {
			date := fmt.Sprintf("2026-10-%02d", day)
			s.used(date, acme("gpt-5.4"), usage.Tokens{Input: 1_000_000})
			if day == 4 {
				s.billed(date, "k1", "gpt-5.4, input_tokens", "1") // and one that is not
			} else {
				s.billed(date, "k1", "gpt-5.4, input_tokens", dollars)
			}
		}
		a := s.end().Accounts[0]
		if a.Days[0].Cause.Code != want || a.Days[3].Cause.Code != CauseUnknown || a.Verdict(DefaultTolerance) != Doubtful {
			t.Errorf("%s: %+v, %+v", dollars, a.Days[0].Cause, a.Days[3].Cause)
		}
		if !strings.Contains(a.Days[0].Cause.Text, "on 4 of 5 days") {
			t.Errorf("the evidence is %q", a.Days[0].Cause.Text)
		}
	}
}

// Amounts in different currencies are not compared.
func TestReconcileCurrencies(t *testing.T) {
	s := newStory(t).used("2026-10-02", acme("gpt-5.4"), usage.Tokens{Input: 1_000_000}).billed("2026-10-02", "k1", "gpt-5.4, input_tokens", "2")
	s.cells[1].m.Reported[0].Currency = "EUR"
	r := s.end()
	if len(r.Accounts) != 2 || r.Accounts[0].Currency != "EUR" || r.Accounts[1].Currency != "USD" || r.Verdict() != Unknown {
		t.Fatalf("%+v", r.Accounts)
	}
	for _, a := range r.Accounts {
		if a.Days[0].Cause.Code != CauseCurrency || a.Total != (Compared{Status: NotComparable}) {
			t.Errorf("%s: %+v, total %+v", a.Currency, a.Days[0], a.Total)
		}
	}
}

// Logs and a provider's report of the same days stand side by side.
func TestBasesSideBySide(t *testing.T) {
	logs := dims("codex", "openai", "gpt-5.4")
	s := newStory(t).used("2026-10-02", acme("gpt-5.4"), usage.Tokens{Input: 2_000_000}).billed("2026-10-02", "k1", "gpt-5.4, input_tokens", "5")
	s.cells = append(s.cells, one(t, "2026-10-02T10:00Z", logs, usage.Tokens{Input: 1_000_000}), one(t, "2026-10-03T10:00Z", logs, usage.Tokens{Input: 5}))
	r := s.end()
	if len(r.Bases) != 1 {
		t.Fatalf("bases %+v", r.Bases)
	}
	want := BasisComparison{Provider: "openai", Account: "acme", Higher: usage.Reported, Lower: usage.Logged, Days: 1, HigherTokens: 2_000_000, LowerTokens: 1_000_000,
		HigherCost: amount(t, "5"), LowerCost: amount(t, "2.5"), LowerOnly: 1}
	if r.Bases[0] != want {
		t.Errorf("got %+v, want %+v", r.Bases[0], want)
	}
	var text bytes.Buffer
	if err := r.WriteText(&text, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "openai · acme: reported has 2.00M tokens (USD 5.00), logged has 1.00M (USD 2.50), on 1 day that both have usage of; logged has usage on 1 day more") {
		t.Errorf("the text is\n%s", text.String())
	}
}

// Everything adds up: lines to days, days, lines and causes to the account, and
// both sides to what reports say.
func TestReconciliationsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		r, err := Reconcile(ReconcileInput{Cube: cube, Book: pricing.Embedded(), Plans: plans, AsOf: time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC), Tolerance: rapid.Int64Range(-1, 500).Draw(t, "tolerance")})
		if err != nil {
			t.Fatal(err)
		}
		billed := make(map[string]money.Amount)
		for i := range r.Accounts {
			a := &r.Accounts[i]
			var days, left Compared
			for j := range a.Days {
				d := &a.Days[j]
				var lines Compared
				for k := range d.Lines {
					lines.add(&d.Lines[k].Compared)
					if !d.Lines[k].Variance().IsZero() && d.Lines[k].Cause.Code == "" {
						t.Fatalf("%s is off by %s without a cause", d.Lines[k].Item, d.Lines[k].Variance())
					}
				}
				if lines.Status = d.Status; lines != d.Compared {
					t.Fatalf("lines %+v, day %+v", lines, d.Compared)
				}
				if d.Status == NotComparable {
					left.add(&d.Compared)
				} else {
					days.add(&d.Compared)
				}
				billed[a.Provider] = billed[a.Provider].Add(d.Billed)
			}
			var lines Compared
			var causes money.Amount
			for k := range a.Lines {
				lines.add(&a.Lines[k].Compared)
			}
			for _, c := range a.Causes {
				causes = causes.Add(c.Amount)
			}
			days.Status, lines.Status, left.Status = a.Total.Status, a.Total.Status, NotComparable
			if days != a.Total || lines != a.Total || left != a.Left || causes != a.Total.Variance() {
				t.Fatalf("days %+v\nlines %+v\ncauses %s\ntotal %+v\nleft %+v, %+v", days, lines, causes, a.Total, left, a.Left)
			}
		}
		checkBilled(t, cube, plans, billed)
		for _, width := range []int{0, 60, 100} {
			var text bytes.Buffer
			if err := r.WriteText(&text, TextOptions{Width: width}); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsRune(text.String(), '\x1b') {
				t.Fatalf("control characters in %q", text.String())
			}
		}
	})
}

// checkBilled compares the bills with what a report of them says; what belongs
// to nobody knows which account stands in none.
func checkBilled(t *rapid.T, cube *usage.Cube, plans []pricing.Plan, billed map[string]money.Amount) {
	head := newHeadline(cube, plans, 0)
	beside := make(map[string]bool)
	for i := range cube.Sets {
		if head.own[i] < 0 {
			beside[cube.Sets[i].Provider] = true
		}
	}
	r := mustRun(t, cube, plans, Query{Basis: usage.Billed, By: []usage.Dimension{usage.ByProvider}})
	for i := range r.Rows {
		if p := r.Rows[i].Keys[0]; !beside[p] && billed[p] != r.Rows[i].Sum.Reported {
			t.Fatalf("%s: %s billed, the report says %s", p, billed[p], r.Rows[i].Sum.Reported)
		}
	}
}

// What is priced is what the headline says of the same days, but for plans.
func TestPricedIsTheHeadline(t *testing.T) {
	cube := demoCube(t)
	r := mustReconcile(t, ReconcileInput{Cube: cube, Plans: demoPlans(), AsOf: demo.DefaultNow(), Span: usage.Span{Since: at(t, "2026-10-01"), Until: at(t, "2026-10-31T12:00Z")}, Provider: "openai", Account: "lighthouse"})
	if len(r.Accounts) != 1 || r.Span.Until != at(t, "2026-11-01") {
		t.Fatalf("%d accounts until %s", len(r.Accounts), r.Span.Until)
	}
	rep := run(t, cube, demoPlans(), Query{Since: r.Span.Since, Until: r.Span.Until, Filter: map[usage.Dimension][]string{usage.ByProvider: {"openai"}, usage.ByBasis: {"reported"}}})
	if a := &r.Accounts[0]; a.Total.Priced != rep.Total.Cost || a.Total.Tokens != rep.Total.Tokens.Total() || a.Total.Low != rep.Total.Low || a.Total.High != rep.Total.High {
		t.Errorf("priced %+v, the report says %+v", a.Total, rep.Total)
	}
}

func TestReconcileNothing(t *testing.T) {
	r := mustReconcile(t, ReconcileInput{Cube: cubeOf(nil)})
	if r.Verdict() != Unknown || !strings.HasPrefix(r.Answer(), "Nobody knows yet") {
		t.Errorf("%s: %s", r.Verdict(), r.Answer())
	}
	for _, c := range []struct {
		bills     usage.Span
		connected bool
		want      string
	}{
		{usage.Span{}, false, "Connect a provider's cost report"},
		{usage.Span{}, true, "A sync asks the connected providers"},
		{usage.Span{Since: at(t, "2026-03-01"), Until: at(t, "2026-03-02")}, true, "A bill has been read of 2026-03-01."},
		{usage.Span{Since: at(t, "2026-03-01"), Until: at(t, "2026-04-01")}, false, "from 2026-03-01 to 2026-03-31."},
	} {
		if r.Bills, r.Connected = c.bills, c.connected; !strings.Contains(r.Answer(), c.want) {
			t.Errorf("%+v, connected %t: %s", c.bills, c.connected, r.Answer())
		}
	}
	if _, err := Reconcile(ReconcileInput{Cube: cubeOf(nil), Book: pricing.Embedded(), Span: usage.Span{Since: at(t, "2026-10-02"), Until: at(t, "2026-10-01")}}); err == nil {
		t.Error("an empty span is accepted")
	}
	if s := BuildSnapshot(Input{Book: pricing.Embedded(), AsOf: at(t, "2026-10-02")}); s.Reconcile != nil {
		t.Error("a snapshot without a bill compares something")
	}
}

// The document is JSON with exact amounts, and texts fit their width.
func TestReconcileWritten(t *testing.T) {
	s := newStory(t).used("2026-10-02", acme("gpt-5.4"), usage.Tokens{Input: 1_000_000}).billed("2026-10-02", "k1", "gpt-5.4, input_tokens", "2.500000000000000001").
		used("2026-10-03", acme("gpt-5.4"), usage.Tokens{Input: 1_000_000}).billed("2026-10-03", "k1", "gpt-5.4, input_tokens", "4").
		billed("2026-10-03", "k1", "odd \x1b[31mline "+strings.Repeat("x", 300), "1")
	r := s.end()
	var doc bytes.Buffer
	if err := r.WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema, Verdict, Answer string
		Accounts                []struct {
			Provider, Account, Currency string
			Total                       struct {
				Billed, Priced, Variance string
				PerMille                 int64 `json:"variance_per_mille"`
				BilledTokens             *int64
			}
			Causes []struct {
				Code, Amount string
				Days         int
			}
			Days []struct {
				Day, Status, Basis string
				Cause              *struct{ Code string }
				Lines              []struct {
					Model          *string
					Item, Variance string
				}
			}
		}
	}
	dec := json.NewDecoder(&doc)
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	a := got.Accounts[0]
	if got.Schema != "tokpit.reconcile/1" || got.Verdict != "doubtful" || a.Total.Billed != "7.500000000000000001" || a.Total.Variance != "2.500000000000000001" || a.Total.PerMille != 333 ||
		a.Days[0].Status != "ties_out" || a.Days[0].Basis != "reported" || a.Days[1].Lines[1].Model == nil || *a.Days[1].Lines[1].Model != "gpt-5.4" || a.Days[1].Lines[0].Model != nil {
		t.Errorf("the document is %+v", got)
	}
	if i := slices.IndexFunc(a.Causes, func(c struct {
		Code, Amount string
		Days         int
	}) bool {
		return c.Code == CauseUnknown
	}); i < 0 || a.Causes[i].Amount != "1.5" || a.Causes[i].Days != 1 {
		t.Errorf("causes %+v", a.Causes)
	}
	for _, width := range []int{80, 120} {
		var text bytes.Buffer
		if err := r.WriteText(&text, TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text.String()) {
			if line = strings.TrimSuffix(line, "\n"); ansi.StringWidth(line) > width || strings.ContainsRune(line, '\x1b') || strings.TrimRight(line, " ") != line {
				t.Errorf("at %d: %q", width, line)
			}
		}
		if !strings.HasPrefix(text.String(), "Can these numbers be trusted? Not quite") {
			t.Errorf("the answer is not first:\n%s", text.String())
		}
	}
	if err := r.WriteJSON(broken{}); err == nil {
		t.Error("a broken pipe is no error")
	}
}

func BenchmarkReconcile(b *testing.B) {
	cube := demoCube(b)
	for b.Loop() {
		mustReconcile(b, ReconcileInput{Cube: cube, Plans: demoPlans(), AsOf: demo.DefaultNow()})
	}
}
