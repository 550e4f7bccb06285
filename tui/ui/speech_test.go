package ui

import (
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"–":                        "not known",
		"– claude-code  ~/.claude": "claude-code ~/.claude",
		"1–20 Nov":                 "1 to 20 Nov",
		"28 Oct – 3 Nov":           "28 Oct to 3 Nov",
		"! 1 model unpriced":       "attention: 1 model unpriced",
		"× over":                   "over",
		"research-agent, × over":   "research-agent, over",
		"research-agent   × over":  "research-agent over",
		"× not read":               "not read",
		"× 1 over · ! 1 will be over · ✓ 2 ok": "1 over, attention: 1 will be over, 2 ok",
		"×1.042":                     "times 1.042",
		"is ×1.042 (0.9 to 1.5)":     "is times 1.042 (0.9 to 1.5)",
		"tokens × price":             "tokens times price",
		"1,000 × $0.25":              "1,000 times $0.25",
		"2.1× its usual":             "2.1 times its usual",
		"▲ 14×":                      "up 14 times",
		"1024×768":                   "1024 by 768",
		"! no":                       "no",
		"wait! now":                  "wait! now",
		"a  ! b":                     "a attention: b",
		"?":                          "not known",
		"? part":                     "? part",
		"? $5.00":                    "perhaps $5.00",
		"? help":                     "? help",
		"? unknown":                  "unknown",
		"really? yes":                "really? yes",
		"? may be too long by 4k":    "may be too long by 4k",
		"usage from – to":            "usage from",
		"≤$0.00158":                  "at most $0.00158",
		"▼ 5.6% vs yesterday":        "down 5.6% vs yesterday",
		"≤ $0.00158":                 "at most $0.00158",
		"gpt-5.4-mini → gpt-6-luna":  "gpt-5.4-mini to gpt-6-luna",
		"━━━━──  ██ all":             "all",
		"\x1b[31mred\x1b[0m · plain": "red, plain",
	} {
		if got := NewSpeech().Words(in); got != want {
			t.Errorf("%q is said as %q, want %q", in, got, want)
		}
	}
}

// A fact that is not there is left out of a row, and so is one that says no more
// than its title.
func TestItem(t *testing.T) {
	s := NewSpeech()
	s.Item(1, "demo", [][2]string{{"ends", "–"}, {"bad rows", " – "}, {"fits", "fits"}, {"fits", "! no"}, {"usage from – to", "20 May – 20 Nov 2026"}, {"requests", "0"}, {"", ""}})
	s.Item(2, "other", [][2]string{{"ends", "–"}})
	if got, want := strings.Join(s.Lines(), "\n"), "1. demo: fits, fits no, usage from 20 May to 20 Nov 2026, requests 0\n2. other"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
