package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
)

// Unused is a key or a project that the provider knows and nobody uses.
type Unused struct {
	Entity usage.Known
	Name   string // what people call it
	Parent string // what people call the project of a key; "" if none
	// Last is when it was last in use, as far as anybody knows: the beginning of
	// the quarter hour, hour or day. Zero is never.
	Last time.Time
}

// UnusedEntities lists the keys and projects without usage since an instant:
// never used ones first, then those that have not been used for longest. What
// is archived, or was created since, is left out. A project is in use if one of
// its keys is.
//
// The usage is that of the cube, whatever basis counts and bills included; it
// should reach back to since. What a provider itself says about the last use
// counts too, where it says so.
func UnusedEntities(names *Names, cube *usage.Cube, since time.Time) []Unused {
	last := map[usage.Dimension]map[string]usage.Span{usage.ByKey: {}, usage.ByProject: {}}
	note := func(kind usage.Dimension, id string, t usage.Span) {
		if id != "" && t.Until.After(last[kind][id].Until) {
			last[kind][id] = t
		}
	}
	for set, t := range lastUses(cube) {
		note(usage.ByKey, cube.Sets[set].Key, t)
		note(usage.ByProject, cube.Sets[set].Project, t)
	}
	for _, kind := range []usage.Dimension{usage.ByKey, usage.ByProject} {
		for _, k := range names.All(kind) {
			note(kind, k.ID, usage.Span{Since: k.LastUsed, Until: k.LastUsed})
			if kind == usage.ByKey {
				note(usage.ByProject, k.Parent, last[kind][k.ID])
			}
		}
	}
	var out []Unused
	for _, kind := range []usage.Dimension{usage.ByProject, usage.ByKey} {
		for _, k := range names.All(kind) {
			t := last[kind][k.ID]
			if k.Archived || !t.Until.Before(since) || !k.Created.Before(since) {
				continue
			}
			u := Unused{Entity: k, Name: names.Of(kind, k.ID), Last: t.Since}
			if k.Parent != "" {
				u.Parent = names.Of(usage.ByProject, k.Parent)
			}
			out = append(out, u)
		}
	}
	slices.SortStableFunc(out, func(a, b Unused) int {
		return cmp.Or(a.Last.Compare(b.Last), strings.Compare(a.Name, b.Name), strings.Compare(a.Entity.ID, b.Entity.ID))
	})
	return out
}

// lastUses returns the time of each set's last cell, zero where it has none.
func lastUses(cube *usage.Cube) []usage.Span {
	ends := slices.Repeat([]usage.Slot{startOfTime}, len(cube.Sets))
	begins := make([]usage.Slot, len(cube.Sets))
	for i, set := range cube.Set {
		if end := cube.Slot[i] + usage.Slot(cube.Width[i]); cube.Records.At(i) > 0 && end > ends[set] {
			begins[set], ends[set] = cube.Slot[i], end
		}
	}
	out := make([]usage.Span, len(ends))
	for i, end := range ends {
		if end != startOfTime {
			out[i] = usage.Span{Since: begins[i].Time(), Until: end.Time().Add(-time.Nanosecond)}
		}
	}
	return out
}
