package report

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/usage"
)

func claude(t testing.TB, when string, output int64) cell1 {
	return one(t, when, usage.Dims{Provider: "anthropic", Model: "claude-sonnet-4-6", Source: "claude-code"}, usage.Tokens{Output: output})
}

func codexCell(t testing.TB, when string, output int64) cell1 {
	return one(t, when, usage.Dims{Provider: "openai", Model: "gpt-5", Source: "codex"}, usage.Tokens{Output: output})
}

func windowsAt(t testing.TB, now string, windows []usage.Window, cells ...cell1) []WindowStanding {
	t.Helper()
	src := SourceStatus{Name: "codex", Standing: &usage.Standing{Windows: windows}}
	return keptOf(t, BudgetsInput{Now: at(t, now), Sources: []SourceStatus{src}, Kept: &Kept{}}, cubeOf(cells)).Windows
}

// A five-hour window begins with the hour of its first use and lasts five hours,
// whatever happens in it.
func TestBlocks(t *testing.T) {
	cells := []cell1{claude(t, "2026-11-20T02:45Z", 70), // 02:00 to 07:00
		claude(t, "2026-11-20T06:45Z", 30),
		claude(t, "2026-11-20T07:00Z", 1),                                                  // 07:00 to 12:00
		claude(t, "2026-11-20T12:30Z", 1_000_000), claude(t, "2026-11-20T13:30Z", 500_000), // 12:00 to 17:00
		codexCell(t, "2026-11-20T12:30Z", 999),
		{slot: usage.SlotOf(at(t, "2026-11-20")), width: 96, dims: usage.Dims{Provider: "anthropic", Source: "claude-code", Basis: usage.Logged}, m: usage.Measures{Records: 1}}}
	w := windowsAt(t, "2026-11-20T14:00Z", nil, cells...)
	if len(w) != 2 {
		t.Fatalf("%+v", w)
	}
	five, seven := w[0], w[1]
	if !five.Active || !five.Since.Equal(at(t, "2026-11-20T12:00Z")) || !five.Until.Equal(at(t, "2026-11-20T17:00Z")) || five.Name != "5 hours" || five.HasUsed || five.Most != 100 {
		t.Errorf("%+v", five)
	}
	// 1.5 M tokens and 22.50 USD in two of five hours.
	if five.Sum.Tokens.Output != 1_500_000 || five.Sum.Cost != amount(t, "22.5") || !five.HasPace || five.TokensPerHour != 750_000 || five.CostPerHour != amount(t, "11.25") ||
		five.ProjectedTokens != 3_750_000 || five.ProjectedCost != amount(t, "56.25") || five.HasProjected || !five.FullAt.IsZero() {
		t.Errorf("%+v", five)
	}
	if !seven.Active || !seven.Rolling || !seven.Until.IsZero() || seven.Sum.Tokens.Output != 1_500_101 || seven.ProjectedTokens != 0 {
		t.Errorf("%+v", seven)
	}
	for now, active := range map[string]bool{"2026-11-20T16:59Z": true, "2026-11-20T17:00Z": false} {
		if w := windowsAt(t, now, nil, cells...); w[0].Active != active || active == w[0].Until.IsZero() {
			t.Errorf("%s: %+v", now, w[0])
		}
	}
	if w := windowsAt(t, "2026-11-20T12:10Z", nil, cells[:3]...); w[0].Active || w[0].Most != 100 {
		t.Errorf("between two: %+v", w[0])
	}
	if w := windowsAt(t, "2026-11-20T12:10Z", nil, claude(t, "2026-11-20T12:00Z", 5)); w[0].HasPace || w[0].ProjectedTokens != 0 {
		t.Errorf("ten minutes say nothing: %+v", w[0])
	}
	if w := windowsAt(t, "2026-11-29T12:10Z", nil, cells...); len(w) != 0 {
		t.Errorf("not used for a week: %+v", w)
	}
}

