package usage

import "testing"

// A record of several requests is known to be short if its sum is.
func TestBandIn(t *testing.T) {
	edges := NewEdges([]int64{200_000, 272_000})
	for _, c := range []struct {
		name string
		r    Record
		want Band
	}{
		{"one request", Record{Context: 200_001}, Band{200_001, 272_000}},
		{"one request at an edge", Record{Context: 200_000}, Band{200_000, 200_001}},
		{"the source's range", Record{Context: Absent, Dims: Dims{Band: Band{0, 200_001}}, Tokens: Tokens{Input: 5e6}}, Band{0, 200_001}},
		{"several, short together", Record{Context: Absent, Tokens: Tokens{Input: 100_000, CacheRead: 99_999}}, Band{0, 200_000}},
		{"several, below the second edge", Record{Context: Absent, Tokens: Tokens{Input: 200_000}}, Band{0, 272_000}},
		{"several, long together", Record{Context: Absent, Tokens: Tokens{Input: 272_000}}, Band{}},
	} {
		if got := c.r.BandIn(edges); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
