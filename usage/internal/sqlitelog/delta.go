package sqlitelog

import "encoding/binary"

// deltaPrefix of the cursors that hold what of a session has been counted.
const deltaPrefix = "sum:"

// Delta says how much counters that only grow have grown since they were seen
// last, and remembers them together with the record that is added next. A
// counter that has become smaller began anew: then all of it counts, and the
// result is false.
func (s *Session) Delta(session string, now []int64) (grown []int64, steady bool) {
	before := decodeSums(s.Cursor(deltaPrefix+session), len(now))
	steady = true
	for i := range now {
		steady = steady && now[i] >= before[i]
	}
	grown = make([]int64, len(now))
	var value []byte
	for i, n := range now {
		if grown[i] = n; steady {
			grown[i] -= before[i]
		}
		value = binary.AppendVarint(value, n)
	}
	if string(value) != string(s.Cursor(deltaPrefix+session)) {
		s.makeRoom()
		s.SetCursor(deltaPrefix+session, value)
	}
	return grown, steady
}

func decodeSums(b []byte, n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		v, w := binary.Varint(b)
		if w <= 0 {
			return make([]int64, n)
		}
		out[i], b = v, b[w:]
	}
	return out
}
