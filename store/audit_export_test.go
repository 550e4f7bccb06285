package store

import (
	"bytes"
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/budget"
	"tokpit/pricing"
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

// Alerts writes the alert state of a budget.
func (t Tampered) Alerts(name string, encoded []byte) error {
	return t.tx.Bucket(bucketAlerts).Put([]byte(name), sealAlerts(name, encoded))
}

// Move gives the value of a key to another one.
func (t Tampered) Move(bucket, from, to string) error {
	b := t.tx.Bucket([]byte(bucket))
	value := bytes.Clone(b.Get([]byte(from)))
	return errors.Join(b.Delete([]byte(from)), b.Put([]byte(to), value))
}

// first returns the first entry of a bucket.
func (t Tampered) first(bucket string) (b *bolt.Bucket, key, value []byte) {
	b = t.tx.Bucket([]byte(bucket))
	k, v := b.Cursor().First()
	return b, bytes.Clone(k), bytes.Clone(v)
}

// Flip changes one bit of a bucket's first value.
func (t Tampered) Flip(bucket string) error {
	b, key, value := t.first(bucket)
	value[len(value)/2] ^= 4
	return b.Put(key, value)
}

// Lose deletes a bucket's first entry.
func (t Tampered) Lose(bucket string) error {
	b, key, _ := t.first(bucket)
	return b.Delete(key)
}

// Newer gives the first delivery the version of a later program.
func (t Tampered) Newer(bucket string) error {
	b, key, value := t.first(bucket)
	e := &encoder{b: value[:len(value)-4]}
	e.b[0]++
	return b.Put(key, e.sealAt(placeOfDelivery(key)))
}

// LoseCount deletes the number of alerts and deliveries.
func (t Tampered) LoseCount() error { return t.tx.Bucket(bucketMeta).Delete(keyTold) }

// Decision writes a decision's text.
func (t Tampered) Decision(kind, name, text string) error {
	key := decisionKey(kind, name)
	return t.tx.Bucket(bucketDecisions).Put(key, sealDecision(key, text))
}

// Plan writes a plan.
func (t Tampered) Plan(p pricing.Plan) error {
	return t.tx.Bucket(bucketPlans).Put(planKey(p.Source, p.From), encodePlan(p))
}

// FinishAll notes in one transaction that deliveries arrived.
func (s *Store) FinishAll(ctx context.Context, by string, now time.Time, list []budget.Delivery) error {
	return s.update(ctx, func(tx *bolt.Tx) error {
		keys := make(map[string][]byte)
		if err := eachDelivery(tx, func(key []byte, d budget.Delivery, err error) error {
			keys[d.Key] = bytes.Clone(key)
			return err
		}); err != nil {
			return err
		}
		for i := range list {
			d := list[i].Finish(by, nil, now)
			if err := putDelivery(tx, keys[d.Key], &d); err != nil {
				return err
			}
		}
		return nil
	})
}
