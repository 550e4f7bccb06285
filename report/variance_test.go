package report

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// An invoice comes back as it was entered, under its own name only.
func TestInvoicesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64().Draw(t, "amount")
		i := Invoice{Provider: rapid.StringMatching(`[a-z-]{1,12}`).Draw(t, "provider"), Account: rapid.StringMatching(`[a-z]{0,5}`).Draw(t, "account"), Cycle: "2026-10",
			Number: rapid.StringMatching(`[A-Z0-9/"-]{1,12}`).Draw(t, "number"), Currency: "EUR", Amount: money.FromAtto(amount), Tax: money.FromAtto(amount / 5)}
		if rapid.Bool().Draw(t, "dated") {
			i.Date = time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
		}
		if err := i.Validate(); err != nil {
			t.Fatal(err)
		}
		back, err := DecodeInvoice(i.Key(), i.Encode())
		if err != nil || back != i {
			t.Fatalf("%+v, %v", back, err)
		}
		if i.Net().Add(i.Tax) != i.Amount {
			t.Fatal("net and tax are not the amount")
		}
		if _, err := DecodeInvoice(i.Key()+"x", i.Encode()); !errors.Is(err, ErrInvoice) {
			t.Fatalf("under another name: %v", err)
		}
	})
	good := Invoice{Provider: "openai", Cycle: "2026-10", Number: "1", Currency: "USD", Amount: money.FromUnits(10), Tax: money.FromUnits(1)}
	for name, spoil := range map[string]func(*Invoice){
		"provider": func(i *Invoice) { i.Provider = "" }, "slash": func(i *Invoice) { i.Provider = "a/b" }, "cycle": func(i *Invoice) { i.Cycle = "2026-1" },
		"number": func(i *Invoice) { i.Number = " " }, "currency": func(i *Invoice) { i.Currency = "usd" }, "much tax": func(i *Invoice) { i.Tax = money.FromUnits(11) },
		"other sign": func(i *Invoice) { i.Tax = money.FromUnits(-1) }, "long": func(i *Invoice) { i.Number = strings.Repeat("x", 1000) },
	} {
		bad := good
		if spoil(&bad); !errors.Is(bad.Validate(), ErrInvoice) {
			t.Errorf("%s is let in", name)
		}
	}
	for _, text := range []string{"", "{", `{"v":1}`, `{"v":1,"amount":"x"}`} {
		if _, err := DecodeInvoice("openai/1", text); !errors.Is(err, ErrInvoice) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := DecodeInvoice("openai/1", `{"v":2}`); !errors.Is(err, ErrNewerClose) {
		t.Error(err)
	}
}

// A charge is on the account's own invoice, else on the provider's, and on none
// if nobody knows which.
func TestWhichInvoice(t *testing.T) {
	all := []Invoice{{Provider: "openai", Account: "a", Cycle: "2026-10", Number: "A"}, {Provider: "openai", Cycle: "2026-10", Number: "ALL"},
		{Provider: "openai", Account: "b", Cycle: "2026-10", Number: "B1"}, {Provider: "openai", Account: "b", Cycle: "2026-10", Number: "B2"}}
	for _, x := range [][4]string{{"2026-10", "openai", "a", "A"}, {"2026-10", "openai", "c", "ALL"}, {"2026-10", "openai", "", "ALL"}, {"2026-10", "openai", "b", ""},
		{"2026-10", "anthropic", "a", ""}, {"2026-09", "openai", "a", ""}} {
		if got := InvoiceOf(all, x[0], x[1], x[2]); got != x[3] {
			t.Errorf("%v: %q", x, got)
		}
	}
}

// paid is an entry that costs something.
func paid(provider, account, cost string) Entry {
	a, _ := money.Parse(cost)
	return Entry{Dims: &usage.Dims{Provider: provider, Account: account}, Charge: pricing.Charge{Cost: a, Priced: true, Currency: "USD"}}
}

