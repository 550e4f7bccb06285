package budgets

import "testing"

// What is said about periods is right at their ends.
func TestWords(t *testing.T) {
	for n, want := range map[float64]string{0.4: "less than a day", 5.94: "5.9 days", 31: "31 days"} {
		if got := days(n); got != want {
			t.Errorf("%v: %q", n, got)
		}
	}
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 22: "22nd", 23: "23rd", 31: "31st"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	for in, want := range map[string]string{"412.30": "500", "1": "1.5", "999": "1500", "0.4": "1", "83": "100", "50": "60"} {
		if got := roundUp(amount(t, in)); got.Cmp(amount(t, want)) != 0 {
			t.Errorf("%s is rounded up to %s", in, got)
		}
	}
}
