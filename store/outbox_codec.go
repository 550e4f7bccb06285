package store

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/budget"
)

const (
	deliveryVersion = 1
	toldVersion     = 1
)

// deliveryKey sorts by the time at which a delivery came.
func deliveryKey(came time.Time, key string) []byte {
	return append(timeKey(came.UnixMilli()), key...)
}

// deliveryName returns the delivery's own key.
func deliveryName(key []byte) []byte { return key[min(8, len(key)):] }

func placeOfDelivery(key []byte) []byte { return append([]byte("delivery\x00"), key...) }

func putDelivery(tx *bolt.Tx, key []byte, d *budget.Delivery) error {
	if err := tx.Bucket(bucketOutbox).Put(key, encodeDelivery(d, key)); err != nil {
		return fmt.Errorf("write delivery %.80q: %w", d.Key, err)
	}
	return nil
}

func encodeDelivery(d *budget.Delivery, key []byte) []byte {
	e := &encoder{}
	e.byte(deliveryVersion)
	for _, s := range []string{d.Channel, d.To, d.Subject, d.Body.Kind, d.Body.Level, d.Body.Text} {
		e.text(s)
	}
	e.uint(uint64(len(d.Body.Fields)))
	for _, f := range d.Body.Fields {
		e.text(f.Name)
		e.text(f.Label)
		e.text(f.Value)
	}
	e.uint(uint64(max(0, d.Attempts)))
	e.text(d.Claimed)
	e.text(d.LastErr)
	for _, t := range []time.Time{d.Created, d.NextTry, d.Lease, d.Done, d.GaveUp} {
		e.instant(t)
	}
	return e.sealAt(placeOfDelivery(key))
}

func decodeDelivery(key, value []byte) (d budget.Delivery, err error) {
	d.Key = string(deliveryName(key))
	r, err := unsealNewer(value, deliveryVersion, placeOfDelivery(key))
	if err != nil {
		return d, fmt.Errorf("delivery %.80q: %w", d.Key, err)
	}
	for _, s := range []*string{&d.Channel, &d.To, &d.Subject, &d.Body.Kind, &d.Body.Level, &d.Body.Text} {
		*s = r.text()
	}
	for range r.count(3) {
		d.Body.Fields = append(d.Body.Fields, budget.Field{Name: r.text(), Label: r.text(), Value: r.text()})
	}
	d.Attempts, d.Claimed, d.LastErr = r.length(), r.text(), r.text()
	for _, t := range []*time.Time{&d.Created, &d.NextTry, &d.Lease, &d.Done, &d.GaveUp} {
		*t = r.instant()
	}
	if r.err != nil {
		return d, fmt.Errorf("delivery %.80q: %w", d.Key, r.err)
	}
	return d, nil
}

func sameDelivery(a, b *budget.Delivery) bool {
	return bytes.Equal(encodeDelivery(a, nil), encodeDelivery(b, nil))
}

// eachDelivery decodes the deliveries, oldest first. f is also told of those
// that are damaged, or newer than this program.
func eachDelivery(tx *bolt.Tx, f func(key []byte, d budget.Delivery, err error) error) error {
	b := tx.Bucket(bucketOutbox)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		d, err := decodeDelivery(k, v)
		return f(k, d, err)
	})
}

// eachDeliveryAfter decodes the deliveries that are sound: those after a place,
// then those up to it, oldest first, for as long as f returns true.
func eachDeliveryAfter(tx *bolt.Tx, place []byte, f func(key []byte, d budget.Delivery) (more bool)) {
	b := tx.Bucket(bucketOutbox)
	if b == nil {
		return
	}
	try := func(k, v []byte) bool {
		d, err := decodeDelivery(k, v)
		return err != nil || f(k, d)
	}
	c := b.Cursor()
	for k, v := c.Seek(place); k != nil; k, v = c.Next() {
		if !bytes.Equal(k, place) && !try(k, v) {
			return
		}
	}
	for k, v := c.First(); k != nil && bytes.Compare(k, place) <= 0; k, v = c.Next() {
		if !try(k, v) {
			return
		}
	}
}

// told counts the budgets that have an alert state, and the deliveries. Every
// store has it, so that one that vanished is missed.
type told struct{ alerts, deliveries int64 }

var keyTold = []byte("told")

func toldOf(tx *bolt.Tx) (told, error) {
	d, err := unsealAt(tx.Bucket(bucketMeta).Get(keyTold), toldVersion, keyTold)
	if err != nil {
		return told{}, fmt.Errorf("number of deliveries: %w", err)
	}
	t := told{d.int(), d.int()}
	if d.err != nil {
		return told{}, fmt.Errorf("number of deliveries: %w", d.err)
	}
	return t, nil
}

func putTold(tx *bolt.Tx, t told) error {
	e := &encoder{}
	e.byte(toldVersion)
	e.int(t.alerts)
	e.int(t.deliveries)
	return tx.Bucket(bucketMeta).Put(keyTold, e.sealAt(keyTold))
}

func countTold(tx *bolt.Tx, alerts, deliveries int64) error {
	if alerts == 0 && deliveries == 0 {
		return nil
	}
	t, err := toldOf(tx)
	if err != nil {
		return err
	}
	return putTold(tx, told{t.alerts + alerts, t.deliveries + deliveries})
}

// verifyTold looks for alerts and deliveries that are damaged, or have vanished.
func verifyTold(tx *bolt.Tx, c *Check) error {
	want, err := toldOf(tx)
	if err != nil {
		c.problem("%v", err)
		return nil
	}
	var got told
	if err := eachAlerts(tx, func(_ string, _ []byte, _ budget.Alerts, err error) error {
		if got.alerts++; err != nil {
			c.problem("%v", err)
		}
		return nil
	}); err != nil {
		return err
	}
	seen := make(map[string]bool)
	if err := eachDelivery(tx, func(_ []byte, d budget.Delivery, err error) error {
		if got.deliveries++; err != nil {
			c.problem("%v", err)
		}
		if seen[d.Key] {
			c.problem("the delivery %.80q stands twice", d.Key)
		}
		seen[d.Key] = true
		return nil
	}); err != nil {
		return err
	}
	if got != want {
		c.problem("%d alert states and %d deliveries, want %d and %d", got.alerts, got.deliveries, want.alerts, want.deliveries)
	}
	return nil
}

// repairTold forgets alert states and deliveries that are damaged. Those of a
// newer program are not.
func repairTold(tx *bolt.Tx) error {
	var n told
	var alerts, deliveries [][]byte
	if err := eachAlerts(tx, func(name string, _ []byte, _ budget.Alerts, err error) error {
		if n.alerts++; errors.Is(err, ErrCorrupt) {
			alerts = append(alerts, []byte(name))
		}
		return nil
	}); err != nil {
		return err
	}
	if err := eachDelivery(tx, func(key []byte, _ budget.Delivery, err error) error {
		if n.deliveries++; errors.Is(err, ErrCorrupt) {
			deliveries = append(deliveries, bytes.Clone(key))
		}
		return nil
	}); err != nil {
		return err
	}
	for _, key := range alerts {
		if err := tx.Bucket(bucketAlerts).Delete(key); err != nil {
			return err
		}
	}
	for _, key := range deliveries {
		if err := tx.Bucket(bucketOutbox).Delete(key); err != nil {
			return err
		}
	}
	return putTold(tx, told{n.alerts - int64(len(alerts)), n.deliveries - int64(len(deliveries))})
}
