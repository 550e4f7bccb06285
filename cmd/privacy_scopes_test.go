package cmd

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/usage"
)

// TestScopesFollowUsers: scopes of limits, of saved scenarios and of single levers
// follow a user to the letter, whatever the name; all else stays, and so does what
// cannot be read.
func TestScopesFollowUsers(t *testing.T) {
	t.Parallel()
	user := func(name string) string { return "p-" + strings.ToUpper(name) }
	kinds := scopedTexts()
	for _, name := range []string{"7", "yes", "batch", "openai", `a,b`, `a=b`, `a\b`, "ann lee", "@ann", "ann@x.example"} {
		scope := budget.Scope{usage.ByUser: {name}, usage.ByProject: {name}}
		l := budget.Limit{Name: name, Provider: "openai", Account: name, Kind: budget.LimitKinds()[0], Amount: money.FromUnits(9), Currency: "USD",
			Period: budget.Monthly, Zone: "UTC", Scope: scope, Tier: name, Note: "user=" + name}
		text, err := kinds[budget.KindLimit](name, l.Encode(), user)
		if err != nil {
			t.Fatal(err)
		}
		want := l
		want.Scope = budget.Scope{usage.ByUser: {user(name)}, usage.ByProject: {name}}
		if text != want.Encode() {
			t.Errorf("%q: %s, want %s", name, text, want.Encode())
		}
		lever := scenario.NewTier("batch", scenario.Whole/2)
		lever.Scope = budget.Scope{usage.ByUser: {name}}
		saved := scenario.Saved{Scenario: scenario.Scenario{Name: name, Scope: budget.Scope{usage.ByUser: {name, "x"}}, Levers: []scenario.Lever{lever, scenario.NewTier("flex", scenario.Whole/4)}},
			Zone: "UTC", SavedAt: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Note: "@user=" + name}
		document, err := saved.Encode()
		if err != nil {
			t.Fatal(err)
		}
		now, err := kinds[scenario.SavedKind](name, string(document), user)
		if err != nil {
			t.Fatal(err)
		}
		saved.Scope = budget.Scope{usage.ByUser: {user(name), user("x")}}
		saved.Levers[0].Scope = budget.Scope{usage.ByUser: {user(name)}}
		if document, err = saved.Encode(); err != nil || now != string(document) {
			t.Errorf("%q: %s, want %s; %v", name, now, document, err)
		}
	}
	for kind, rewrite := range kinds {
		for _, bad := range []string{"", "{", `{"v":9,"version":9,"scope":"user=7"}`, `{"v":1,"version":1,"scope":"7"}`} {
			if now, err := rewrite("x", bad, user); err == nil || now != bad {
				t.Errorf("%s %q: %q, %v", kind, bad, now, err)
			}
		}
	}
	if len(kinds) != 2 {
		t.Errorf("%d kinds have scopes", len(kinds))
	}
}

// TestRulesMeanUsers: a rule means those whom a provider calls so, by name or by
// address, and else the user itself.
func TestRulesMeanUsers(t *testing.T) {
	t.Parallel()
	names := report.NewNames([]usage.Known{{Entity: usage.Entity{Kind: usage.ByUser, ID: "user-1", Name: "Ann", Hint: "ann@x.example"}},
		{Entity: usage.Entity{Kind: usage.ByUser, ID: "user-2", Name: "Ann"}}, {Entity: usage.Entity{Kind: usage.ByKey, ID: "key-1", Name: "bob"}}})
	for text, want := range map[string][]string{"user-1": {"user-1"}, "Ann": {"user-1", "user-2"}, "ann@x.example": {"user-1"}, "bob": {"bob"}, "": nil} {
		got := meant(names, text)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestClosedMonthsHaveNoUsers: the ledger tells no users apart; a close that did
// keeps them from being renamed.
func TestClosedMonthsHaveNoUsers(t *testing.T) {
	t.Parallel()
	if slices.Contains(report.LedgerBy(), usage.ByUser) {
		t.Error("closed months have users: privacy apply must translate them")
	}
	f := &report.Frozen{Close: report.Close{Cycle: "2026-10"}, Entries: []report.Entry{{Dims: &usage.Dims{}}, {}}}
	user := func(name string) string { return "user-" + strings.TrimPrefix(name, "user-") }
	if name := closedWith([]*report.Frozen{f}, user); name != "" {
		t.Errorf("%q", name)
	}
	f.Entries[0].Dims.User = "user-7"
	if name := closedWith([]*report.Frozen{f}, user); name != "" {
		t.Errorf("%q", name)
	}
	f.Entries[0].Dims.User = "7"
	if name := closedWith([]*report.Frozen{f}, user); name != f.Name() || name == "" {
		t.Errorf("%q", name)
	}
}
