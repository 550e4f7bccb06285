package report

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if v, err := time.Parse(layout, s); err == nil {
			return v.UTC()
		}
	}
	t.Fatalf("bad time %q", s)
	return time.Time{}
}

func amount(t testing.TB, s string) money.Amount {
	t.Helper()
	a, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// cell1 is one entry of a test cube.
type cell1 struct {
	slot  usage.Slot
	width uint8
	dims  usage.Dims
	m     usage.Measures
}

func cubeOf(cells []cell1) *usage.Cube {
	cells = slices.Clone(cells)
	slices.SortStableFunc(cells, func(a, b cell1) int { return cmp.Compare(a.slot, b.slot) })
	b := usage.NewBuilder(len(cells))
	for _, c := range cells {
		b.Add(c.slot, max(c.width, 1), b.Set(c.dims), c.m)
	}
	return b.Cube()
}

// one is a cell of a single request.
func one(t testing.TB, when string, d usage.Dims, tokens usage.Tokens, quantities ...usage.Quantity) cell1 {
	t.Helper()
	if d.Basis == 0 {
		d.Basis = usage.Logged
	}
	return cell1{usage.SlotOf(at(t, when)), 1, d, usage.Measures{Records: 1, Requests: 1, Tokens: tokens, Quantities: quantities}}
}

func run(t testing.TB, cube *usage.Cube, plans []pricing.Plan, q Query) *Report {
	t.Helper()
	r, err := Run(cube, pricing.Embedded(), plans, q, at(t, "2026-11-20T15:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func row(t testing.TB, r *Report, keys ...string) Sum {
	t.Helper()
	for _, row := range r.Rows {
		if slices.Equal(row.Keys, keys) {
			return row.Sum
		}
	}
	t.Fatalf("no row %q in %s", keys, rowKeys(r))
	return Sum{}
}

func rowKeys(r *Report) string {
	var all []string
	for _, row := range r.Rows {
		all = append(all, strings.Join(row.Keys, "|"))
	}
	return strings.Join(all, " ")
}

func wantAmount(t testing.TB, what string, got money.Amount, want string) {
	t.Helper()
	if got != amount(t, want) {
		t.Errorf("%s is %s, want %s", what, got, want)
	}
}
