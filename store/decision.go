package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// A decision is text that another package writes and reads: a provider's limit,
// a grant of credit. The store keeps it under a kind and a name and does not
// look inside, but, unlike a document, every change of it is in the audit trail
// word for word.

// Decision is one of a kind.
type Decision struct{ Name, Text string }

const (
	decisionVersion = 1
	maxDecision     = 64 << 10 // bytes of a text
	maxKind         = 40
)

// SetDecision keeps a decision; one of the name that is known is replaced. The
// trail gets a row ("set limit") if it is new or different. The error wraps
// [ErrInvalid] for a kind that is not a word in lower case or that the store
// keeps otherwise (budgets, plans), and for a name or text that is empty, too
// long or not UTF-8.
func (s *Store) SetDecision(ctx context.Context, by usage.Actor, kind, name, text string) (changed bool, err error) {
	n, err := s.SetDecisions(ctx, by, kind, Decision{name, text})
	return n > 0, err
}

// SetDecisions keeps decisions of a kind, all or none, and returns how many are
// new or different.
func (s *Store) SetDecisions(ctx context.Context, by usage.Actor, kind string, all ...Decision) (changed int, err error) {
	for i, d := range all {
		if err := admitDecision(kind, d); err != nil {
			return 0, err
		}
		if slices.ContainsFunc(all[:i], func(o Decision) bool { return o.Name == d.Name }) {
			return 0, fmt.Errorf("%w: %s %.80q is named twice", ErrInvalid, kind, d.Name)
		}
	}
	err = s.audited(ctx, by, func(t *trail) error {
		changed = 0
		for _, d := range all {
			key := decisionKey(kind, d.Name)
			before, err := storedDecision(t.tx, key)
			if err != nil {
				return err
			}
			if before == d.Text {
				continue
			}
			changed++
			if err := t.tx.Bucket(bucketDecisions).Put(key, sealDecision(key, d.Text)); err != nil {
				return err
			}
			t.add(AuditRow{What: verbSet + kind, Name: d.Name, Before: before, After: d.Text})
		}
		return nil
	})
	return changed, err
}

// RemoveDecision forgets a decision; its past stays in the trail ("remove
// limit"). The error wraps [ErrNotFound] if there is none of that name.
func (s *Store) RemoveDecision(ctx context.Context, by usage.Actor, kind, name string) error {
	return s.audited(ctx, by, func(t *trail) error {
		before := ""
		key := decisionKey(kind, name)
		if admitDecision(kind, Decision{name, "-"}) == nil {
			var err error
			if before, err = storedDecision(t.tx, key); err != nil {
				return err
			}
		}
		if before == "" {
			return fmt.Errorf("%.40s %.80q: %w", kind, name, ErrNotFound)
		}
		if err := t.tx.Bucket(bucketDecisions).Delete(key); err != nil {
			return err
		}
		t.add(AuditRow{What: verbRemove + kind, Name: name, Before: before})
		return nil
	})
}

// Decisions lists the decisions of a kind by name.
func (s *Store) Decisions(ctx context.Context, kind string) ([]Decision, error) {
	var out []Decision
	err := s.view(ctx, func(tx *bolt.Tx) (err error) {
		out, err = decisionsOf(tx, kind)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func admitDecision(kind string, d Decision) error {
	word := func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') }
	switch {
	case kind == "" || len(kind) > maxKind || strings.ContainsFunc(kind, word) || kind == kindBudget || kind == kindPlan:
		return fmt.Errorf("%w: a decision of the kind %.40q", ErrInvalid, kind)
	case d.Name == "" || len(d.Name) > maxKey || !utf8.ValidString(d.Name):
		return fmt.Errorf("%w: a %s of the name %.80q", ErrInvalid, kind, d.Name)
	case d.Text == "" || len(d.Text) > maxDecision || !utf8.ValidString(d.Text):
		return fmt.Errorf("%w: the text of %s %.80q: %d bytes", ErrInvalid, kind, d.Name, len(d.Text))
	}
	return nil
}

func decisionKey(kind, name string) []byte { return []byte(kind + "\x00" + name) }

func placeOfDecision(key []byte) []byte { return append([]byte("decision\x00"), key...) }

func sealDecision(key []byte, text string) []byte {
	e := &encoder{}
	e.byte(decisionVersion)
	e.text(text)
	return e.sealAt(placeOfDecision(key))
}

func unsealDecision(key, value []byte) (string, error) {
	d, err := unsealAt(value, decisionVersion, placeOfDecision(key))
	if err != nil {
		return "", err
	}
	text := d.text()
	return text, d.err
}

// storedDecision returns the text of a decision, "" if there is none.
func storedDecision(tx *bolt.Tx, key []byte) (string, error) {
	value := tx.Bucket(bucketDecisions).Get(key)
	if value == nil {
		return "", nil
	}
	text, err := unsealDecision(key, value)
	if err != nil {
		return "", fmt.Errorf("decision %.80q: %w", key, err)
	}
	return text, nil
}

// eachDecision reads all decisions by kind and name. f is also told of those
// that are damaged.
func eachDecision(tx *bolt.Tx, f func(kind, name, text string, err error) error) error {
	b := tx.Bucket(bucketDecisions)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		kind, name, ok := bytes.Cut(k, []byte{0})
		text, err := unsealDecision(k, v)
		if !ok {
			err = errors.Join(err, ErrCorrupt)
		}
		if err != nil {
			err = fmt.Errorf("%s %.80q: %w", kind, name, err)
		}
		return f(string(kind), string(name), text, err)
	})
}
