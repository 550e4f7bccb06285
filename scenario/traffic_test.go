package scenario

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
)

// trafficBook has made-up prices: gpt-5 at $1 and $10 a million, cached at $0.10,
// twice as much above 1,000 tokens; Claude with a write at $1.25.
func trafficBook(t *testing.T) *pricing.Book {
	t.Helper()
	rates := func(in, read, write, out string) (r pricing.Rates) {
		for class, text := range map[pricing.Class]string{pricing.Input: in, pricing.CacheRead: read, pricing.CacheWrite5m: write, pricing.Output: out} {
			if text == "" {
				continue
			}
			rate, err := money.ParsePerMillion(text)
			if err != nil {
				t.Fatal(err)
			}
			r.Set(class, rate)
		}
		return r
	}
	row := func(provider, model string, r pricing.Rates) pricing.Row {
		return pricing.Row{Provider: provider, Model: model, Tier: pricing.Standard, Currency: "USD", Rates: r, Window: 2000}
	}
	long := row("openai", "gpt-5", rates("2", "0.2", "", "20"))
	long.Window, long.Context = 0, pricing.Context{Over: 1000}
	return pricing.NewBook(&pricing.Table{Providers: []pricing.Provider{{Alias: "openai", Name: "openai"}, {Alias: "anthropic", Name: "anthropic"}}, Rows: []pricing.Row{row("openai", "gpt-5", rates("1", "0.1", "", "10")), long,
		row("openai", "gpt-4.1", rates("1", "0.1", "", "10")), row("anthropic", "claude-opus-4-5", rates("1", "0.1", "1.25", "10"))}})
}

func plainTraffic() Traffic {
	return Traffic{Users: 500, Sessions: Pace{20, "month"}, Messages: 6, Words: Words{75, 75, 75}, Answer: Words{150, 150, 150}, Carry: Whole, Spread: -1}
}

