package pricing

import (
	"cmp"
	"slices"
	"strings"
)

// candidateCount is how many names a person is offered.
const candidateCount = 3

// candidates returns the names of the book nearest to a name that has no price,
// best first: by edit distance, length, then name. Nothing is priced by them.
func (b *Book) candidates(provider, raw string) []string {
	if len(raw) > longestName {
		return nil
	}
	a := &address{book: b, provider: b.providerName(provider), name: strings.ToLower(strings.TrimSpace(raw))}
	a.strip()
	forms := a.forms()
	type near struct {
		name             string
		distance, length int
	}
	var found []near
	for _, m := range b.models {
		best := near{m.provider + "/" + m.name, -1, 0}
		for _, name := range []string{forms[0].name, forms[len(forms)-1].name} {
			if len(name) < 3 || len(name) > 80 {
				continue
			}
			limit := max(2, len(name)/3)
			d := distance(name, strings.ToLower(m.name), limit)
			if d <= limit && (best.distance < 0 || d < best.distance) {
				best.distance, best.length = d, max(len(name)-len(m.name), len(m.name)-len(name))
			}
		}
		if best.distance >= 0 {
			found = append(found, best)
		}
	}
	slices.SortFunc(found, func(x, y near) int {
		return cmp.Or(x.distance-y.distance, x.length-y.length, strings.Compare(x.name, y.name))
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
