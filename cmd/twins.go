package cmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tokpit/usage"
)

// twins finds connections that read the same organization, which two keys of it
// do, and says so by the name of each. What a provider reports to both of them
// counts twice.
func (s *standing) twins() map[string]string {
	out := make(map[string]string)
	names := slices.Sorted(maps.Keys(s.entities))
	for i, a := range names {
		for _, b := range names[i+1:] {
			if kind := s.shared(a, b); kind != "" && s.overlap(a, b) {
				out[a], out[b] = twin(b, kind), twin(a, kind)
			}
		}
	}
	return out
}

func twin(other string, kind usage.Dimension) string {
	return fmt.Sprintf("%s tells of the same %ss: their usage counts twice", other, kind)
}

// overlap reports whether two connections have read the same provider's own
// report of some day.
func (s *standing) overlap(a, b string) bool {
	for _, x := range s.coverage[a] {
		if x.Basis != usage.Reported {
			continue
		}
		for _, y := range s.coverage[b] {
			if y.Basis == x.Basis && y.Provider == x.Provider && x.Since.Before(y.Until) && y.Since.Before(x.Until) {
				return true
			}
		}
	}
	return false
}

// shared returns which kind of thing two connections both know by its id, ""
// if there is none. Only ids that one organization has are compared: people may
// be in several, and what has no digit is a word such as "default".
func (s *standing) shared(a, b string) usage.Dimension {
	type id struct {
		kind usage.Dimension
		id   string
	}
	known := make(map[id]bool)
	for _, e := range s.entities[a] {
		known[id{e.Kind, e.ID}] = strings.ContainsAny(e.ID, "0123456789")
	}
	for _, kind := range []usage.Dimension{usage.ByOrganization, usage.ByProject, usage.ByKey} {
		if slices.ContainsFunc(s.entities[b], func(e usage.Known) bool { return e.Kind == kind && known[id{kind, e.ID}] }) {
			return kind
		}
	}
	return ""
}
