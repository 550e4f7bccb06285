package budget_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/money"
)

func usd(text string) money.Amount {
	a, err := money.Parse(text)
	if err != nil {
		panic(err)
	}
	return a
}

func nov(d, hour int) time.Time { return time.Date(2026, 11, d, hour, 0, 0, 0, time.UTC) }

func grant(name, amount string, from, until time.Time, source budget.GrantSource) budget.Grant {
	return budget.Grant{Name: name, Provider: "openai", Amount: usd(amount), Currency: "USD", Granted: from, Expires: until, Source: source}
}

// request is usage in one instant.
func request(at time.Time, cost string) budget.Taking {
	return budget.Taking{Since: at, Until: at, Cost: usd(cost)}
}

type left struct{ Used, Expired, Balance string }

func became(states []budget.GrantState) map[string]left {
	out := make(map[string]left)
	for _, s := range states {
		out[s.Name] = left{s.Used.String(), s.Expired.String(), s.Balance.String()}
	}
	return out
}

func TestBurn(t *testing.T) {
	never := time.Time{}
	for name, c := range map[string]struct {
		grants  []budget.Grant
		usage   []budget.Taking
		now     time.Time
		want    map[string]left
		payable string
	}{
		"a trial of 5 of which 3 are used": {
			[]budget.Grant{grant("trial", "5", nov(1, 0), nov(1, 0).AddDate(0, 0, 90), budget.GrantTrial)},
			[]budget.Taking{request(nov(2, 9), "3")}, nov(1, 0).AddDate(0, 0, 90), map[string]left{"trial": {"3", "2", "0"}}, "0"},
		"and the instant before it expires": {
			[]budget.Grant{grant("trial", "5", nov(1, 0), nov(20, 0), budget.GrantTrial)},
			[]budget.Taking{request(nov(2, 9), "3"), request(nov(20, 0), "1")}, nov(20, 0).Add(-1), map[string]left{"trial": {"3", "0", "2"}}, "0"},
		"usage when it has expired is payable": {
			[]budget.Grant{grant("trial", "5", nov(1, 0), nov(20, 0), budget.GrantTrial)},
			[]budget.Taking{request(nov(20, 0).Add(-1), "1"), request(nov(20, 0), "1")}, nov(21, 0), map[string]left{"trial": {"1", "4", "0"}}, "1"},
		"the one that expires first": {
			[]budget.Grant{grant("late", "5", nov(1, 0), nov(25, 0), budget.GrantTrial), grant("soon", "5", nov(1, 0), nov(24, 0), budget.GrantPurchase), grant("ever", "5", nov(1, 0), never, budget.GrantPromotion)},
			[]budget.Taking{request(nov(2, 0), "12")}, nov(3, 0), map[string]left{"soon": {"5", "0", "0"}, "late": {"5", "0", "0"}, "ever": {"2", "0", "3"}}, "0"},
		"free before paid for": {
			[]budget.Grant{grant("paid", "5", nov(1, 0), nov(25, 0), budget.GrantPurchase), grant("free", "5", nov(2, 0), nov(25, 0), budget.GrantPromotion)},
			[]budget.Taking{request(nov(3, 0), "5")}, nov(4, 0), map[string]left{"paid": {"0", "0", "5"}, "free": {"5", "0", "0"}}, "0"},
		"nothing before it is granted": {
			[]budget.Grant{grant("a", "5", nov(10, 0), nov(25, 0), budget.GrantTrial)},
			[]budget.Taking{request(nov(10, 0).Add(-1), "1"), request(nov(10, 0), "2")}, nov(11, 0), map[string]left{"a": {"2", "0", "3"}}, "1"},
		"more than there is": {
			[]budget.Grant{grant("a", "1.5", nov(1, 0), never, budget.GrantTrial)},
			[]budget.Taking{request(nov(2, 0), "1"), request(nov(3, 0), "1"), request(nov(4, 0), "0.000000000000000001")}, nov(5, 0), map[string]left{"a": {"1.5", "0", "0"}}, "0.500000000000000001"},
		"not yet granted": {
			[]budget.Grant{grant("a", "5", nov(10, 0), never, budget.GrantTrial)}, nil, nov(5, 0), map[string]left{"a": {"0", "0", "5"}}, "0"},
		"what happens later does not count": {
			[]budget.Grant{grant("a", "5", nov(1, 0), never, budget.GrantTrial)},
			[]budget.Taking{request(nov(5, 0), "1")}, nov(5, 0), map[string]left{"a": {"0", "0", "5"}}, "0"},
		"a day of which the grant is there for a part": {
			[]budget.Grant{grant("a", "5", nov(10, 12), nov(12, 12), budget.GrantTrial)},
			[]budget.Taking{{Since: nov(9, 0), Until: nov(10, 0), Cost: usd("1")}, {Since: nov(10, 0), Until: nov(11, 0), Cost: usd("1")},
				{Since: nov(12, 0), Until: nov(13, 0), Cost: usd("1")}, {Since: nov(13, 0), Until: nov(14, 0), Cost: usd("1")}},
			nov(20, 0), map[string]left{"a": {"2", "3", "0"}}, "2"},
	} {
		states, payable := budget.Burn(c.grants, c.usage, c.now)
		if got := became(states); !reflect.DeepEqual(got, c.want) || payable != usd(c.payable) {
			t.Errorf("%s: %v and %s payable, want %v and %s", name, got, payable, c.want, c.payable)
		}
		for _, s := range states {
			if coarse := strings.Contains(name, "a day of which"); s.Coarse != coarse {
				t.Errorf("%s: coarse is %v", name, s.Coarse)
			}
		}
	}
}

