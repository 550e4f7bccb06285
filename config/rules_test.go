package config_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/config"
)

func TestRules(t *testing.T) {
	got, err := config.Load(write(t, `
[[account]]
name = "acme"
provider = "openai"
machine = ["build-*", "ci"]

[[environment]]
name = "production"
project = "*-prod"
from = "2026-10-01"
to = 2026-11-01

[[allocate]]
cost_center = "4711 Search"
tag.team = "search"
key = ""

[[allocate]]
cost_center = "rest"

[[basis]]
provider = "openai"
account = "acme"
use = "logged"
`), true)
	day := func(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }
	want := config.File{
		Accounts:     []config.Rule{{Table: "account", Line: 2, Name: "acme", Match: map[string][]string{"provider": {"openai"}, "machine": {"build-*", "ci"}}}},
		Environments: []config.Rule{{Table: "environment", Line: 7, Name: "production", Match: map[string][]string{"project": {"*-prod"}}, From: day(10), To: day(11)}},
		Allocations: []config.Rule{{Table: "allocate", Line: 13, Name: "4711 Search", Match: map[string][]string{"tag:team": {"search"}, "key": {""}}},
			{Table: "allocate", Line: 18, Name: "rest", Match: map[string][]string{}}},
		Bases: []config.Basis{{Line: 21, Provider: "openai", Account: "acme", Use: "logged"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	if w := got.Accounts[0].Where(); w != "[[account]] in line 2" {
		t.Errorf("it stands at %q", w)
	}
	// The other spellings of TOML say the same.
	for _, text := range []string{
		"allocate = [{cost_center = 'c', tag = {team = 'x'}}]",
		"[[allocate]]\ncost_center = 'c'\n[allocate.tag]\nteam = 'x'\n",
		"[[ \"allocate\" ]]\n'cost_center' = 'c'\ntag = {team = ['x']}\n",
	} {
		got, err := config.Load(write(t, text), true)
		if err != nil || len(got.Allocations) != 1 || !reflect.DeepEqual(got.Allocations[0].Match, map[string][]string{"tag:team": {"x"}}) {
			t.Errorf("%q gives %+v, %v", text, got.Allocations, err)
		}
	}
}

// TestBadRules: every mistake in a rule is told with its table and line.
func TestBadRules(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no name", "[[account]]\nprovider = 'openai'\n", "line 1: [[account]]: name is missing"},
		{"no cost center", "\n[[allocate]]\nname = 'x'\n", "line 3: [[allocate]] name: is not a key of this table; match by source"},
		{"unknown key", "[[account]]\nname = 'a'\n\n[[account]]\nname = 'b'\ncolour = 'red'\n", "line 6: [[account]] colour"},
		{"number", "[[environment]]\nname = 3\n", "line 2: [[environment]] name: must be text"},
		{"number in a list", "[[environment]]\nname = 'p'\nproject = ['a', 3]\n", "line 3: [[environment]] project: must be text or a list of texts"},
		{"empty list", "[[environment]]\nname = 'p'\nproject = []\n", "line 3: [[environment]] project"},
		{"no such day", "[[environment]]\nname = 'p'\nfrom = '2026-02-30'\n", "line 3: [[environment]] from: must be a day"},
		{"an instant", "[[environment]]\nname = 'p'\nto = 2026-02-01T10:00:00Z\n", "line 3: [[environment]] to: must be a day"},
		{"ends first", "[[environment]]\nname = 'p'\nfrom = '2026-02-02'\nto = '2026-02-02'\n", "line 4: [[environment]] to: must lie after from"},
		{"tag without a name", "[[allocate]]\ncost_center = 'x'\ntag = 'y'\n", "line 3: [[allocate]] tag"},
		{"tag of a number", "[[allocate]]\ncost_center = 'x'\ntag.team = 4\n", "line 3: [[allocate]] tag: team must be text"},
		{"basis misspelt", "[[account]]\nname = 'x'\nbasis = 'loged'\n", `line 3: [[account]] basis: "loged"`},
		{"no provider", "[[basis]]\nuse = 'logged'\n", "line 1: [[basis]]: provider is missing"},
		{"billed counts never", "[[basis]]\nprovider = 'openai'\nuse = 'billed'\n", "line 3: [[basis]] use: must be one of"},
		{"nothing to use", "[[basis]]\nprovider = 'openai'\n", "line 1: [[basis]] use"},
		{"unknown in basis", "[[basis]]\nprovider = 'openai'\nuse = 'logged'\nproject = 'x'\n", "line 4: [[basis]] project"},
		{"one table", "[account]\nname = 'x'\ncolour = 'red'", "line 3: [[account]] colour"},
		{"text for a table", "account = 'x'\n", "line 1"},
		{"inline", "basis = [{provider = 'openai', use = 'gut feeling'}]\n", "[[basis]] use: must be one of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.text)
			got, err := config.Load(path, false)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
			if !reflect.DeepEqual(got, config.File{}) {
				t.Errorf("counts all the same: %+v", got)
			}
		})
	}
}
