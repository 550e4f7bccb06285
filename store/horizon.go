package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tokpit/usage"
)

// The horizon is the first UTC day that a store has records of. What was before
// it has been pruned. Of each day and connection that was pruned, sums may have
// been kept: what the coarse cells were made of. These sums then stand for the
// records: cells are verified against them, made again from them, and a purge
// takes them out like records. They keep the bands that they were cut at, since
// nothing finer is known: where a new threshold cuts through a band, its price
// is a range.
//
// Beside the sums stand the fingerprints of the responses in them, so that a
// copy that turns up later under a later time (a fork rewrites the times of
// what it copies) is not counted beside them. A fingerprint alone decides here,
// the id being gone: one new response in 10^13 would be taken for an old one.

// Below the bucket: the day under keyHorizon, and two buckets that hold one per
// connection.
var (
	keyHorizon = []byte("day")
	topSums    = []byte("sums")   // day → cells
	topSeen    = []byte("prints") // day → fingerprints
)

// noHorizon: nothing was ever pruned.
const noHorizon = math.MinInt32

const horizonVersion = 1

// horizonOf returns the day of the horizon, or noHorizon.
func horizonOf(tx *bolt.Tx) (int32, error) {
	records, _, err := horizonsOf(tx)
	return records, err
}

// horizonsOf also returns the first day that sums were kept of: of the days
// before it there is nothing.
func horizonsOf(tx *bolt.Tx) (records, sums int32, err error) {
	b := tx.Bucket(bucketHorizon)
	if b == nil {
		return noHorizon, noHorizon, nil
	}
	d, err := unsealAt(b.Get(keyHorizon), horizonVersion, keyHorizon)
	if err != nil {
		return noHorizon, noHorizon, fmt.Errorf("horizon: %w", err)
	}
	days := [2]int64{d.int(), d.int()}
	for _, day := range days {
		if day != noHorizon && (day < 0 || day > lastSecond/daySeconds) || days[1] > days[0] {
			d.fail("impossible day")
		}
	}
	if d.err != nil {
		return noHorizon, noHorizon, fmt.Errorf("horizon: %w", d.err)
	}
	return int32(days[0]), int32(days[1]), nil
}

func putHorizon(tx *bolt.Tx, records, sums int32) error {
	e := &encoder{}
	e.byte(horizonVersion)
	e.int(int64(records))
	e.int(int64(min(records, sums)))
	return tx.Bucket(bucketHorizon).Put(keyHorizon, e.sealAt(keyHorizon))
}

// Horizon says how far back a store goes: UTC days, zero where nothing was ever
// pruned.
type Horizon struct {
	Records time.Time // the first day that there are records of
	Sums    time.Time // the first day that there is anything of; not after Records
}

// Horizon returns how far back the store goes.
func (s *Store) Horizon(ctx context.Context) (Horizon, error) {
	var h Horizon
	err := s.view(ctx, func(tx *bolt.Tx) (err error) {
		h, err = describedHorizon(tx)
		return err
	})
	return h, err
}

func describedHorizon(tx *bolt.Tx) (Horizon, error) {
	records, sums, err := horizonsOf(tx)
	return Horizon{horizonTime(records), horizonTime(sums)}, err
}

func horizonTime(day int32) time.Time {
	if day == noHorizon {
		return time.Time{}
	}
	return dayTime(day)
}

func dayTime(day int32) time.Time { return time.Unix(int64(day)*daySeconds, 0).UTC() }

func dayOfTime(t time.Time) int32 { return usage.SlotOf(t).Day() }

func frozenKey(day int32) []byte { return binary.BigEndian.AppendUint32(nil, uint32(day)^1<<31) }

func parseFrozenKey(k []byte) (int32, bool) {
	if len(k) != 4 {
		return 0, false
	}
	return int32(binary.BigEndian.Uint32(k) ^ 1<<31), true
}

func placeOfFrozen(top []byte, connection string, key []byte) []byte {
	return slices.Concat([]byte("horizon\x00"), top, []byte{0}, []byte(connection), key)
}

// frozenOf returns the connection's bucket of sums or fingerprints, or nil.
func frozenOf(tx *bolt.Tx, top []byte, connection string) *bolt.Bucket {
	if b := tx.Bucket(bucketHorizon); b != nil {
		if b = b.Bucket(top); b != nil {
			return b.Bucket([]byte(connection))
		}
	}
	return nil
}

