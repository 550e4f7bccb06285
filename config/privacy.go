package config

import (
	"fmt"
	"slices"
	"strings"
)

// Privacy is what is kept under pseudonyms, and where the key of these is.
type Privacy struct {
	// Pseudonyms are dimensions whose values are not kept: "user", "session", …
	Pseudonyms []string `toml:"pseudonyms"`
	// Key is a reference to the key that pseudonyms, and the list of what was
	// forgotten, are made with.
	Key string `toml:"key"`
}

// PseudonymNames lists what can have pseudonyms.
func PseudonymNames() []string {
	return []string{"user", "session", "key", "project", "machine", "agent", "account", "organization", "environment"}
}

// PrivacyError is a mistake in the table [privacy], with what to do about it.
type PrivacyError struct{ Problem, Advice string }

func (e *PrivacyError) Error() string { return "privacy: " + e.Problem }

// Hint says what to do next.
func (e *PrivacyError) Hint() string { return e.Advice }

func (p *Privacy) check() error {
	for i, name := range p.Pseudonyms {
		if !slices.Contains(PseudonymNames(), name) {
			return &PrivacyError{fmt.Sprintf("pseudonyms: %.40q has none", name), "names that may stand there: " + strings.Join(PseudonymNames(), ", ")}
		}
		if slices.Contains(p.Pseudonyms[:i], name) {
			return &PrivacyError{fmt.Sprintf("pseudonyms: %q stands there twice", name), "name it once"}
		}
	}
	if p.Key != "" {
		if err := CheckRef(p.Key); err != nil {
			return err
		}
	}
	if len(p.Pseudonyms) > 0 && p.Key == "" {
		return &PrivacyError{"pseudonyms need a key, and none is named",
			`make one with tokpit privacy key, then name it in [privacy]: key = "file:…" or "keyring:service/user"`}
	}
	return nil
}
