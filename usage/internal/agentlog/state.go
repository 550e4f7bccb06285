package agentlog

import "encoding/json"

// Recall returns the state that a decoder left; its zero value if there is none,
// or none that can be read.
func Recall[T any](state []byte) T {
	var v, zero T
	if len(state) > 0 && json.Unmarshal(state, &v) != nil {
		return zero
	}
	return v
}

// Remember appends a decoder's state, for [Recall].
func Remember(dst []byte, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return dst
	}
	return append(dst, text...)
}
