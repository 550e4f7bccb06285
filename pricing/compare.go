package pricing

import (
	"reflect"
	"slices"
)

// RowChange is a difference between two books: one has a row that the other
// has not, or has with other contents.
type RowChange struct {
	Before, After       Row  // zero where there is none
	HasBefore, HasAfter bool // a row that is in both is changed
}

// Row is the row after, or before if there is none after.
func (c *RowChange) Row() Row {
	if c.HasAfter {
		return c.After
	}
	return c.Before
}

// ChangedRows returns the rows in which two books differ in price or time, by
// provider, model, conditions and beginning. Prices that are the same are left
// out however differently they are documented.
func ChangedRows(a, b *Book) []RowChange {
	if a == b || a.version == b.version {
		return nil
	}
	var out []RowChange
	for _, m := range a.models {
		n := b.byName[modelKey{m.provider, lowerName(m.name)}]
		out = compareModel(out, m, n)
	}
	for _, n := range b.models {
		if a.byName[modelKey{n.provider, lowerName(n.name)}] == nil {
			out = compareModel(out, nil, n)
		}
	}
	slices.SortStableFunc(out, func(x, y RowChange) int { return compareRows(x.Row(), y.Row()) })
	return out
}

type rowKey struct {
	tier    string
	context int64
	hours   Hours
	from    int64
}

func (r *Row) conditionKey() rowKey { return rowKey{r.Tier, r.Context.first(), r.Hours, r.From.Unix()} }

func (m *model) rows() []Row {
	if m == nil {
		return nil
	}
	return slices.Concat(m.base, m.refined)
}

func compareModel(out []RowChange, m, n *model) []RowChange {
	after := map[rowKey]Row{}
	for _, r := range n.rows() {
		after[r.conditionKey()] = r
	}
	for _, r := range m.rows() {
		s, ok := after[r.conditionKey()]
		delete(after, r.conditionKey())
		if !ok || r.Rates != s.Rates || r.Currency != s.Currency || !r.To.Equal(s.To) {
			out = append(out, RowChange{Before: r, After: s, HasBefore: true, HasAfter: ok})
		}
	}
	for _, r := range n.rows() {
		if _, ok := after[r.conditionKey()]; ok {
			out = append(out, RowChange{After: r, HasAfter: true})
		}
	}
	return out
}

// Equal reports whether two books give every usage the same price, by the same
// rows and names.
func (b *Book) Equal(o *Book) bool {
	if b == o || b.version == o.version {
		return true
	}
	return len(ChangedRows(b, o)) == 0 && reflect.DeepEqual(b.names, o.names) && reflect.DeepEqual(b.providers, o.providers) &&
		reflect.DeepEqual(b.meters, o.meters) && reflect.DeepEqual(b.regions, o.regions) &&
		reflect.DeepEqual(b.discounts, o.discounts) && reflect.DeepEqual(b.aliases, o.aliases)
}