func drawGrant(t *rapid.T, i int) budget.Grant {
	g := grant(string(rune('a'+i)), "1", nov(1, 0).Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "from"))*time.Hour), time.Time{}, rapid.SampledFrom(budget.GrantSources()).Draw(t, "source"))
	g.Amount = money.FromAtto(rapid.Int64Range(1, 1e18).Draw(t, "amount"))
	if rapid.Bool().Draw(t, "expires") {
		g.Expires = g.Granted.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "for")) * time.Hour)
	}
	return g
}

// Used + expired + balance is what was granted and used + payable is what was
// used, at any instant, whatever the order of grants and usage. What has expired
// stays expired, and a grant gives nothing outside its time.
func TestBurnLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var grants []budget.Grant
		for i := range rapid.IntRange(0, 6).Draw(t, "grants") {
			grants = append(grants, drawGrant(t, i))
		}
		var usage []budget.Taking
		for range rapid.IntRange(0, 30).Draw(t, "usage") {
			at := nov(1, 0).Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "at")) * time.Hour)
			usage = append(usage, budget.Taking{Since: at, Until: at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 24}).Draw(t, "width")) * time.Hour),
				Cost: money.FromAtto(rapid.Int64Range(0, 1e18).Draw(t, "cost"))})
		}
		now := nov(1, 0).Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "now")) * time.Hour)
		states, payable := budget.Burn(grants, usage, now)
		if len(states) != len(grants) {
			t.Fatalf("%d of %d grants", len(states), len(grants))
		}
		taken, counted := payable, money.Amount{}
		for _, s := range states {
			if s.Used.Add(s.Expired).Add(s.Balance) != s.Amount || s.Used.Sign() < 0 || s.Expired.Sign() < 0 || s.Balance.Sign() < 0 {
				t.Fatalf("%+v does not add up", s)
			}
			if dead := !s.Expires.IsZero() && !now.Before(s.Expires); dead != (s.Expired.Sign() > 0) && !(dead && s.Used == s.Amount) || dead && !s.Balance.IsZero() {
				t.Fatalf("%+v at %s", s, now)
			}
			if now.Before(s.Granted) && (!s.Pending || s.Used.Sign() != 0 && !s.Coarse) {
				t.Fatalf("%+v was used before it was granted", s)
			}
			taken = taken.Add(s.Used)
		}
		for _, u := range usage {
			if u.Since.Before(now) {
				counted = counted.Add(u.Cost)
			}
		}
		if taken != counted {
			t.Fatalf("%s used, %s taken", counted, taken)
		}
		shuffled := rapid.Permutation(grants).Draw(t, "order")
		again, pay := budget.Burn(shuffled, rapid.Permutation(usage).Draw(t, "usage order"), now)
		if !reflect.DeepEqual(became(again), became(states)) || pay != payable {
			t.Fatalf("in another order: %v and %s, not %v and %s", became(again), pay, became(states), payable)
		}
		if more, _ := budget.Burn(grants, usage, now.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "later"))*time.Hour)); len(more) > 0 {
			for i := range more {
				if more[i].Used.Cmp(states[i].Used) < 0 || more[i].Expired.Cmp(states[i].Expired) < 0 {
					t.Fatalf("%+v became %+v", states[i], more[i])
				}
			}
		}
	})
}

