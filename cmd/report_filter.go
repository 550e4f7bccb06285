package cmd

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/usage"
)

// tellUnknown says which values of a filter no usage has had so far: they may be
// slips, or names that have pseudonyms. What was asked for is answered all the same.
// It is for questions that found nothing: it reads all history.
func (a *app) tellUnknown(ctx context.Context, talk io.Writer, q *report.Query) error {
	names := q.Names
	if len(q.Filter) == 0 || !a.store.Exists() {
		return nil
	}
	if names == nil {
		var err error
		if names, err = a.names(ctx); err != nil {
			return err
		}
	}
	only := report.Query{Filter: q.Filter}
	cube, err := a.store.Cube(ctx, usage.Span{}, only.Fine())
	if err != nil {
		return err
	}
	cube = a.rules.Apply(cube, names)
	for _, d := range slices.Sorted(maps.Keys(q.Filter)) {
		if d == usage.ByPricedAs { // what prices decide is no part of usage
			continue
		}
		there := make(map[string]bool)
		for i := range cube.Sets {
			there[d.Of(&cube.Sets[i])] = true
		}
		for _, v := range q.Filter[d] {
			id, err := names.ID(d, v)
			if err != nil || v == "" || there[v] || there[id] {
				continue
			}
			fmt.Fprintf(talk, "tokpit: no usage so far has %s=%s\nhint: %s\n", d, clean.Text(clip(v)), a.insteadOf(ctx, d, v, there, names))
		}
	}
	return nil
}

// severalValues reports whether a filter has a dimension with several values, of
// which some may find nothing while others do.
func severalValues(q *report.Query) bool {
	for _, values := range q.Filter {
		if len(values) > 1 {
			return true
		}
	}
	return false
}

// insteadOf says what somebody may have meant by a value that nothing has.
func (a *app) insteadOf(ctx context.Context, d usage.Dimension, v string, there map[string]bool, names *report.Names) string {
	lists := fmt.Sprintf("tokpit report --by %s lists what there is", d)
	if slices.Contains(a.hidden(), d) && !ingest.IsPseudonym(d, v) {
		key, err := a.privacyKey(ctx, a.config.Privacy.Key)
		if err != nil || key.IsZero() {
			return fmt.Sprintf("%s has pseudonyms: tokpit privacy pseudonym %s=… says that of a name; %s", d, d, lists)
		}
		if p := key.Pseudonym(d, v); there[p] {
			return fmt.Sprintf("it has a pseudonym: --filter %s=%s", d, p)
		}
	}
	if near := nearest(v, d, there, names); near != "" {
		return fmt.Sprintf("did you mean %s=%s? %s", d, clean.Text(clip(near)), lists)
	}
	return lists
}

// nearest is the value, by what people call it, that is most like what was typed;
// "" if none is. Of several that are as much like it, the first in order.
func nearest(typed string, d usage.Dimension, there map[string]bool, names *report.Names) string {
	low := []rune(strings.ToLower(typed))
	best, least := "", max(1, len(low)/3)+1
	for _, id := range slices.Sorted(maps.Keys(there)) {
		if id == "" {
			continue
		}
		for _, name := range []string{names.Of(d, id), id} {
			if n := slips(low, []rune(strings.ToLower(name)), least); n < least {
				best, least = name, n
			}
		}
	}
	return best
}

// slips is how many letters have to be put in, left out or changed to make one
// text of another; at least most if it is no less.
func slips(a, b []rune, most int) int {
	if len(a)-len(b) >= most || len(b)-len(a) >= most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		before := row[0]
		row[0] = i + 1
		for j, y := range b {
			n := before
			if x != y {
				n = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], n
		}
	}
	return row[len(b)]
}
