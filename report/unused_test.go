package report

import (
	"fmt"
	"slices"
	"testing"

	"tokpit/usage"
)

func TestUnused(t *testing.T) {
	old, since := at(t, "2025-01-01"), at(t, "2026-10-20")
	known := func(kind usage.Dimension, id, parent string, created, last string) usage.Known {
		k := usage.Known{Entity: usage.Entity{Kind: kind, ID: id, Name: "the " + id, Parent: parent, Created: old}}
		if created != "" {
			k.Created = at(t, created)
		}
		if last != "" {
			k.LastUsed = at(t, last)
		}
		return k
	}
	archived := known(usage.ByKey, "k-archived", "", "", "")
	archived.Archived = true
	names := NewNames([]usage.Known{archived, known(usage.ByKey, "k-never", "p-idle", "", ""), known(usage.ByKey, "k-idle", "p-used", "", ""),
		known(usage.ByKey, "k-used", "p-used", "", ""), known(usage.ByKey, "k-young", "p-idle", "2026-11-01", ""),
		known(usage.ByKey, "k-told", "p-told", "", "2026-11-10T03:00:00Z"), known(usage.ByProject, "p-idle", "", "", ""), known(usage.ByProject, "p-used", "", "", ""),
		known(usage.ByProject, "p-told", "", "", ""), known(usage.ByUser, "u", "", "", "")})
	used := func(day, key, project string, width uint8) cell1 {
		c := one(t, day, usage.Dims{Provider: "openai", Model: "gpt-5", Key: key, Project: project}, usage.Tokens{Input: 1})
		c.width = width
		return c
	}
	cube := cubeOf([]cell1{used("2026-11-01", "k-used", "p-used", 1), used("2026-09-01T10:00Z", "k-idle", "p-used", 1), used("2026-08-01", "k-idle", "", 96)})
	var got []string
	for _, u := range UnusedEntities(names, cube, since) {
		got = append(got, fmt.Sprintf("%s %s in %q %s", u.Entity.Kind, u.Name, u.Parent, u.Last.Format("2006-01-02T15")))
	}
	want := []string{`key the k-never in "the p-idle" 0001-01-01T00`, `project the p-idle in "" 0001-01-01T00`, `key the k-idle in "the p-used" 2026-09-01T10`}
	if !slices.Equal(got, want) {
		t.Errorf("unused are\n%q, want\n%q", got, want)
	}
	day := UnusedEntities(names, cubeOf([]cell1{used("2026-10-20", "k-idle", "", 96)}), at(t, "2026-10-20T12:00Z"))
	if slices.ContainsFunc(day, func(u Unused) bool { return u.Entity.ID == "k-idle" }) {
		t.Error("a day that reaches past the instant may hold usage since then")
	}
	if got := UnusedEntities(nil, cube, since); len(got) != 0 {
		t.Errorf("without names: %v", got)
	}
}
