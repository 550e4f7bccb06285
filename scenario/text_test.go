package scenario

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/pricing"
	"tokpit/usage"
)

func TestLeverText(t *testing.T) {
	for text, want := range map[string]string{ // "" is the text itself
		"growth 2x":                              "",
		"growth +10%..+20%..+50%":                "",
		"growth +100%":                           "growth 2x",
		"input -0.2":                             "input -20%",
		"input -20% all":                         "",
		"output -10%":                            "",
		"effort 0.5x":                            "effort -50%",
		"output-cap 800":                         "",
		"choices 3":                              "",
		"swap gpt-5=gpt-5-mini:60%":              "",
		"swap gpt-5=gpt-5-mini:0.6":              "swap gpt-5=gpt-5-mini:60%",
		"swap *=anthropic/claude-opus-4-6":       "",
		"swap openrouter/x/y=openai/gpt-5":       "",
		`swap \/x=gpt-5`:                         "",
		`swap qwen3\:8b=gpt-5-mini`:              "",
		"swap qwen3:8b=gpt-oss:20b":              `swap qwen3\:8b=gpt-oss\:20b`,
		"cache-hit 0.7":                          "cache-hit 70%",
		"cache-hit 30%..60%..90% ttl=1h reuse=4": "",
		"batch 30%":                              "",
		"batch":                                  "batch 100%",
		"tier batch 30%":                         "batch 30%",
		"flex 50% interactive":                   "",
		"tier scale 10%":                         "",
		"price gpt-5 -15%":                       "",
		"price * -5%":                            "",
		"price gpt-5=input:1,output:8":           "",
		"price gpt-5=output:8,cache-read:0.1":    "price gpt-5=cache-read:0.1,output:8",
		"prices-at 2027-01-01":                   "",
		"prices-at 2027-01-01T16:00:00Z":         "",
		"fine-tune a=b:50% training=300 rate=2x saved=40%": "",
		"input -20% @project=web":                          "",
		"input -20% @project=my web,model=gpt-5":           "input -20% @model=gpt-5,project=my web",
	} {
		if want == "" {
			want = text
		}
		l, err := ParseLever(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := l.String(); got != want {
			t.Errorf("%s is written %s, want %s", text, got, want)
		}
		again, err := ParseLever(l.String())
		if err != nil || again.String() != l.String() {
			t.Errorf("%s: read back as %s, %v", l, again, err)
		}
	}
}

func TestLeversThatMeanNothing(t *testing.T) {
	for text, says := range map[string]string{
		"":                           "nothing is written",
		"grow 2x":                    `no lever "grow"`,
		"growth":                     "says nothing",
		"growth 20":                  "two ways",
		"growth -120%":               "more than there is",
		"growth 20000x":              "10000 times",
		"input +50%..+20%..+10%":     "in order",
		"input -20%..-10%":           "low..likely..high",
		"input -20.00001%":           "more digits",
		"swap gpt-5":                 "FROM=TO",
		"swap gpt-5=gpt-5":           "for itself",
		"swap gpt-5=gpt-5-mini:160%": "between 0 and 100",
		"swap gpt-5=*":               "which model",
		"cache-hit 170%":             "between 0 and 100",
		"cache-hit 70% ttl=2h":       "5m or 1h",
		"batch 130%":                 "between 0 and 100",
		"batch 30% please":           "means nothing",
		"output-cap 0":               "at least 1",
		"output-cap many":            "whole number",
		"choices 0":                  "1 to 1000",
		"price gpt-5":                "needs prices",
		"price gpt-5=words:3":        "token class",
		"price gpt-5=input:cheap":    "no price",
		"prices-at soon":             "no date",
		"input -20% @colour=red":     "scope",
		"@project=web":               "not what it does",
		"fine-tune a=b training=-5":  "less than nothing",
	} {
		_, err := ParseLever(text)
		if !errors.Is(err, ErrLever) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
	for _, list := range [][]string{{"swap a=b:60%", "swap a=c:50%"}, {"batch 60%", "flex 50%"}} {
		if err := Check(levers(t, list...)); !errors.Is(err, ErrLever) || !strings.Contains(err.Error(), "more than there is") {
			t.Errorf("%v: %v", list, err)
		}
	}
	if err := Check(levers(t, "swap a=b:60%", "swap a=c:50% @project=web", "batch 60%", "flex 40%")); err != nil {
		t.Error(err)
	}
}

// TestAnyLeverIsReadBack: whatever a lever holds, its text is it.
func TestAnyLeverIsReadBack(t *testing.T) {
	name := rapid.StringMatching(`[a-z0-9 =:@*/\\.%-]{1,12}`)
	rapid.Check(t, func(t *rapid.T) {
		ref := func(what string) pricing.ModelRef {
			m := pricing.ModelRef{Model: name.Draw(t, what)}
			if rapid.Bool().Draw(t, "provided") {
				m.Provider = name.Draw(t, what+" provider")
			}
			return m
		}
		l := Lever{Kind: rapid.SampledFrom([]Kind{Swap, Prompt, Tier, CacheHit, Price}).Draw(t, "kind")}
		share := func() Ratio { return Ratio(rapid.Int64Range(0, int64(Whole)).Draw(t, "share")) }
		switch l.Kind {
		case Swap:
			l.From, l.To, l.Share = ref("from"), ref("to"), share()
		case Prompt:
			l.By = Exactly(Ratio(rapid.Int64Range(0, int64(5*Whole)).Draw(t, "by")))
		case Tier:
			l.Tier, l.Share = "batch", share()
		case CacheHit:
			l.By, l.TTL = Exactly(share()), "1h"
		case Price:
			l.From, l.By = ref("from"), Exactly(share())
		}
		if rapid.Bool().Draw(t, "scoped") {
			l.Scope = budget.Scope{usage.ByProject: {strings.TrimSpace(name.Draw(t, "project"))}}
		}
		if l.Validate() != nil {
			return
		}
		got, err := ParseLever(l.String())
		if err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		if got.String() != l.String() || got.From != l.From || got.To != l.To || got.Share != l.Share || got.By != l.By || got.Scope.String() != l.Scope.String() {
			t.Fatalf("%q is read back as %+v, not %+v", l, got, l)
		}
	})
}

func FuzzParseLever(f *testing.F) {
	for _, s := range []string{"swap a=b:60%", "input -20% @project=x", `swap a\:b=c\ d`, "price x=input:1", "growth 1x..2x..3x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLever(s)
		if err != nil {
			return
		}
		again, err := ParseLever(l.String())
		if err != nil || again.String() != l.String() {
			t.Fatalf("%q is written %q and read back as %q, %v", s, l, again, err)
		}
	})
}

// Levers that cannot be run together for their scopes do not pass: whoever waits
// until their usage is grouped would wait for ever.
func TestCheckEndsScopes(t *testing.T) {
	var levers []Lever
	for i := range maxScopes + 1 {
		levers = append(levers, Lever{Kind: OutputCap, N: 100, Scope: budget.Scope{usage.ByProject: {strconv.Itoa(i)}}})
	}
	if err := Check(levers[:maxScopes]); err != nil {
		t.Error(err)
	}
	if err := Check(levers); !errors.Is(err, ErrLever) {
		t.Errorf("%d scopes: %v", len(levers), err)
	}
}
