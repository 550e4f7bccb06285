package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/usage"
)

func mustRules(t testing.TB, set RuleSet) *Rules {
	t.Helper()
	r, err := NewRules(set)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func match(pairs ...string) map[string][]string {
	out := make(map[string][]string)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = append(out[pairs[i]], pairs[i+1])
	}
	return out
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "x", false}, {"*", "", true}, {"*", "a/b c", true}, {"web-*", "web-1", true}, {"web-*", "web", false}, {"*-prod", "a-prod-prod", true},
		{"a?c", "aöc", true}, {"a?c", "ac", false}, {"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false}, {"Web", "web", false}, {"a*", "*", false}, {"***", "q", true},
	} {
		if got := glob(c.pattern, c.text); got != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.text, got)
		}
	}
	if glob(strings.Repeat("*a", 200)+"b", strings.Repeat("a", 5000)) {
		t.Error("a long one matches")
	}
}

func TestRulesRewrite(t *testing.T) {
	logs, api := dims("codex", "openai", "gpt-5.4"), dims("openai", "openai", "gpt-5.4")
	logs.Machine, logs.Project = "laptop", "site"
	api.Basis, api.Account, api.Project, api.Tags = usage.Reported, "acme", "proj_1", usage.NewTags(map[string]string{"team": "search", "cost_center": "old"})
	free := api
	free.Project, free.Tags = "proj_2", usage.NewTags(map[string]string{"cost_center": "old"})
	million := usage.Tokens{Input: 1_000_000}
	cube := cubeOf([]cell1{one(t, "2026-07-01T10:00Z", logs, million), one(t, "2026-07-02T10:00Z", api, million), one(t, "2026-07-03T10:00Z", free, million)})
	names := NewNames([]usage.Known{known(usage.ByProject, "proj_1", "Web production")})
	rules := mustRules(t, RuleSet{
		Accounts: []Rule{{Name: "private", Match: match("machine", "lap*")}, {Name: "never", Match: match("provider", "openai")}},
		Environments: []Rule{{Name: "production", Match: match("project", "*production", "account", "acme")},
			{Name: "home", Match: match("account", "private")}},
		Allocations: []Rule{{Name: "4711", Match: match("tag:team", "search", "tag:team", "find")}, {Name: "own", Match: match("environment", "home")}},
	})
	got := rules.Apply(cube, names)
	var lines []string
	for i := range got.Len() {
		d := got.Sets[got.Set[i]]
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%s", d.Account, d.Environment, usage.ByCostCenter.Of(&d), d.Tags.Get("team")))
	}
	if want := []string{"private|home|own|", "acme|production|4711|search", "acme||old|"}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
	if cube.Sets[0].Account != "" || cube.Sets[1].Environment != "" {
		t.Errorf("the original has changed: %+v", cube.Sets)
	}
	if r := run(t, got, nil, Query{By: []usage.Dimension{usage.ByCostCenter}, Filter: map[usage.Dimension][]string{usage.ByCostCenter: {"4711", "own"}}}); rowKeys(r) != "4711 own" {
		t.Errorf("by cost center: %s", rowKeys(r))
	}
	if (*Rules)(nil).Apply(cube, nil) != cube || (*Rules)(nil).Fine() || rules.Fine() || !mustRules(t, RuleSet{Allocations: []Rule{{Name: "x", Match: match("user", "eve")}}}).Fine() {
		t.Error("no rules, or rules on what cells know, need nothing")
	}
}

// A dated rule holds for whole UTC days, whatever the cells are.
func TestRulesWithDates(t *testing.T) {
	d := dims("codex", "openai", "gpt-5.4")
	million := usage.Tokens{Input: 1_000_000}
	cube := cubeOf([]cell1{one(t, "2026-07-01T23:45Z", d, million), one(t, "2026-07-02T00:00Z", d, million), one(t, "2026-07-03T23:45Z", d, million), one(t, "2026-07-04T00:00Z", d, million)})
	rules := mustRules(t, RuleSet{Allocations: []Rule{{Name: "new", From: at(t, "2026-07-02"), To: at(t, "2026-07-04")}, {Name: "later", From: at(t, "2026-07-03")}}})
	got := rules.Apply(cube, nil)
	r := run(t, got, nil, Query{By: []usage.Dimension{usage.ByDay, usage.ByCostCenter}})
	if keys := rowKeys(r); keys != "2026-07-01| 2026-07-02|new 2026-07-03|new 2026-07-04|later" {
		t.Errorf("rows are %s", keys)
	}
	if len(got.Sets) != 3 {
		t.Errorf("%d sets, want 3", len(got.Sets))
	}
}

