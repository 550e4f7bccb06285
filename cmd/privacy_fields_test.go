package cmd

import (
	"reflect"
	"slices"
	"testing"

	"tokpit/store"
	"tokpit/usage"
)

// TestEveryFieldIsListed: what tokpit privacy lists is what the types and the
// store have, no more and no less.
func TestEveryFieldIsListed(t *testing.T) {
	t.Parallel()
	listed := map[string][]string{}
	for _, f := range privacyFields() {
		if slices.Contains(listed[f.Of], f.Field) || f.What == "" || f.From == "" {
			t.Errorf("%s.%s is listed twice or without words", f.Of, f.Field)
		}
		listed[f.Of] = append(listed[f.Of], f.Field)
	}
	for of, v := range map[string]any{"record": usage.Record{}, "dims": usage.Dims{}, "tokens": usage.Tokens{}, "quantity": usage.Quantity{},
		"entity": usage.Entity{}, "known": usage.Known{}, "named": usage.Named{}, "standing": usage.Standing{}, "limit": usage.SpendLimit{},
		"window": usage.Window{}, "quarantined": usage.Quarantined{}, "coverage": usage.Coverage{}} {
		var has []string
		for i := range reflect.TypeOf(v).NumField() {
			has = append(has, reflect.TypeOf(v).Field(i).Name)
		}
		got := slices.Sorted(slices.Values(listed[of]))
		if slices.Sort(has); !slices.Equal(has, got) {
			t.Errorf("%s has %q, and listed are %q", of, has, got)
		}
		delete(listed, of)
	}
	if len(listed) > 0 {
		t.Errorf("listed, and nothing has them: %v", listed)
	}
	var places []string
	for _, p := range privacyPlaces() {
		places = append(places, p.Bucket)
	}
	has := store.Buckets()
	slices.Sort(places)
	if slices.Sort(has); !slices.Equal(has, places) {
		t.Errorf("the store has %q, and listed are %q", has, places)
	}
}
