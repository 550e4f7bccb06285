package store

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// AddDecision keeps a decision that must be new, and with it the document of the
// same kind and name that it is about, if there is one; both or neither. The error wraps
// [ErrExists] if there is a decision of that name, and [ErrInvalid] as that of
// [Store.SetDecision]. Before anything is written, may is asked with the
// decisions of the kind, inside the transaction: its error is returned, and
// nothing is changed. It may be nil.
func (s *Store) AddDecision(ctx context.Context, by usage.Actor, kind string, d Decision, document []byte, may func([]Decision) error) error {
	if err := admitDecision(kind, d); err != nil {
		return err
	}
	place, err := documentKey(kind, d.Name)
	if err != nil {
		return err
	}
	return s.audited(ctx, by, func(t *trail) error {
		all, err := decisionsOf(t.tx, kind)
		if err != nil {
			return err
		}
		for i := range all {
			if all[i].Name == d.Name {
				return fmt.Errorf("%s %.80q: %w", kind, d.Name, ErrExists)
			}
		}
		if may != nil {
			if err := may(all); err != nil {
				return err
			}
		}
		key := decisionKey(kind, d.Name)
		if err := t.tx.Bucket(bucketDecisions).Put(key, sealDecision(key, d.Text)); err != nil {
			return err
		}
		if document != nil {
			if err := t.tx.Bucket(bucketDocuments).Put(place, document); err != nil {
				return err
			}
		}
		t.add(AuditRow{What: verbSet + kind, Name: d.Name, After: d.Text})
		return nil
	})
}

func decisionsOf(tx *bolt.Tx, kind string) ([]Decision, error) {
	var out []Decision
	err := eachDecision(tx, func(k, name, text string, err error) error {
		if k != kind {
			return nil
		}
		out = append(out, Decision{name, text})
		return err
	})
	return out, err
}
