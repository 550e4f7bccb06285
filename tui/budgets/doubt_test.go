package budgets

import (
	"strings"
	"testing"

	"tokpit/budget"
	"tokpit/tui/tuitest"
)

// What a threshold means is said as a share and as money, whichever was written.
func TestThresholdsInMoneyAndShare(t *testing.T) {
	p := pageOf(spender(), tuitest.Unbudgeted(), 190, 37)
	press(p, "a")
	to(t, p, spotAmount)
	press(p, "ctrl+u")
	write(p, "4000")
	to(t, p, spotWarn)
	press(p, "ctrl+u")
	write(p, "80%, 450, forecast:110%")
	for _, text := range []string{"Tells at", "80 % = $3,200.00", "$450.00 = 11 % of the limit", "forecast 110 % = $4,400.00"} {
		want(t, strings.Join(strings.Fields(view(p)), " "), text)
	}
	if text := view(p); strings.Contains(text, "80 means") || strings.Contains(text, "! 80%") {
		t.Errorf("a doubt where there is none:\n%s", text)
	}
}

// A number that looks like a forgotten percent sign, and a share beyond the limit,
// are said before they are saved, and can be saved.
func TestDoubtfulThresholds(t *testing.T) {
	for text, said := range map[string]string{
		"80":   "80 means $80.00, 2.0 % of the limit; write 80% for a share",
		"800%": "800% means $32,000.00, beyond the limit of $4,000.00",
	} {
		a := spender()
		p := pageOf(a, tuitest.Unbudgeted(), 190, 37)
		press(p, "a")
		to(t, p, spotAmount)
		press(p, "ctrl+u")
		write(p, "4000")
		to(t, p, spotWarn)
		press(p, "ctrl+u")
		write(p, text)
		want(t, strings.Join(strings.Fields(view(p)), " "), said, "! "+text)
		press(p, "ctrl+s")
		if len(a.saved) != 1 {
			t.Errorf("%s cannot be saved", text)
		}
	}
}

func TestDoubt(t *testing.T) {
	for _, c := range []struct{ limit, threshold, doubt string }{
		{"4000", "80", "80 means $80.00, 2.0 % of the limit; write 80% for a share"},
		{"4000", "forecast:100", "100 means $100.00, 2.5 % of the limit; write forecast:100% for a share"},
		{"500", "90", "90 means $90.00, 18 % of the limit; write 90% for a share"},
		{"4000", "120%", "120% means $4,800.00, beyond the limit of $4,000.00"},
		{"500", "600", "600 means $600.00, beyond the limit of $500.00"},
		{"4000", "101", ""}, {"4000", "80.5", ""}, {"120", "80", ""}, {"100", "50", ""}, {"20", "18", ""},
		{"4000", "80%", ""}, {"4000", "100%", ""}, {"4000", "forecast:150%", ""}, {"4000", "450", ""}, {"4000", "forecast:5000", ""},
	} {
		th, err := budget.ParseThreshold(c.threshold)
		if err != nil {
			t.Fatal(err)
		}
		b := budget.Budget{Amount: amount(t, c.limit), Currency: "USD", Warn: []budget.Threshold{th}}
		if got := strings.Join(Doubts(&b), "|"); got != c.doubt {
			t.Errorf("%s of %s: %q, want %q", c.threshold, c.limit, got, c.doubt)
		}
	}
}