// Burning agrees with taking unit by unit from whichever grant comes first.
func TestBurnAsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var grants []budget.Grant
		for i := range rapid.IntRange(1, 5).Draw(t, "grants") {
			g := drawGrant(t, i)
			g.Amount = money.FromAtto(rapid.Int64Range(1, 9).Draw(t, "units"))
			grants = append(grants, g)
		}
		left := make([]int64, len(grants))
		for i, g := range grants {
			for left[i] = 0; money.FromAtto(left[i]) != g.Amount; left[i]++ {
			}
		}
		var usage []budget.Taking
		at, unpaid := nov(1, 0), int64(0)
		for range rapid.IntRange(0, 20).Draw(t, "usage") {
			at = at.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "hours")) * time.Hour)
			units := rapid.Int64Range(0, 6).Draw(t, "cost")
			usage = append(usage, budget.Taking{Since: at, Until: at, Cost: money.FromAtto(units)})
			for range units {
				best := -1
				for i := range grants {
					if left[i] > 0 && grants[i].Alive(at) && (best < 0 || before(&grants[i], &grants[best])) {
						best = i
					}
				}
				if best < 0 {
					unpaid++
					continue
				}
				left[best]--
			}
		}
		states, payable := budget.Burn(grants, usage, at.Add(time.Hour))
		if payable != money.FromAtto(unpaid) {
			t.Fatalf("%s payable, want %d", payable, unpaid)
		}
		for _, s := range states {
			i := slices.IndexFunc(grants, func(g budget.Grant) bool { return g.Name == s.Name })
			if s.Amount.Sub(s.Used) != money.FromAtto(left[i]) {
				t.Fatalf("%+v, want %d left", s, left[i])
			}
		}
	})
}

func before(a, b *budget.Grant) bool {
	switch {
	case a.Expires.IsZero() != b.Expires.IsZero():
		return b.Expires.IsZero()
	case !a.Expires.Equal(b.Expires):
		return a.Expires.Before(b.Expires)
	case a.Source.Free() != b.Source.Free():
		return a.Source.Free()
	case !a.Granted.Equal(b.Granted):
		return a.Granted.Before(b.Granted)
	}
	return a.Name < b.Name
}

// A warning is due 14, 7 and 1 days before, as long as there is something to lose.
func TestExpiryWarnings(t *testing.T) {
	expires := nov(30, 12)
	g := grant("trial", "5", nov(1, 0), expires, budget.GrantTrial)
	for now := nov(1, 0); now.Before(expires.AddDate(0, 0, 3)); now = now.Add(time.Hour) {
		states, _ := budget.Burn([]budget.Grant{g}, []budget.Taking{request(nov(2, 0), "3")}, now)
		want := 0
		for _, days := range []int{14, 7, 1} {
			if left := expires.Sub(now); left > 0 && left <= time.Duration(days)*24*time.Hour {
				want = days
			}
		}
		if got := states[0].Warning(now); got != want {
			t.Fatalf("%s: %d, want %d", now, got, want)
		}
	}
	used, _ := budget.Burn([]budget.Grant{g}, []budget.Taking{request(nov(2, 0), "5")}, nov(30, 0))
	if used[0].Warning(nov(30, 0)) != 0 {
		t.Error("there is nothing left to lose")
	}
}