func makeFrozen(tx *bolt.Tx, top []byte, connection string) (*bolt.Bucket, error) {
	b, err := tx.Bucket(bucketHorizon).CreateBucketIfNotExists(top)
	if err == nil {
		b, err = b.CreateBucketIfNotExists([]byte(connection))
	}
	if errors.Is(err, berrors.ErrIncompatibleValue) {
		err = fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err != nil {
		return nil, fmt.Errorf("bucket horizon/%s/%.80q: %w", top, connection, err)
	}
	b.FillPercent = 0.9
	return b, nil
}

// frozenConnections lists the names that sums were kept of.
func frozenConnections(tx *bolt.Tx) (names []string) {
	b := tx.Bucket(bucketHorizon)
	if b == nil {
		return nil
	}
	if b = b.Bucket(topSums); b != nil {
		_ = b.ForEachBucket(func(k []byte) error {
			names = append(names, string(k))
			return nil
		})
	}
	return names
}

// eachFrozen reads the sums of a connection by day. f is also told of damaged
// ones.
func eachFrozen(tx *bolt.Tx, connection string, f func(day int32, sums *dayCells, err error) error) error {
	b := frozenOf(tx, topSums, connection)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		day, ok := parseFrozenKey(k)
		if !ok {
			return f(0, nil, fmt.Errorf("sums of %.80q: %w: key %x", connection, ErrCorrupt, k))
		}
		sums, err := decodeCells(v, placeOfFrozen(topSums, connection, k))
		if err != nil {
			err = fmt.Errorf("sums of %.80q on %s: %w", connection, describeDay(day), err)
		}
		return f(day, sums, err)
	})
}

// addSums counts the sums of a pruned day in (sign +1) or out (sign -1).
func (ds *deltas) addSums(day int32, sums *dayCells, sign int) {
	t := ds.day(day, coarseCells)
	for i, id := range sums.ids {
		t.add(cellID{id.slot, id.width, ds.dims.number(&sums.sets[id.set])}, &sums.sums[i], sign)
	}
}

// applyFrozen counts all sums of a connection in or out of the cells.
func applyFrozen(tx *bolt.Tx, edges usage.Edges, connection string, sign int) error {
	cells, held := newDeltas(edges), 0
	if err := eachFrozen(tx, connection, func(day int32, sums *dayCells, err error) error {
		if err != nil {
			return err
		}
		cells.addSums(day, sums, sign)
		if held += len(sums.ids); held < flushAt {
			return nil
		}
		flush := cells
		cells, held = newDeltas(edges), 0
		return applyCells(tx, flush)
	}); err != nil {
		return err
	}
	return applyCells(tx, cells)
}

// dropFrozen deletes what was kept of a connection's pruned days.
func dropFrozen(tx *bolt.Tx, connection string) error {
	for _, top := range [][]byte{topSums, topSeen} {
		if b := tx.Bucket(bucketHorizon).Bucket(top); b != nil {
			if err := b.DeleteBucket([]byte(connection)); err != nil && !errors.Is(err, berrors.ErrBucketNotFound) {
				return fmt.Errorf("delete horizon/%s/%.80q: %w", top, connection, err)
			}
		}
	}
	return nil
}

// forgetFrozen takes those sums of a connection out of the cells, and deletes
// them, whose dimensions are to go. Session, agent and user are empty in all of
// them: that was forgotten when the days were pruned.
func forgetFrozen(tx *bolt.Tx, edges usage.Edges, connection string, doomed func(*usage.Dims) bool) (changed bool, err error) {
	type edit struct {
		key   []byte
		value []byte
	}
	var edits []edit
	gone := newDeltas(edges)
	if err := eachFrozen(tx, connection, func(day int32, sums *dayCells, err error) error {
		if err != nil {
			return err
		}
		kept, out := dayCells{sets: sums.sets}, dayCells{sets: sums.sets}
		for i, id := range sums.ids {
			if doomed(&sums.sets[id.set]) {
				out.push(id, sums.sums[i])
			} else {
				kept.push(id, sums.sums[i])
			}
		}
		if len(out.ids) == 0 {
			return nil
		}
		gone.addSums(day, &out, -1)
		e := edit{key: frozenKey(day)}
		if len(kept.ids) > 0 {
			e.value = kept.encode(placeOfFrozen(topSums, connection, e.key))
		}
		edits = append(edits, e)
		return nil
	}); err != nil || len(edits) == 0 {
		return false, err
	}
	b := frozenOf(tx, topSums, connection)
	for _, e := range edits {
		if e.value == nil {
			err = b.Delete(e.key)
		} else {
			err = b.Put(e.key, e.value)
		}
		if err != nil {
			return false, err
		}
	}
	return true, applyCells(tx, gone)
}

