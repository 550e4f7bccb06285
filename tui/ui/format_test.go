package ui

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

func amount(t testing.TB, s string) money.Amount {
	t.Helper()
	a, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestMoney(t *testing.T) {
	for _, c := range []struct{ in, money, unit, compact string }{
		{"0", "$0.00", "$0.00", "$0.00"},
		{"1234.56", "$1,234.56", "$1,234.56", "$1.23k"},
		{"1234567.891", "$1,234,567.89", "$1,234,567.89", "$1.23M"},
		{"-12.5", "-$12.50", "-$12.50", "-$12.50"},
		{"0.0042", "$0.0042", "$0.0042", "$0.0042"},
		{"0.00420001", "$0.0042", "$0.0042", "$0.0042"},
		{"0.0000031", "$0.0000031", "$0.0000031", "$0.0000031"},
		{"0.009999", "$0.01", "$0.01", "$0.01"},
		{"0.0312", "$0.03", "$0.0312", "$0.03"},
		{"0.5", "$0.50", "$0.50", "$0.50"},
		{"0.12345", "$0.12", "$0.123", "$0.12"},
		{"999.995", "$1,000.00", "$1,000.00", "$999"},
		{"100", "$100.00", "$100.00", "$100"},
		{"98765", "$98,765.00", "$98,765.00", "$98.8k"},
		{"2500000000", "$2,500,000,000.00", "$2,500,000,000.00", "$2.5B"},
	} {
		a := amount(t, c.in)
		if got := Money(a, "USD"); got != c.money {
			t.Errorf("Money(%s) = %s, want %s", c.in, got, c.money)
		}
		if got := UnitMoney(a, "USD"); got != c.unit {
			t.Errorf("UnitMoney(%s) = %s, want %s", c.in, got, c.unit)
		}
		if got := CompactMoney(a, "USD"); got != c.compact {
			t.Errorf("CompactMoney(%s) = %s, want %s", c.in, got, c.compact)
		}
	}
	if got := Money(amount(t, "3.5"), "CHF"); got != "CHF 3.50" {
		t.Errorf("francs: %s", got)
	}
}

// An amount that is not zero must never look like zero.
func TestMoneyIsNeverZeroByRounding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := money.FromAtto(rapid.Int64Range(1, 1<<62).Draw(t, "atto"))
		for _, s := range []string{Money(a, "USD"), UnitMoney(a, "USD"), CompactMoney(a, "USD")} {
			zero := true
			for _, r := range s {
				zero = zero && (r < '1' || r > '9')
			}
			if zero {
				t.Fatalf("%s written as %s", a, s)
			}
		}
	})
}