// The four states of an account.
func TestStateOf(t *testing.T) {
	for _, c := range []struct {
		balance string
		billing budget.BillingState
		want    budget.AccountState
		refuses bool
	}{
		{"0.01", budget.BillingNo, budget.AccountCredit, false}, {"5", budget.BillingYes, budget.AccountCredit, false}, {"5", budget.BillingUnknown, budget.AccountCredit, false},
		{"0", budget.BillingYes, budget.AccountBilled, false}, {"0", budget.BillingNo, budget.AccountNoBilling, true}, {"0", budget.BillingUnknown, budget.AccountUnknown, false},
		{"0", "", budget.AccountUnknown, false},
	} {
		if got := budget.StateOf(usd(c.balance), c.billing); got != c.want || got.Refuses() != c.refuses {
			t.Errorf("%s and billing %s: %q, refuses %v", c.balance, c.billing, got, got.Refuses())
		}
	}
}

func TestTiers(t *testing.T) {
	ladder := []budget.Tier{
		{Provider: "openai", Name: "three", Paid: usd("100"), Days: 7, Limit: usd("1000"), Currency: "USD"},
		{Provider: "other", Name: "two", Paid: usd("1"), Currency: "USD"},
		{Provider: "openai", Name: "one", Paid: usd("5"), Limit: usd("100"), Currency: "USD"},
		{Provider: "openai", Name: "two", Paid: usd("50"), Days: 7, Limit: usd("500"), Currency: "USD"},
	}
	for tier, want := range map[string]string{"one": "two", "TWO": "three", "three": "", "nine": "", "": ""} {
		if next, ok := budget.Next(ladder, "openai", tier); next.Name != want || ok != (want != "") {
			t.Errorf("after %q comes %q, want %q", tier, next.Name, want)
		}
	}
	next := ladder[0]
	for name, c := range map[string]struct {
		b    budget.Billing
		want budget.Missing
	}{
		"nothing is known":  {budget.Billing{}, budget.Missing{}},
		"half of it":        {budget.Billing{Paid: usd("40"), Currency: "USD", First: nov(10, 12)}, budget.Missing{Amount: usd("60"), AmountKnown: true, Days: 3, DaysKnown: true, Since: nov(17, 12)}},
		"all of it":         {budget.Billing{Paid: usd("400"), Currency: "USD", First: nov(1, 0)}, budget.Missing{AmountKnown: true, DaysKnown: true, Since: nov(8, 0)}},
		"an hour is a day":  {budget.Billing{First: nov(7, 13)}, budget.Missing{Days: 1, DaysKnown: true, Since: nov(14, 13)}},
		"in other currency": {budget.Billing{Paid: usd("400"), Currency: "EUR"}, budget.Missing{}},
	} {
		if got := next.Missing(&c.b, nov(14, 12)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	free := budget.Tier{Provider: "openai", Name: "free", Currency: "USD"}
	if got := free.Missing(&budget.Billing{}, nov(1, 0)); !got.AmountKnown || !got.DaysKnown || !got.Amount.IsZero() || got.Days != 0 {
		t.Errorf("%+v", got)
	}
}

// What is kept comes back as it was, and what is not right is refused.
func TestDecisionsComeBack(t *testing.T) {
	limit := budget.Limit{Name: "org", Provider: "openai", Account: "acme", Kind: budget.LimitApproved, Amount: usd("1000.000000000000000001"), Currency: "USD",
		Period: budget.Yearly, Anchor: budget.Anchor{Month: 4, Day: 6}, Zone: "Europe/Berlin", Scope: budget.Scope{"project": {`a,b\c=d`, "x"}}, Tier: "tier 3", Note: "asked for more"}
	if got, err := budget.DecodeLimit("org", limit.Encode()); err != nil || !reflect.DeepEqual(got, limit) {
		t.Errorf("%+v, %v", got, err)
	}
	g := grant("trial", "5", nov(1, 3), nov(30, 12), budget.GrantTrial)
	g.Account, g.Note = "acme", "to try"
	if got, err := budget.DecodeGrant("trial", g.Encode()); err != nil || got != g {
		t.Errorf("%+v, %v", got, err)
	}
	b := budget.Billing{Provider: "openai", Account: "acme", State: budget.BillingNo, Currency: "USD", First: nov(2, 0)}
	if got, err := budget.DecodeBilling(b.Key(), b.Encode()); err != nil || got != b {
		t.Errorf("%+v, %v", got, err)
	}
	tier := budget.Tier{Provider: "openai", Name: "tier 3", Paid: usd("100"), Days: 7, Limit: usd("1000"), Currency: "USD"}
	if got, err := budget.DecodeTier(tier.Key(), tier.Encode()); err != nil || got != tier {
		t.Errorf("%+v, %v", got, err)
	}
	for _, decode := range []func(string) error{
		func(s string) error { _, err := budget.DecodeLimit("x", s); return err },
		func(s string) error { _, err := budget.DecodeGrant("x", s); return err },
		func(s string) error { _, err := budget.DecodeBilling("x", s); return err },
		func(s string) error { _, err := budget.DecodeTier("x", s); return err },
	} {
		for _, text := range []string{"", "{}", "[]", `{"v":1}`, `{"v":1,"amount":"x","paid":"x","limit":"x"}`, `{"v":0}`} {
			if err := decode(text); !errors.Is(err, budget.ErrInvalid) {
				t.Errorf("%q: %v", text, err)
			}
		}
		if err := decode(`{"v":2}`); !errors.Is(err, budget.ErrNewer) {
			t.Errorf("a later version: %v", err)
		}
	}
}

func TestLimitsThatMeanNothing(t *testing.T) {
	right := budget.Limit{Name: "org", Provider: "openai", Kind: budget.LimitHard, Amount: usd("100"), Currency: "USD", Period: budget.Monthly}
	if err := right.Validate(); err != nil {
		t.Fatal(err)
	}
	b := right.Budget()
	if b.Scope.String() != "provider=openai" || !b.Hard || b.Amount != right.Amount {
		t.Errorf("%+v", b)
	}
	for name, spoil := range map[string]func(*budget.Limit){
		"no name": func(l *budget.Limit) { l.Name = "" }, "no provider": func(l *budget.Limit) { l.Provider = "" },
		"no kind": func(l *budget.Limit) { l.Kind = "firm" }, "no amount": func(l *budget.Limit) { l.Amount = money.Amount{} },
		"below zero": func(l *budget.Limit) { l.Amount = usd("-1") }, "currency": func(l *budget.Limit) { l.Currency = "dollars" },
		"period": func(l *budget.Limit) { l.Period = "fortnight" }, "anchor": func(l *budget.Limit) { l.Anchor.Day = 32 },
		"zone": func(l *budget.Limit) { l.Zone = "Mars/Olympus" }, "scope": func(l *budget.Limit) { l.Scope = budget.Scope{"hour": {"1"}} },
		"a provider in the scope": func(l *budget.Limit) { l.Scope = budget.Scope{"provider": {"x"}} },
		"escape in the tier":      func(l *budget.Limit) { l.Tier = "tier\x1b[31m" }, "lines": func(l *budget.Limit) { l.Note = "a\nb" },
		"endless": func(l *budget.Limit) { l.Account = strings.Repeat("x", 65) },
	} {
		l := right
		spoil(&l)
		if err := l.Validate(); !errors.Is(err, budget.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	credit := grant("trial", "5", nov(1, 0), nov(30, 0), budget.GrantTrial)
	for name, spoil := range map[string]func(*budget.Grant){
		"no name": func(g *budget.Grant) { g.Name = "" }, "no provider": func(g *budget.Grant) { g.Provider = "" }, "amount": func(g *budget.Grant) { g.Amount = money.Amount{} },
		"currency": func(g *budget.Grant) { g.Currency = "$" }, "source": func(g *budget.Grant) { g.Source = "gift" }, "never granted": func(g *budget.Grant) { g.Granted = time.Time{} },
		"expires at once": func(g *budget.Grant) { g.Expires = g.Granted }, "bidi": func(g *budget.Grant) { g.Note = "a\u202eb" },
	} {
		g := credit
		spoil(&g)
		if err := g.Validate(); !errors.Is(err, budget.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