// tooOld takes out of a batch what belongs to days that were pruned, and counts
// it: records and slices that begin before the horizon, and copies of responses
// that were pruned.
func (c *commit) tooOld(incoming map[string]*usage.Record, replace []bucket) ([]bucket, error) {
	day, err := horizonOf(c.tx)
	if err != nil || day == noHorizon {
		return replace, err
	}
	first := int64(day) * dayMillis
	for id, r := range incoming {
		if r.Start.UnixMilli() < first {
			delete(incoming, id)
			c.receipt.TooOld++
		}
	}
	kept := make([]bucket, 0, len(replace))
	for _, b := range replace {
		if b.start < first {
			c.receipt.TooOld += int64(len(b.records))
		} else {
			kept = append(kept, b)
		}
	}
	return kept, c.prunedCopies(incoming)
}

// prunedCopies refuses responses that were counted before they were pruned.
func (c *commit) prunedCopies(incoming map[string]*usage.Record) error {
	seen := frozenOf(c.tx, topSeen, c.name)
	if seen == nil || len(incoming) == 0 {
		return nil
	}
	wanted := make([]uint64, 0, len(incoming))
	byPrint := make(map[uint64][]string, len(incoming))
	for id := range incoming {
		p := fingerprint(id)
		wanted = append(wanted, p)
		byPrint[p] = append(byPrint[p], id)
	}
	all := seek(wanted)
	return seen.ForEach(func(k, v []byte) error {
		prints, err := decodePrints(v, placeOfFrozen(topSeen, c.name, k))
		if err != nil {
			return fmt.Errorf("%s, fingerprints of what was pruned: %w", c.name, err)
		}
		if !all.in(prints) {
			return nil
		}
		for ; len(prints) > 0; prints = prints[8:] {
			for _, id := range byPrint[binary.BigEndian.Uint64(prints)] {
				if incoming[id] != nil {
					delete(incoming, id)
					c.receipt.TooOld++
				}
			}
		}
		return nil
	})
}

// verifyHorizon checks what is kept of pruned days, and adds what their cells
// should be.
func verifyHorizon(tx *bolt.Tx, c *Check, expected *deltas) error {
	horizon, bare, err := horizonsOf(tx)
	if err != nil {
		c.problem("%v", err)
		return nil
	}
	for _, name := range connections(tx) {
		if k, _ := child(tx, bucketBlocks, name).Cursor().First(); k != nil && keyTime(k) < int64(horizon)*dayMillis {
			c.problem("%s, block %s: it lies before the horizon, %s", name, describeKey(k), describeDay(horizon))
		}
	}
	for _, name := range frozenConnections(tx) {
		if err := eachFrozen(tx, name, func(day int32, sums *dayCells, err error) error {
			switch {
			case err != nil:
				c.problem("%v", err)
			case day >= horizon, day < bare:
				c.problem("sums of %.80q on %s, where there should be none", name, describeDay(day))
			default:
				expected.addSums(day, sums, +1)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := verifySeen(tx, name, horizon, c); err != nil {
			return err
		}
	}
	return nil
}

func verifySeen(tx *bolt.Tx, name string, horizon int32, c *Check) error {
	seen := frozenOf(tx, topSeen, name)
	if seen == nil {
		return nil
	}
	return seen.ForEach(func(k, v []byte) error {
		prints, err := decodePrints(v, placeOfFrozen(topSeen, name, k))
		day, ok := parseFrozenKey(k)
		if err == nil && (!ok || day >= horizon || !sortedPrints(prints)) {
			err = ErrCorrupt
		}
		if err != nil {
			c.problem("%s, fingerprints of what was pruned on %s: %v", name, describeDay(day), err)
		}
		return nil
	})
}

func sortedPrints(prints []byte) bool {
	for i := 8; i+8 <= len(prints); i += 8 {
		if bytes.Compare(prints[i-8:i], prints[i:i+8]) > 0 {
			return false
		}
	}
	return true
}
