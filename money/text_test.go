package money

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "+5": "5", "5.": "5", ".5": "0.5", "-.5": "-0.5", "007.10": "7.1",
		"0.000000000000000001": "0.000000000000000001", "1.0000000000000000000000000": "1",
		"999999999999999999.999999999999999999": "999999999999999999.999999999999999999",
		"000000000000000000000001":              "1",
	} {
		a, err := Parse(in)
		if err != nil || a.String() != want {
			t.Errorf("Parse(%q) = %s, %v, want %s", in, a, err, want)
		}
	}
	for in, want := range map[string]error{
		"": ErrSyntax, "-": ErrSyntax, ".": ErrSyntax, "1.2.3": ErrSyntax, "1e3": ErrSyntax, "0x1": ErrSyntax, " 1": ErrSyntax,
		"1,000": ErrSyntax, "--1": ErrSyntax, "+-1": ErrSyntax, "NaN": ErrSyntax, "$1": ErrSyntax, "١": ErrSyntax, "1_0": ErrSyntax,
		"0.0000000000000000001": ErrRange, "1000000000000000000": ErrRange, "-1000000000000000000": ErrRange,
	} {
		if a, err := Parse(in); !errors.Is(err, want) {
			t.Errorf("Parse(%q) = %s, %v, want %v", in, a, err, want)
		}
	}
	if _, err := Parse(strings.Repeat("x", 1<<16)); len(err.Error()) > 120 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

func TestFormatRoundsHalfToEven(t *testing.T) {
	for _, c := range []struct {
		in       string
		decimals int
		want     string
	}{
		{"0.005", 2, "0.00"}, {"0.015", 2, "0.02"}, {"0.025", 2, "0.02"}, {"0.0250000000000001", 2, "0.03"},
		{"-0.015", 2, "-0.02"}, {"-0.005", 2, "0.00"}, {"2.5", 0, "2"}, {"3.5", 0, "4"}, {"-2.5", 0, "-2"},
		{"1.999", 2, "2.00"}, {"999.9999", 2, "1000.00"}, {"12.3", 4, "12.3000"}, {"12.3", -1, "12"},
		{"0.000000000000000001", 18, "0.000000000000000001"}, {"0.000000000000000001", 25, "0.000000000000000001"},
		{"18446744073709551.615", 2, "18446744073709551.62"}, {"18446744073709551.625", 2, "18446744073709551.62"},
	} {
		if got := must(t, c.in).Format(c.decimals); got != c.want {
			t.Errorf("%s to %d decimals is %s, want %s", c.in, c.decimals, got, c.want)
		}
	}
}

func TestPerMillion(t *testing.T) {
	for _, s := range []string{"0", "3", "0.003625", "600", "0.000000000001", "999999999999"} {
		r, err := ParsePerMillion(s)
		if err != nil || r.PerMillion() != s {
			t.Errorf("%s per million comes back as %s, %v", s, r.PerMillion(), err)
		}
	}
	r, err := ParsePerMillion("0.003625")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Amount().String(); got != "0.000000003625" {
		t.Errorf("one token costs %s", got)
	}
	if got := r.Times(1_000_000_000_000).String(); got != "3625" {
		t.Errorf("a trillion tokens cost %s", got)
	}
	if _, err := ParsePerMillion("0.0000000000001"); !errors.Is(err, ErrRange) {
		t.Errorf("a price finer than 1e-18 a token: %v", err)
	}
	if _, err := ParsePerMillion("x"); !errors.Is(err, ErrSyntax) {
		t.Errorf("no number: %v", err)
	}
}

func TestTextIsExact(t *testing.T) {
	text, err := must(t, "-0.000003625").MarshalText()
	if err != nil || string(text) != "-0.000003625" {
		t.Fatalf("%s, %v", text, err)
	}
	a := FromUnits(5)
	if err := a.UnmarshalText([]byte("1e3")); !errors.Is(err, ErrSyntax) || a != FromUnits(5) {
		t.Errorf("bad text left %s, %v", a, err)
	}
	if err := a.UnmarshalText(text); err != nil || a != must(t, "-0.000003625") {
		t.Errorf("%s, %v", a, err)
	}
}
