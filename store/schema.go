package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tokpit/usage"
)

// Top-level buckets. Those marked * hold one bucket per connection.
var (
	bucketMeta       = []byte("meta")       // schema, revision, edges, coverage and accounts, settings
	bucketBlocks     = []byte("blocks")     // * time → block
	bucketPrints     = []byte("prints")     // * time → sorted fingerprints of the block's ids
	bucketCells      = []byte("cells")      // day and kind → cells
	bucketCursors    = []byte("cursors")    // * key → cursor
	bucketQuarantine = []byte("quarantine") // * file and line → reason
	bucketNames      = []byte("names")      // * kind and id → entity with the names it has had
	bucketSyncs      = []byte("syncs")      // connection → outcome of its last sync
	bucketPlans      = []byte("plans")      // source and start → plan
	bucketDocuments  = []byte("documents")  // kind and name → bytes
	bucketBudgets    = []byte("budgets")    // name → budget
	bucketAudit      = []byte("audit")      // number → who changed what
	bucketDecisions  = []byte("decisions")  // kind and name → text
	bucketAlerts     = []byte("alerts")     // budget → what has been told of it
	bucketOutbox     = []byte("outbox")     // time and key → delivery
	bucketTombstones = []byte("tombstones") // * records that their source took back
	bucketForgotten  = []byte("forgotten")  // what somebody had forgotten, so that it stays away
	bucketHorizon    = []byte("horizon")    // from which day on there are records
)

var (
	keySchema   = []byte("schema")
	keyRevision = []byte("revision")
	keyEdges    = []byte("edges")
)

func buckets() [][]byte {
	return [][]byte{bucketMeta, bucketBlocks, bucketPrints, bucketCells, bucketCursors, bucketQuarantine,
		bucketNames, bucketSyncs, bucketPlans, bucketDocuments, bucketBudgets, bucketAudit,
		bucketDecisions, bucketAlerts, bucketOutbox, bucketTombstones, bucketForgotten, bucketHorizon}
}

// schema is the version of the layout that this program writes.
func (s *Store) schema() uint64 { return uint64(1 + len(s.migrations)) }

// errOld says that a store must be migrated before it can be read.
var errOld = errors.New("store has an old schema")

// checkSchema refuses a store that this program cannot read.
func (s *Store) checkSchema(tx *bolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		if k, _ := tx.Cursor().First(); k == nil {
			return nil // an empty database: prepare makes it a store
		}
		return fmt.Errorf("%w: %s has no schema", ErrForeign, s.path)
	}
	switch v := number(meta.Get(keySchema)); {
	case v > s.schema():
		return fmt.Errorf("%w: %s has schema %d, this tokpit knows %d", ErrNewer, s.path, v, s.schema())
	case v == 0:
		return fmt.Errorf("%w: %s has no schema", ErrForeign, s.path)
	case v < s.schema():
		return errOld
	}
	for _, name := range buckets() {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: %s has no bucket %s", ErrCorrupt, s.path, name)
		}
	}
	return nil
}

// prepare makes the buckets of a new store, migrates an old one and rebuilds
// cells that were cut at other edges.
func (s *Store) prepare(tx *bolt.Tx) error {
	if err := s.checkSchema(tx); err != nil && !errors.Is(err, errOld) {
		return err
	}
	if tx.Bucket(bucketMeta) == nil {
		for _, name := range buckets() {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if err := meta.Put(keySchema, numberBytes(s.schema())); err != nil {
			return err
		}
		if err := errors.Join(putAccounts(tx, nil), putAuditHead(tx, AuditHead{}), putTold(tx, told{}), putHorizon(tx, noHorizon, noHorizon)); err != nil {
			return err
		}
		return meta.Put(keyEdges, encodeEdges(s.opt.Edges))
	}
	meta := tx.Bucket(bucketMeta)
	for v := number(meta.Get(keySchema)); v < s.schema(); v++ {
		if err := s.migrations[v-1](s, tx); err != nil {
			return fmt.Errorf("migrate %s from schema %d: %w", s.path, v, err)
		}
		if err := meta.Put(keySchema, numberBytes(v+1)); err != nil {
			return err
		}
	}
	edges, err := edgesOf(tx)
	if err != nil || edges.Equal(s.opt.Edges) {
		return err
	}
	return s.rebuildCells(tx)
}

// schemaOf is the version of the layout that a file has, 0 if it has none.
func schemaOf(tx *bolt.Tx) uint64 {
	if meta := tx.Bucket(bucketMeta); meta != nil {
		return number(meta.Get(keySchema))
	}
	return 0
}

func revisionOf(tx *bolt.Tx) uint64 {
	if meta := tx.Bucket(bucketMeta); meta != nil {
		return number(meta.Get(keyRevision))
	}
	return 0
}

func raiseRevision(tx *bolt.Tx) (uint64, error) {
	next := revisionOf(tx) + 1
	return next, tx.Bucket(bucketMeta).Put(keyRevision, numberBytes(next))
}

func number(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func numberBytes(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func encodeEdges(edges usage.Edges) []byte {
	var e encoder
	e.byte(1)
	e.uint(uint64(len(edges)))
	for _, t := range edges {
		e.uint(uint64(t))
	}
	return e.seal()
}

func edgesOf(tx *bolt.Tx) (usage.Edges, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return nil, nil
	}
	d, err := unseal(meta.Get(keyEdges), 1)
	if err != nil {
		return nil, fmt.Errorf("context edges: %w", err)
	}
	edges := make(usage.Edges, d.count(1))
	for i := range edges {
		edges[i] = int64(d.uint())
	}
	return edges, d.err
}

// child returns the connection's bucket inside a top-level one, or nil.
func child(tx *bolt.Tx, top []byte, connection string) *bolt.Bucket {
	if b := tx.Bucket(top); b != nil {
		return b.Bucket([]byte(connection))
	}
	return nil
}

func makeChild(tx *bolt.Tx, top []byte, connection string) (*bolt.Bucket, error) {
	b, err := tx.Bucket(top).CreateBucketIfNotExists([]byte(connection))
	if errors.Is(err, berrors.ErrIncompatibleValue) {
		err = fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s/%.80q: %w", top, connection, err)
	}
	b.FillPercent = 0.9 // keys arrive in order of time
	return b, nil
}

// connections lists the names that have blocks.
func connections(tx *bolt.Tx) []string {
	var names []string
	if b := tx.Bucket(bucketBlocks); b != nil {
		_ = b.ForEachBucket(func(k []byte) error {
			names = append(names, string(k))
			return nil
		})
	}
	return names
}