func TestVariance(t *testing.T) {
	entries := []Entry{paid("openai", "a", "100"), paid("openai", "b", "50"), paid("anthropic", "x", "1000"), paid("xai", "", "7"),
		{Plan: &pricing.Plan{Source: "codex"}, Dims: &usage.Dims{Source: "codex"}, Charge: pricing.Charge{Cost: money.FromUnits(60), Priced: true, Currency: "USD"}}}
	entries[3].Reported = []usage.Charged{{Currency: "USD", Amount: money.FromUnits(7), Records: 1}}
	invoice := func(provider, account, gross, tax string) Invoice {
		return Invoice{Provider: provider, Account: account, Cycle: "2026-10", Number: provider + gross, Currency: "USD", Amount: amount(t, gross), Tax: amount(t, tax)}
	}
	build := func(today []Entry, invoices ...Invoice) *Variance {
		return BuildVariance(VarianceInput{Cycle: "2026-10", Entries: entries, Today: today, Invoices: invoices, Tolerance: DefaultVariance, Least: DefaultLeast()})
	}
	find := func(v *Variance, provider, account string) *AccountVariance {
		i := slices.IndexFunc(v.Accounts, func(a AccountVariance) bool { return a.Provider == provider && a.Account == account })
		if i < 0 {
			t.Fatalf("no %s/%s in %+v", provider, account, v.Accounts)
		}
		return &v.Accounts[i]
	}
	codes := func(a *AccountVariance) []string {
		var out []string
		for _, c := range a.Causes {
			out = append(out, c.Code)
		}
		return out
	}
	v := build(entries)
	if len(v.Accounts) != 5 || v.OutOfTolerance() {
		t.Errorf("%+v", v.Accounts)
	}
	if x := find(v, "xai", ""); !x.FromUsage || !x.Billed.Known || x.Billed.Less(x.Metered) != (Figure{Known: true}) {
		t.Errorf("what the source says: %+v", x)
	}
	// One invoice for all accounts is compared with all of them.
	v = build(entries, invoice("openai", "", "151", "1"), invoice("openai", "a", "1.5", "0"))
	if x := find(v, "openai", ""); !x.Whole || x.Metered.Amount != money.FromUnits(150) || x.Invoiced.Amount != amount(t, "151.5") || len(x.Numbers) != 2 || !x.Out {
		t.Errorf("%+v", x)
	}
	for name, x := range map[string]struct {
		invoice Invoice
		out     bool
		causes  []string
	}{
		"exactly":               {invoice("anthropic", "x", "1000", "0"), false, nil},
		"within half a percent": {invoice("anthropic", "x", "1005", "0"), false, nil},
		"a cent more":           {invoice("anthropic", "x", "1005.01", "0"), true, []string{CauseOther}},
		"lower":                 {invoice("anthropic", "x", "900", "0"), true, []string{CauseCredit}},
		"tax on top":            {invoice("anthropic", "x", "1000", "190"), true, []string{CauseTax}},
		"with its tax":          {invoice("anthropic", "x", "1190", "190"), false, nil},
		"a small account":       {invoice("xai", "", "8", "0"), false, nil},
		"a dollar and a bit":    {invoice("xai", "", "8.01", "0"), true, []string{CauseOther}},
	} {
		a := find(build(entries, x.invoice), x.invoice.Provider, x.invoice.Account)
		if a.Out != x.out || !slices.Equal(codes(a), x.causes) {
			t.Errorf("%s: %v, %v", name, a.Out, codes(a))
		}
	}
	// What has changed since a cycle was closed is a cause, with its amount.
	today := append(slices.Clone(entries), paid("anthropic", "x", "20"))
	a := find(build(today, invoice("anthropic", "x", "1020", "0")), "anthropic", "x")
	if !a.Out || !slices.Contains(codes(a), CauseCorrections) || a.Causes[0].Amount.Amount != money.FromUnits(20) {
		t.Errorf("%+v", a)
	}
	if !Invoiced(entries[2:3], []Invoice{invoice("anthropic", "", "1", "0")}, "2026-10") || Invoiced(entries, []Invoice{invoice("anthropic", "", "1", "0")}, "2026-10") || Invoiced(nil, nil, "2026-10") {
		t.Error("what is invoiced")
	}
}
