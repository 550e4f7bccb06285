package report

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
)

func known(kind usage.Dimension, id, name string, former ...string) usage.Known {
	k := usage.Known{Entity: usage.Entity{Kind: kind, ID: id, Name: name}}
	since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, f := range append(former, name) {
		k.Names = append(k.Names, usage.Named{Name: f, Since: since.AddDate(0, i, 0)})
	}
	return k
}

func TestNames(t *testing.T) {
	key := known(usage.ByKey, "key_1", "")
	key.Hint = "sk-…ab12"
	n := NewNames([]usage.Known{
		known(usage.ByProject, "proj_aaaa1111", "Web"), known(usage.ByProject, "proj_bbbb1111", "Web"), known(usage.ByProject, "proj_c", "Search", "Find"),
		known(usage.ByProject, "proj_d", ""), key, known(usage.ByUser, "user_1", "\x1b[31mEve\u202e"),
	})
	for _, c := range []struct {
		kind     usage.Dimension
		id, want string
	}{
		{usage.ByProject, "proj_c", "Search"}, {usage.ByProject, "proj_d", "proj_d"}, {usage.ByProject, "other", "other"}, {usage.ByProject, "", ""},
		{usage.ByKey, "key_1", "sk-…ab12"}, {usage.ByKey, "proj_c", "proj_c"}, {usage.ByUser, "user_1", "Eve"}, {usage.ByModel, "\x1bm", clean1("\x1bm")},
		{usage.ByProject, "proj_aaaa1111", "Web (…a1111)"}, {usage.ByProject, "proj_bbbb1111", "Web (…b1111)"},
	} {
		if got := n.Of(c.kind, c.id); got != c.want {
			t.Errorf("%s %q is called %q, want %q", c.kind, c.id, got, c.want)
		}
	}
	for text, want := range map[string]string{"proj_c": "proj_c", "search": "proj_c", "Find": "proj_c", "nothing": "nothing", "Web (…a1111)": "proj_aaaa1111", "": ""} {
		if got, err := n.ID(usage.ByProject, text); err != nil || got != want {
			t.Errorf("%q stands for %q (%v), want %q", text, got, err, want)
		}
	}
	_, err := n.ID(usage.ByProject, "web")
	var input *InputError
	if !errors.As(err, &input) || !strings.Contains(input.Hint(), "proj_aaaa1111, proj_bbbb1111") {
		t.Errorf("an ambiguous name gives %v", err)
	}
	if all := n.All(usage.ByProject); len(all) != 4 || all[0].ID != "proj_d" || all[1].ID != "proj_c" {
		t.Errorf("in order: %v", all)
	}
}

func clean1(s string) string { return (*Names)(nil).Of("", s) }

func TestNoNames(t *testing.T) {
	var n *Names
	if got := n.Of(usage.ByProject, "p"); got != "p" {
		t.Errorf("no names call it %q", got)
	}
	if _, ok := n.Entity(usage.ByProject, "p"); ok || n.All(usage.ByProject) != nil {
		t.Error("no names know something")
	}
	if id, err := n.ID(usage.ByProject, "p"); id != "p" || err != nil {
		t.Errorf("no names: %q, %v", id, err)
	}
}

// Two connections to one organization know the same projects; the later name
// counts whichever comes first.
func TestNamesOfSeveralConnections(t *testing.T) {
	old, renamed := known(usage.ByProject, "p", "Alpha"), known(usage.ByProject, "p", "Beta", "Alpha")
	old.Created, renamed.LastUsed = time.Unix(1, 0), time.Unix(5, 0)
	for _, all := range [][]usage.Known{{old, renamed}, {renamed, old}} {
		n := NewNames(all)
		k, ok := n.Entity(usage.ByProject, "p")
		if !ok || k.Name != "Beta" || !k.Created.Equal(old.Created) || !k.LastUsed.Equal(renamed.LastUsed) {
			t.Errorf("joined: %+v", k)
		}
		if got := n.Find(usage.ByProject, "alpha"); !slices.Equal(got, []string{"p"}) {
			t.Errorf("the former name stands for %v", got)
		}
	}
}