func TestBadRuleSets(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{Rule{}, "without a name"}, {Rule{Name: "\x1b"}, "without a name"}, {Rule{Name: "x", Match: match("colour", "red")}, `"colour"`}, {Rule{Name: "x", Match: match("day", "2026-01-01")}, `"day"`},
		{Rule{Name: "x", Match: match("cost_center", "y")}, "cost_center"}, {Rule{Name: "x", From: time.Unix(1, 0)}, "no UTC day"},
		{Rule{Name: "x", From: at(t, "2026-01-02"), To: at(t, "2026-01-02")}, "ends before"},
	} {
		_, err := NewRules(RuleSet{Environments: []Rule{c.rule}})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "environment rule 1: ") {
			t.Errorf("%+v gives %v", c.rule, err)
		}
	}
	if _, err := NewRules(RuleSet{Accounts: []Rule{{Where: "[[account]] in line 7"}}}); err == nil || !strings.HasPrefix(err.Error(), "[[account]] in line 7: ") {
		t.Errorf("the error says %v", err)
	}
}

// What a source has read in full follows the account that its usage is given.
func TestCoverageFollowsTheAccount(t *testing.T) {
	all := []usage.Coverage{{Provider: "openai", Account: "acme", Basis: usage.Reported, Span: usage.Span{Since: at(t, "2026-07-01"), Until: at(t, "2026-07-11")}}}
	for _, c := range []struct {
		rules []Rule
		want  string
	}{
		{[]Rule{{Name: "new", Match: match("provider", "openai")}}, "acme 01-11"},
		{[]Rule{{Name: "new", Match: match("account", "acme")}}, "new 01-11"},
		{[]Rule{{Name: "new", Match: match("account", "ac*", "provider", "anthropic")}}, "acme 01-11"},
		{[]Rule{{Name: "new", Match: match("account", "ac*", "project", "x")}, {Name: "rest", Match: match("account", "acme")}}, "new 01-11 rest 01-11"},
		{[]Rule{{Name: "new", Match: match("account", "acme"), From: at(t, "2026-07-05")}}, "acme 01-11 new 05-11"},
		{[]Rule{{Name: "new", Match: match("account", "acme", "machine", "m")}}, "acme 01-11"},
	} {
		var got []string
		for _, v := range mustRules(t, RuleSet{Accounts: c.rules}).Apply(&usage.Cube{Coverage: all}, nil).Coverage {
			got = append(got, fmt.Sprintf("%s %s-%s", v.Account, v.Since.Format("02"), v.Until.Format("02")))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v gives %s, want %s", c.rules, s, c.want)
		}
	}
}

// Rules move usage and lose none: every basis has the same tokens as before,
// and sets stay distinct.
func TestRulesLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube := cubeOf(drawCells(t))
		got := drawRules(t).Apply(cube, nil)
		for i, d := range got.Sets {
			if slices.Index(got.Sets, d) != i {
				t.Fatalf("set %d comes twice: %+v", i, d)
			}
		}
		for _, basis := range []usage.Basis{usage.Imported, usage.Logged, usage.Metered, usage.Reported} {
			q := Query{Basis: basis, By: []usage.Dimension{usage.ByDay, usage.ByModel}}
			was, is := mustRun(t, cube, nil, q), mustRun(t, got, nil, q)
			if fmt.Sprint(was.Rows, was.Total) != fmt.Sprint(is.Rows, is.Total) {
				t.Fatalf("%s was %+v, is %+v", basis, was.Total, is.Total)
			}
		}
	})
}

func drawRules(t *rapid.T) *Rules {
	pattern := func(values ...string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(append(slices.Clone(values), "*", "")), 1, 2).Draw(t, "patterns")
	}
	rule := rapid.Custom(func(t *rapid.T) Rule {
		r := Rule{Name: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name"), Match: make(map[string][]string)}
		for _, may := range [][]string{{"project", "x", "y?"}, {"account", "a", "b"}, {"provider", "open*", "anthropic"}, {"source", "c*", "openai"}, {"basis", "logged", "metered"}} {
			if rapid.IntRange(0, 3).Draw(t, may[0]) == 0 {
				r.Match[may[0]] = pattern(may[1:]...)
			}
		}
		if rapid.IntRange(0, 2).Draw(t, "dated") == 0 {
			r.From = time.Date(2026, 3, rapid.IntRange(1, 240).Draw(t, "from"), 0, 0, 0, 0, time.UTC)
			r.To = r.From.AddDate(0, 0, rapid.IntRange(1, 60).Draw(t, "days"))
		}
		return r
	})
	rules := func(name string) []Rule { return rapid.SliceOfN(rule, 0, 3).Draw(t, name) }
	r, err := NewRules(RuleSet{Accounts: rules("accounts"), Environments: rules("environments"), Allocations: rules("allocations")})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func BenchmarkApply(b *testing.B) {
	cube := largeCube(1_000_000)
	for name, set := range map[string]RuleSet{
		"undated": {Accounts: []Rule{{Name: "acme", Match: match("machine", "machine-1*")}}, Allocations: []Rule{{Name: "a", Match: match("project", "project-1?")}, {Name: "b"}}},
		"dated":   {Allocations: []Rule{{Name: "a", Match: match("project", "project-1?"), From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}, {Name: "b"}}},
	} {
		b.Run(name, func(b *testing.B) {
			rules := mustRules(b, set)
			for b.Loop() {
				rules.Apply(cube, nil)
			}
		})
	}
}
