package budget

import (
	"testing"

	"tokpit/money"
)

func TestThresholds(t *testing.T) {
	limit := money.FromUnits(500)
	for text, want := range map[string]string{"80%": "400", "62.5%": "312.5", "forecast:100%": "500", "450": "450", "0.001%": "0.005", "forecast:12.34": "12.34", "1000%": "5000"} {
		th, err := ParseThreshold(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := th.At(limit).String(); got != want || th.String() != text {
			t.Errorf("%q is %q at %s, want %s", text, th, got, want)
		}
	}
	for _, bad := range []string{"", "0", "0%", "-5", "1000.001%", "1001%", "0.0001%", "abc", "80%%", "forecast:", "actual:80%", "1e3"} {
		if th, err := ParseThreshold(bad); err == nil {
			t.Errorf("%q was taken as %v", bad, th)
		}
	}
	if ts, err := ParseThresholds(" 50%, 80% ,forecast:100%,"); err != nil || len(ts) != 3 {
		t.Errorf("%v, %v", ts, err)
	}
}

func TestValidate(t *testing.T) {
	good := Budget{Name: "web", Amount: money.FromUnits(500), Currency: "USD", Period: Monthly, Warn: []Threshold{{Percent: 80_000}}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Budget){
		"no name":         func(b *Budget) { b.Name = "" },
		"line break":      func(b *Budget) { b.Name = "a\nb" },
		"nothing":         func(b *Budget) { b.Amount = money.Amount{} },
		"below zero":      func(b *Budget) { b.Amount = money.FromUnits(-1) },
		"currency":        func(b *Budget) { b.Currency = "usd" },
		"period":          func(b *Budget) { b.Period = "fortnight" },
		"zone":            func(b *Budget) { b.Zone = "Mars/Olympus" },
		"local zone":      func(b *Budget) { b.Zone = "Local" },
		"scope":           func(b *Budget) { b.Scope = Scope{"session": {"x"}} },
		"empty scope":     func(b *Budget) { b.Scope = Scope{"project": nil} },
		"threshold twice": func(b *Budget) { b.Warn = append(b.Warn, b.Warn[0]) },
		"no threshold":    func(b *Budget) { b.Warn = []Threshold{{}} },
	} {
		b := good
		change(&b)
		if b.Validate() == nil {
			t.Errorf("%s: was taken", name)
		}
	}
}