func TestLensCost(t *testing.T) {
	dollar := money.FromUnits(1)
	tokens := usage.Tokens{Input: 5}
	for _, c := range []struct {
		name       string
		sum        report.Sum
		cost, cash string
	}{
		{"nothing", report.Sum{}, "–", "–"},
		{"unpriced", report.Sum{Tokens: tokens, UnpricedTokens: 5}, "unpriced", "unpriced"},
		{"free", report.Sum{Tokens: tokens, Priced: true, CashKnown: true}, "$0.00", "$0.00"},
		{"both", report.Sum{Cost: dollar, Priced: true, Cash: dollar.Add(dollar), CashKnown: true, Currency: "USD"}, "$1.00", "$2.00"},
		{"several", report.Sum{Priced: true, Costs: []report.CurrencySum{{Currency: "USD", Cost: dollar, Cash: dollar}, {Currency: "EUR", Cost: dollar, Cash: dollar}}}, "$1.00 + €1.00", "$1.00 + €1.00"},
	} {
		if got := (Lens{}).Cost(&c.sum); got != c.cost {
			t.Errorf("%s: cost %s, want %s", c.name, got, c.cost)
		}
		if got := (Lens{Cash: true}).Cost(&c.sum); got != c.cash {
			t.Errorf("%s: cash %s, want %s", c.name, got, c.cash)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1k", 1234: "1.23k", 12_345: "12.3k", 99_950: "100k",
		999_499: "999k", 999_500: "1M", 1_320_000_000: "1.32B", 12_000_000_000_000: "12T", 5_000_000_000_000_000: ">999T", -1500: "-1.5k"} {
		if got := Tokens(n); got != want {
			t.Errorf("Tokens(%d) = %s, want %s", n, got, want)
		}
	}
	if got := Count(usage.Absent); got != "–" {
		t.Errorf("absent count is %q", got)
	}
	if got := Count(41_234); got != "41,234" {
		t.Errorf("Count = %s", got)
	}
}

func TestChangeOf(t *testing.T) {
	for _, c := range []struct {
		now, before, want string
		trend             Trend
	}{
		{"112.3", "100", "▲ 12.3%", Up},
		{"96", "100", "▼ 4.0%", Down},
		{"0", "100", "▼ 100.0%", Down},
		{"5", "5", "= same", Flat},
		{"100.0001", "100", "= same", Flat},
		{"5", "0", "new", Flat},
		{"140", "10", "▲ 14×", Up},
		{"1400", "10", "▲ >99×", Up},
	} {
		got, trend := ChangeOf(amount(t, c.now), amount(t, c.before))
		if got != c.want || trend != c.trend {
			t.Errorf("%s after %s: %s %d, want %s %d", c.now, c.before, got, trend, c.want, c.trend)
		}
	}
}

func TestWhen(t *testing.T) {
	now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{0: "just now", -time.Hour: "just now", 4 * time.Minute: "4 min ago",
		3 * time.Hour: "3 h ago", 47 * time.Hour: "47 h ago", 72 * time.Hour: "3 days ago", 90 * 24 * time.Hour: "on 22 Aug 2026"} {
		if got := Ago(now, now.Add(-d)); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	if got := Ago(now, time.Time{}); got != "never" {
		t.Error(got)
	}
	if got := Days(now.AddDate(0, 0, -19), now); got != "1–20 Nov" {
		t.Error(got)
	}
	if got := Days(now.AddDate(0, 0, -30), now); got != "21 Oct – 20 Nov" {
		t.Error(got)
	}
}

func TestBig(t *testing.T) {
	for _, s := range []string{"$1,284.57", "$0.0042", "CHF 9,876,543,210.00", "-$5.00"} {
		lines, ok := Big(s)
		if !ok {
			t.Fatalf("%s is a figure", s)
		}
		for _, l := range lines[1:] {
			if Width(l) != Width(lines[0]) {
				t.Errorf("%s: ragged lines %q", s, lines)
			}
		}
	}
	for _, s := range []string{Unpriced, Unknown, "$1.00 + €2.00"} {
		if _, ok := Big(s); ok {
			t.Errorf("%q drawn big", s)
		}
	}
}

// Neighbouring directories differ in their ends.
func TestCutName(t *testing.T) {
	for _, c := range []struct {
		name  string
		width int
		want  string
	}{
		{"/home/ada/work/tokpit", 40, "/home/ada/work/tokpit"},
		{"/home/ada/work/tokpit", 14, "…/work/tokpit"},
		{"/home/ada/work/tokpit", 8, "…/tokpit"},
		{"/home/ada/work/tokpit", 5, "…kpit"},
		{"~/src/some-long-project", 14, "…-long-project"},
		{`C:\work\some\thing`, 12, `…\some\thing`},
		{"claude-opus-4-5-20251101", 12, "claude-opus…"},
		{"/家/家庭/プロジェクト", 9, "…ジェクト"},
		{"/ab", 2, "/…"},
	} {
		if got := CutName(c.name, c.width); got != c.want || Width(got) > c.width {
			t.Errorf("CutName(%q, %d) = %q, want %q", c.name, c.width, got, c.want)
		}
	}
}
