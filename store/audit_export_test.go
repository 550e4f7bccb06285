package store

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// Tamper runs f as somebody would who knows the file's format and its
// checksums: rows and budgets that it puts read well.
func (s *Store) Tamper(ctx context.Context, f func(Tampered) error) error {
	return s.update(ctx, func(tx *bolt.Tx) error { return f(Tampered{tx}) })
}

// Tampered is a store under somebody's hands.
type Tampered struct{ tx *bolt.Tx }

// Row returns a row of the trail.
func (t Tampered) Row(n uint64) AuditRow {
	key := numberBytes(n)
	r, _ := decodeAudit(key, t.tx.Bucket(bucketAudit).Get(key))
	return r
}

// Put writes a row under its number.
func (t Tampered) Put(r AuditRow) error {
	return t.tx.Bucket(bucketAudit).Put(numberBytes(r.N), encodeAudit(&r))
}

// Drop deletes a row.
func (t Tampered) Drop(n uint64) error { return t.tx.Bucket(bucketAudit).Delete(numberBytes(n)) }

// Head makes row n the last one that a change left behind.
func (t Tampered) Head(n uint64) error {
	h := AuditHead{N: n}
	if n > 0 {
		h.Hash = t.Row(n).Hash
	}
	return putAuditHead(t.tx, h)
}

// Budget writes a budget's text.
func (t Tampered) Budget(name, text string) error {
	return t.tx.Bucket(bucketBudgets).Put([]byte(name), sealBudget(name, text))
}

// Forget deletes a budget.
func (t Tampered) Forget(name string) error { return t.tx.Bucket(bucketBudgets).Delete([]byte(name)) }

// Rehash makes every hash fit again from row n on.
func (t Tampered) Rehash(n, last uint64) error {
	for ; n <= last; n++ {
		r := t.Row(n)
		r.Previous = AuditHash{}
		if n > 1 {
			r.Previous = t.Row(n - 1).Hash
		}
		if err := t.Put(r); err != nil {
			return err
		}
	}
	return t.Head(last)
}
