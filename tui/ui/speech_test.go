package ui

import "testing"

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"–":                          "not known",
		"– claude-code  ~/.claude":   "claude-code ~/.claude",
		"1–20 Nov":                   "1 to 20 Nov",
		"28 Oct – 3 Nov":             "28 Oct to 3 Nov",
		"! 1 model unpriced":         "attention: 1 model unpriced",
		"× over":                     "over",
		"×1.042":                     "times 1.042",
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
