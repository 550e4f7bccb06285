package cmd

import (
	"fmt"
	"slices"

	"tokpit/budget"
	"tokpit/scenario"
	"tokpit/store"
	"tokpit/usage"
)

// scopedTexts are the kinds of decisions and documents that have scopes: each is
// read, changed and written by the code that it belongs to, and read once more.
func scopedTexts() map[string]func(name, text string, user func(string) string) (string, error) {
	return map[string]func(name, text string, user func(string) string) (string, error){
		budget.KindLimit: func(name, text string, user func(string) string) (string, error) {
			l, err := budget.DecodeLimit(name, text)
			if err != nil || !renameScope(l.Scope, user) {
				return text, err
			}
			now := l.Encode()
			_, err = budget.DecodeLimit(name, now)
			return now, err
		},
		scenario.SavedKind: func(name, text string, user func(string) string) (string, error) {
			s, err := scenario.DecodeSaved([]byte(text))
			if err != nil {
				return text, err
			}
			changed := renameScope(s.Scope, user)
			for i := range s.Levers {
				changed = renameScope(s.Levers[i].Scope, user) || changed
			}
			if !changed {
				return text, nil
			}
			now, err := s.Encode()
			if err != nil {
				return text, err
			}
			if is, err := scenario.DecodeSaved(now); err != nil || is.Name != s.Name || len(is.Levers) != len(s.Levers) {
				return text, fmt.Errorf("scenario %.80q: %w", name, store.ErrInvalid)
			}
			return string(now), nil
		},
	}
}

// renameScope renames the users of a scope, and says whether that did anything.
func renameScope(s budget.Scope, user func(string) string) bool {
	was := s[usage.ByUser]
	if len(was) == 0 {
		return false
	}
	now := make([]string, len(was))
	for i, u := range was {
		now[i] = user(u)
	}
	if slices.Equal(was, now) {
		return false
	}
	slices.Sort(now)
	s[usage.ByUser] = slices.Compact(now)
	return true
}
