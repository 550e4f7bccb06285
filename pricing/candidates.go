package pricing

import (
	"cmp"
	"slices"
	"strings"
)

// candidateCount is how many names a person is offered.
const candidateCount = 3

// candidates returns the names of the book nearest to a name that has no price,
// best first: by edit distance, then by name. Nothing is priced by them.
func (b *Book) candidates(provider, raw string) []string {
	a := &address{book: b, provider: b.providerName(provider), name: strings.ToLower(strings.TrimSpace(raw))}
	a.strip()
	forms := a.forms()
	name := forms[len(forms)-1].name
	if len(name) < 3 || len(name) > 80 {
		return nil
	}
	type near struct {
		name     string
		distance int
	}
	var found []near
	for _, m := range b.models {
		limit := max(2, len(name)/3)
		if m.provider == a.provider || m.provider == a.vendor {
			limit++
		}
		if d := distance(name, strings.ToLower(m.name), limit); d <= limit {
			found = append(found, near{m.provider + "/" + m.name, d})
		}
	}
	slices.SortFunc(found, func(x, y near) int {
		return cmp.Or(x.distance-y.distance, strings.Compare(x.name, y.name))
	})
	var out []string
	for _, n := range found[:min(len(found), candidateCount)] {
		out = append(out, n.name)
	}
	return out
}

// distance is the number of bytes to insert, delete or change to turn a into b,
// or limit+1 if it is more than limit.
func distance(a, b string, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal, best := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
			best = min(best, row[j+1])
		}
		if best > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}
