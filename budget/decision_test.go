package budget_test

import (
	"reflect"
	"testing"

	"tokpit/budget"
)

// Whatever text is stored: it is refused, or means the same when it is written
// anew.
func FuzzDecisions(f *testing.F) {
	limit := budget.Limit{Name: "l", Provider: "openai", Kind: budget.LimitHard, Amount: usd("5"), Currency: "USD", Period: budget.Weekly, Anchor: budget.Anchor{Day: 3}, Scope: budget.Scope{"project": {"a,b"}}}
	g := grant("g", "5", nov(1, 0), nov(30, 12), budget.GrantTrial)
	b := budget.Billing{Provider: "openai", State: budget.BillingYes, Paid: usd("5"), Currency: "USD", First: nov(1, 0)}
	tier := budget.Tier{Provider: "openai", Name: "t", Paid: usd("5"), Days: 7, Currency: "USD"}
	for _, text := range []string{limit.Encode(), g.Encode(), b.Encode(), tier.Encode(), `{"v":1}`, "null"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := budget.DecodeLimit("l", text); err == nil {
			if again, err := budget.DecodeLimit("l", l.Encode()); err != nil || again.Encode() != l.Encode() || again.Amount != l.Amount || again.Scope.String() != l.Scope.String() {
				t.Errorf("%+v became %+v, %v", l, again, err)
			}
		}
		if g, err := budget.DecodeGrant("g", text); err == nil {
			if again, err := budget.DecodeGrant("g", g.Encode()); err != nil || !reflect.DeepEqual(again, g) {
				t.Errorf("%+v became %+v, %v", g, again, err)
			}
			budget.Burn([]budget.Grant{g}, []budget.Taking{request(g.Granted, "1")}, g.Granted.AddDate(0, 1, 0))
		}
		if b, err := budget.DecodeBilling("b", text); err == nil {
			if again, err := budget.DecodeBilling("b", b.Encode()); err != nil || !reflect.DeepEqual(again, b) {
				t.Errorf("%+v became %+v, %v", b, again, err)
			}
		}
		if x, err := budget.DecodeTier("t", text); err == nil {
			if again, err := budget.DecodeTier(x.Key(), x.Encode()); err != nil || !reflect.DeepEqual(again, x) {
				t.Errorf("%+v became %+v, %v", x, again, err)
			}
		}
	})
}