// Windows neither overlap nor leave usage out, and begin on the hour, with use in
// their first hour.
func TestBlocksHoldAllUsage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var cells []cell1
		first := usage.SlotOf(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
		d := usage.Dims{Source: "claude-code", Basis: usage.Logged}
		for range rapid.IntRange(0, 60).Draw(t, "cells") {
			cells = append(cells, cell1{first + usage.Slot(rapid.IntRange(0, 600).Draw(t, "slot")), 1, d, usage.Measures{Records: 1, Tokens: usage.Tokens{Output: 1}}})
		}
		cube := cubeOf(cells)
		all := blocksOf(cube, first, first+600)
		held := int64(0)
		for i, b := range all {
			held += b.tokens
			if b.from%4 != 0 || b.tokens == 0 || i > 0 && b.from < all[i-1].from+20 {
				t.Fatalf("%+v", all)
			}
			begins := false
			for _, c := range cells {
				begins = begins || c.slot >= b.from && c.slot < b.from+4
			}
			if !begins {
				t.Fatalf("nothing happened in the first hour of %+v", b)
			}
		}
		if held != int64(len(cells)) {
			t.Fatalf("%d of %d", held, len(cells))
		}
	})
}

// What Codex said of its windows, with what its logs know of the same time.
func TestWindowsThatAToolTellsOf(t *testing.T) {
	said, resets := at(t, "2026-11-20T12:00Z"), at(t, "2026-11-20T15:00Z")
	cells := []cell1{codexCell(t, "2026-11-20T09:45Z", 9), codexCell(t, "2026-11-20T10:15Z", 1_000_000), codexCell(t, "2026-11-19T10:15Z", 1_000_000)}
	w := windowsAt(t, "2026-11-20T12:30Z", []usage.Window{
		{Name: "primary", Used: 80_000, Length: 5 * time.Hour, Resets: resets, At: said},
		{Name: "secondary", Used: 12_500, Length: 7 * 24 * time.Hour, Resets: at(t, "2026-11-26"), At: said},
		{Name: "mini primary", Used: 100_000, Length: time.Hour, Resets: at(t, "2026-11-20T12:15Z"), At: said},
		{Name: "odd", Used: 1, Length: 90 * time.Minute, At: said}}, cells...)
	if len(w) != 4 {
		t.Fatalf("%+v", w)
	}
	five := w[0]
	if five.Name != "5 hours" || !five.Active || !five.HasUsed || five.Used != 80_000 || five.UsedText() != "80 %" || !five.Since.Equal(at(t, "2026-11-20T10:00Z")) || five.Sum.Tokens.Output != 1_000_000 || five.Sum.Cost != money.FromUnits(10) {
		t.Errorf("%+v", five)
	}
	// 80 % in two of five hours: all of it in half an hour from then.
	if !five.HasProjected || five.ProjectedUsed != 200_000 || !five.FullAt.Equal(at(t, "2026-11-20T12:30Z")) {
		t.Errorf("%+v", five)
	}
	// A week that began on the 19th: 12.5 % in 36 of 168 hours.
	if seven := w[1]; seven.Name != "week" || seven.UsedText() != "12.5 %" || seven.Sum.Tokens.Output != 2_000_009 || !seven.FullAt.IsZero() || seven.ProjectedUsed != 58_333 {
		t.Errorf("%+v", seven)
	}
	if mini := w[2]; mini.Name != "mini: 1 hour" || mini.Active || mini.HasUsed || len(mini.Notes) != 1 || mini.Notes[0].Code != "reset" {
		t.Errorf("%+v", mini)
	}
	if odd := w[3]; odd.Name != "odd" || !odd.Rolling || !odd.Active || !odd.HasUsed || odd.HasProjected || odd.Notes[0].Code != "no_reset" {
		t.Errorf("%+v", odd)
	}
	if full := windowsAt(t, "2026-11-20T12:30Z", []usage.Window{{Name: "primary", Used: 100_000, Length: 5 * time.Hour, Resets: resets, At: said}})[0]; !full.FullAt.Equal(said) {
		t.Errorf("%+v", full)
	}
}

func TestPercents(t *testing.T) {
	for n, want := range map[int64][2]string{0: {"0", "0 %"}, 12_500: {"12.5", "12.5 %"}, 100_000: {"100", "100 %"}, 1: {"0.001", "0.0 %"}, 12_346: {"12.346", "12.3 %"}} {
		if Percent(n) != want[0] || ShareText(n) != want[1] {
			t.Errorf("%d: %q and %q", n, Percent(n), ShareText(n))
		}
	}
}