// By hand: 75 words are 100 tokens, 150 are 200. Message k sends 100 and k−1
// times 300 before it: 5,100 in six messages, and 1,200 come back. At $1 and $10
// that is $0.0171 a session, $171 for 500 × 20.
func TestTrafficByHand(t *testing.T) {
	book := trafficBook(t)
	cases := []struct {
		name   string
		change func(*Traffic)
		model  string
		want   string // month
	}{
		{"plain", func(*Traffic) {}, "gpt-4.1", "171"},
		{"with a provider", func(*Traffic) {}, "openai/gpt-4.1", "171"},
		{"no history", func(x *Traffic) { x.Carry = 0 }, "gpt-4.1", "126"},
		{"half of it", func(x *Traffic) { x.Carry = Whole / 2 }, "gpt-4.1", "148.5"},
		{"instructions", func(x *Traffic) { x.System = Words{375, 375, 375} }, "gpt-4.1", "201"}, // 6 × 500 more
		// Nothing is kept below 1,024 tokens, so 1,200 + 1,500 are read, at $0.1; the
		// rest, 2,400, is at $1.
		{"cached", func(x *Traffic) { x.Cached = Whole }, "gpt-4.1", "146.7"},
		// With 1,000 tokens of instructions all but the first message reads something:
		// 6 × 1,000 + 5,100 sent, of it 5,000 + 4,500 read; the rest, 1,600, at $1.
		{"cached instructions", func(x *Traffic) { x.Cached, x.System = Whole, Words{750, 750, 750} }, "gpt-4.1", "145.5"},
		// The messages 5 and 6 send 1,300 and 1,600: twice the price, and as much for
		// their answers. 2,200 + 2 × 2,900, and 800 + 2 × 400 at $10.
		{"long", func(*Traffic) {}, "gpt-5", "240"},
		{"a day each", func(x *Traffic) { x.Sessions = Pace{12, "day"} }, "gpt-4.1", "3120.75"},
		{"weekdays", func(x *Traffic) { x.Sessions = Pace{84, "weekday"} }, "gpt-4.1", "15603.75"},
		{"other words", func(x *Traffic) { x.WordsPer1000 = 375 }, "gpt-4.1", "342"},
	}
	for _, c := range cases {
		x := plainTraffic()
		c.change(&x)
		if err := x.Validate(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		got := x.Estimate(book, c.model, scoreDay)
		if !got.Priced || got.Month.Base.String() != c.want || got.Month.Low != got.Month.Base || got.Month.High != got.Month.Base || got.Currency != "USD" {
			t.Errorf("%s: %s to %s to %s, want %s", c.name, got.Month.Low, got.Month.Base, got.Month.High, c.want)
		}
	}
}

func TestTrafficLimits(t *testing.T) {
	book := trafficBook(t)
	x := plainTraffic()
	if got := x.Estimate(book, "gpt-5", scoreDay); got.LongFrom != 5 || got.Overflow != 0 || got.Window != 2000 {
		t.Errorf("%+v", got)
	}
	x.Messages = 9 // 100 + 7 × 300 + 200 is 2,400 at the eighth
	if got := x.Estimate(book, "gpt-4.1", scoreDay); got.Overflow != 7 || got.LongFrom != 0 {
		t.Errorf("%+v", got)
	}
	got := x.Estimate(book, "gpt-4o", scoreDay)
	if got.Priced || !got.Month.Base.IsZero() {
		t.Errorf("%+v", got)
	}
}

func TestTrafficHasABand(t *testing.T) {
	book := trafficBook(t)
	x := plainTraffic()
	x.Spread, x.Words = 0, Words{60, 75, 90}
	exact, other := x.Estimate(book, "gpt-4.1", scoreDay), x.Estimate(book, "claude-opus-4-5", scoreDay)
	for _, s := range []Spending{exact, other} {
		if s.Month.Low.Cmp(s.Month.Base) >= 0 || s.Month.Base.Cmp(s.Month.High) >= 0 || s.Method == "" {
			t.Errorf("%+v", s)
		}
	}
	if other.Month.Base.Cmp(exact.Month.Base) <= 0 {
		t.Errorf("a model with more tokens for the same words costs %s and %s", other.Month.Base, exact.Month.Base)
	}
}

func TestTrafficGrows(t *testing.T) {
	x := plainTraffic()
	x.Growth = Whole // doubles each month: 2^12 − 1 months of the first
	got := x.Estimate(trafficBook(t), "gpt-4.1", scoreDay)
	if got.Year.Base.String() != "700245" || got.LastMonth.Base.String() != "350208" {
		t.Errorf("%s, the twelfth %s", got.Year.Base, got.LastMonth.Base)
	}
}

func TestTrafficProperties(t *testing.T) {
	book := trafficBook(t)
	rapid.Check(t, func(rt *rapid.T) {
		n := func(name string, most int64) int64 { return rapid.Int64Range(1, most).Draw(rt, name) }
		x := Traffic{Users: n("users", 5000), Sessions: Pace{n("sessions", 50), rapid.SampledFrom([]string{"day", "weekday", "week", "month"}).Draw(rt, "per")}, Messages: n("messages", 20),
			Words: Words{10, 50, 90}, Carry: Ratio(rapid.Int64Range(0, int64(Whole)).Draw(rt, "carry"))}
		one := x.Estimate(book, "gpt-4.1", scoreDay)
		if one.Month.Low.Cmp(one.Month.Base) > 0 || one.Month.Base.Cmp(one.Month.High) > 0 {
			rt.Fatalf("%+v", one.Month)
		}
		more := x
		more.Messages++
		if next := more.Estimate(book, "gpt-4.1", scoreDay); next.Month.Base.Cmp(one.Month.Base) <= 0 {
			rt.Fatalf("%s for one message more than %s", next.Month.Base, one.Month.Base)
		}
		if x.Sessions.Per == "month" { // no rounding: twice the users are twice the cost
			twice := x
			twice.Users *= 2
			if next := twice.Estimate(book, "gpt-4.1", scoreDay); next.Month.Base != one.Month.Base.Add(one.Month.Base) {
				rt.Fatalf("%s and %s", next.Month.Base, one.Month.Base)
			}
		}
		cached := x
		cached.Cached = Whole
		if next := cached.Estimate(book, "gpt-4.1", scoreDay); next.Month.Base.Cmp(one.Month.Base) > 0 {
			rt.Fatalf("a cache without a price for writing costs %s instead of %s", next.Month.Base, one.Month.Base)
		}
	})
}

func TestTrafficThatMeansNothing(t *testing.T) {
	for _, change := range []func(*Traffic){
		func(x *Traffic) { x.Users = 0 }, func(x *Traffic) { x.Users = maxUsers + 1 }, func(x *Traffic) { x.Sessions.N = 0 }, func(x *Traffic) { x.Messages = 1001 },
		func(x *Traffic) { x.Words = Words{} }, func(x *Traffic) { x.WordsPer1000 = 1 }, func(x *Traffic) { x.Spread = Whole }, func(x *Traffic) { x.Carry = -1 },
		func(x *Traffic) { x.Cached = 2 * Whole }, func(x *Traffic) { x.Growth = -2 * Whole }, func(x *Traffic) { x.Users, x.Sessions.N = maxUsers, maxSessions },
	} {
		x := plainTraffic()
		change(&x)
		var advised interface{ Hint() string }
		if err := x.Validate(); !errors.As(err, &advised) || advised.Hint() == "" {
			t.Errorf("%+v: %v", x, err)
		}
	}
	for _, text := range []string{"", "x", "-3", "0/day", "5/minute", "1e9", "200000"} {
		if p, err := ParsePace(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
	for text, want := range map[string]Pace{"20": {20, "month"}, " 3/Day": {3, "day"}, "5/week": {5, "week"}, "2/weekday": {2, "weekday"}} {
		if p, err := ParsePace(text); err != nil || p != want {
			t.Errorf("%q is %v, %v", text, p, err)
		}
	}
	for _, text := range []string{"", "-5", "9-3", "5-", "2000000", "a-b"} {
		if w, err := ParseWords(text); err == nil {
			t.Errorf("%q is %v", text, w)
		}
	}
	if w, err := ParseWords("80-160"); err != nil || w != (Words{80, 120, 160}) || w.String() != "80-160" {
		t.Errorf("%v %v", w, err)
	}
}
