package cmd_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
)

type budgetDoc struct {
	Budgets []struct {
		Name, Limit, Spent, Headroom, State string
		Contributors                        []contributorsDoc
	}
	// of show
	Spent, Headroom, Limit, Untracked, Unallocated string
	PlanFees                                       string `json:"plan_fees"`
	Days                                           []struct{ Day, Spent string }
	Contributors                                   []contributorsDoc
	// of replay
	Total, Saved, Overshoot string
	Keys, Projects, Models  []struct{ Cost string }
	// of history
	Periods []struct{ Since, Until, Spent, Headroom, Limit string }
}

type contributorsDoc struct {
	By    string
	Parts []struct{ Kind, Name, Cost string }
}

func rational(t testing.TB, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

// added checks that parts add up to a whole, to the last digit.
func added(t testing.TB, what, whole string, parts ...string) {
	t.Helper()
	sum := new(big.Rat)
	for _, p := range parts {
		sum.Add(sum, rational(t, p))
	}
	if sum.Cmp(rational(t, whole)) != 0 {
		t.Errorf("%s: %s is not the sum of %q", what, whole, parts)
	}
}

// contributed checks that what show and check say of who spends a budget adds up.
func contributed(t *testing.T, name, spent string, show, check []contributorsDoc) {
	t.Helper()
	if len(check) == 0 || len(show) < len(check) {
		t.Errorf("%s: %d and %d breakdowns", name, len(show), len(check))
	}
	for _, b := range slices.Concat(show, check) {
		var costs []string
		for _, p := range b.Parts {
			costs = append(costs, p.Cost)
		}
		added(t, name+" by "+b.By, spent, costs...)
	}
}

// The figures of a budget are those of reports, whatever it is about, and every
// command says the same.
func TestBudgetsSayWhatReportsSay(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	m.vars["TOKPIT_NOW"] = ""
	decode := func(statuses string, args ...string) (d budgetDoc) {
		t.Helper()
		r := m.run(append([]string{"--demo"}, args...)...)
		if !strings.Contains(statuses, fmt.Sprint(r.status)) {
			t.Fatalf("%q: status %d\n%s", args, r.status, r.stderr)
		}
		if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		return d
	}
	cash := func(since, until, filter string, fees bool) string {
		t.Helper()
		args := []string{"--demo", "report", "--json", "--since", since, "--until", until}
		if filter != "" {
			args = append(args, "--filter", filter)
		}
		var doc reportDoc
		if r := m.run(args...); json.Unmarshal([]byte(r.stdout), &doc) != nil || doc.Total.Cash == nil {
			t.Fatalf("%q: %s %s", args, r.stdout, r.stderr)
		}
		sum := rational(t, *doc.Total.Cash)
		if !fees && doc.Total.PlanFee != nil {
			sum.Sub(sum, rational(t, *doc.Total.PlanFee))
		}
		return sum.FloatString(18)
	}
	for _, c := range []struct{ name, scope string }{{"all", ""}, {"site", "project=Website"}, {"untracked", "key="}, {"openai", "provider=openai"}, {"people", "user="}} {
		m.run("--demo", "budget", "set", c.name, "--amount", "1000", "--scope", c.scope, "--warn", "50%")
		show := decode("0", "budget", "show", c.name, "--json")
		added(t, c.name+" as a report", show.Spent, cash("2026-11-01", "2026-12-01", c.scope, c.scope == ""))
		added(t, c.name+" and headroom", show.Limit, show.Spent, show.Headroom)
		var days []string
		for _, d := range show.Days {
			days = append(days, d.Spent)
		}
		added(t, c.name+" by day", show.Spent, days...)
		check := decode("01", "budget", "check", c.name, "--json").Budgets[0]
		contributed(t, c.name, check.Spent, show.Contributors, check.Contributors)
		if check.Spent != show.Spent || check.Headroom != show.Headroom || check.Limit != show.Limit || check.Name != c.name {
			t.Errorf("%s: check says %+v, show %s and %s", c.name, check, show.Spent, show.Headroom)
		}
		history := decode("0", "budget", "history", c.name, "--json")
		for i, p := range history.Periods {
			added(t, c.name+" and headroom then", p.Limit, p.Spent, p.Headroom)
			if i == 1 {
				added(t, c.name+" a month before", p.Spent, cash(p.Since, p.Until, c.scope, c.scope == ""))
			}
		}
		replay := decode("0", "budget", "replay", c.name, "--limit", "20", "--json")
		added(t, c.name+" replayed", replay.Total, replay.Spent, replay.Saved)
		added(t, c.name+" replayed as shown", show.Spent, replay.Total, show.PlanFees)
		for _, list := range [][]struct{ Cost string }{replay.Keys, replay.Projects, replay.Models} {
			var costs []string
			for _, x := range list {
				costs = append(costs, x.Cost)
			}
			added(t, c.name+" refused", replay.Saved, costs...)
		}
	}
}
