package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// The list of what was forgotten holds no value, only digests of values under a
// key that is kept elsewhere. Who has the store alone can neither read it nor try
// names until one fits.

// What a row of the trail says of forgetting, beside the verbs of audit.go.
const (
	AuditForget = "forget"
	// AuditRedact lists rows of the trail whose texts got placeholders.
	AuditRedact = "redact trail"
	AuditAllow  = "allow forgotten"
	// AuditRename: names became pseudonyms.
	AuditRename = "apply pseudonyms"
)

const (
	refusalVersion = 1
	pendingVersion = 1 // of a receipt of [Store.Forget]
	pendingRename  = 2 // of one of [Store.Rename]
)

// keyPending is where the receipt waits while the file is written anew. No entry
// of the list has such a name.
var keyPending = []byte("\x00pending")

// Mark is the keyed digest of one value of a dimension.
type Mark [sha256.Size]byte

// RefusedTerm is one thing that refused usage has in common.
type RefusedTerm struct {
	Dimension usage.Dimension
	Marks     []Mark // of its values
}

// Refusal is an entry of the list: usage that fits all terms must not come in.
type Refusal struct {
	ID      string // that of the receipt; sorts by time
	At      time.Time
	By      string
	Key     [8]byte // tells the key of the marks from others
	Terms   []RefusedTerm
	Records int64 // how many went
}

// ForgetReceipt says what was forgotten without saying whom. Its JSON has the
// schema "tokpit.forget/1"; fields are only ever added.
type ForgetReceipt struct {
	Schema         string            `json:"schema"`
	ID             string            `json:"id"`
	At             time.Time         `json:"at"`
	Actor          string            `json:"by"`
	Via            string            `json:"via,omitempty"`
	Key            string            `json:"key_check"`
	Selectors      []ReceiptSelector `json:"selectors"`
	Records        int64             `json:"records"`
	Requests       int64             `json:"requests"`
	Tokens         ReceiptTokens     `json:"tokens"`
	Months         []ReceiptMonth    `json:"months"`
	Names          int64             `json:"names"`
	Quarantined    int64             `json:"quarantined_rows"`
	Cursors        int64             `json:"cursors"`
	Cells          int64             `json:"sums_without_records"`
	Texts          int64             `json:"texts"`
	AuditRows      int64             `json:"audit_rows"`
	Left           int64             `json:"places_left"`
	RevisionBefore uint64            `json:"revision_before"`
	RevisionAfter  uint64            `json:"revision_after"`
	SizeBefore     int64             `json:"bytes_before"`
	SizeAfter      int64             `json:"bytes_after"`
}

// ReceiptSelector is one of the things that was forgotten: "hmac-sha256:…".
type ReceiptSelector struct {
	Dimension string   `json:"dimension"`
	Marks     []string `json:"marks"`
}

// ReceiptTokens are tokens by class.
type ReceiptTokens struct {
	Input        int64 `json:"input"`
	CacheRead    int64 `json:"cache_read"`
	CacheWrite5m int64 `json:"cache_write_5m"`
	CacheWrite1h int64 `json:"cache_write_1h"`
	Output       int64 `json:"output"`
	Reasoning    int64 `json:"reasoning"`
}

// ReceiptMonth is how many records of a UTC month went.
type ReceiptMonth struct {
	Month   string `json:"month"`
	Records int64  `json:"records"`
}

func newReceipt(f *Forgetting, c *Counts, now time.Time, by usage.Actor) ForgetReceipt {
	now = timeOf(now.UnixMilli())
	sum := sha256.New()
	r := ForgetReceipt{Schema: "tokpit.forget/1", At: now, Actor: by.Name, Via: by.Via, Key: hex.EncodeToString(f.Key[:]),
		Records: c.Records, Requests: c.Requests, Names: c.Names, Quarantined: c.Quarantined, Cursors: c.Cursors, Cells: c.Cells,
		Texts: c.Texts, AuditRows: c.AuditRows, Months: []ReceiptMonth{}}
	t := &c.Tokens
	r.Tokens = ReceiptTokens{t.Input, t.CacheRead, t.CacheWrite5m, t.CacheWrite1h, t.Output, t.Reasoning}
	for m, n := range c.Months {
		r.Months = append(r.Months, ReceiptMonth{m, n})
	}
	slices.SortFunc(r.Months, func(a, b ReceiptMonth) int { return cmp.Compare(a.Month, b.Month) })
	for _, term := range f.Refused {
		s := ReceiptSelector{Dimension: string(term.Dimension)}
		if _, tag := strings.CutPrefix(s.Dimension, "tag:"); tag {
			s.Dimension = "tag"
		}
		for _, m := range term.Marks {
			s.Marks = append(s.Marks, "hmac-sha256:"+hex.EncodeToString(m[:]))
			sum.Write(m[:])
		}
		r.Selectors = append(r.Selectors, s)
	}
	r.ID = now.Format("20060102T150405") + "-" + hex.EncodeToString(sum.Sum(nil)[:3])
	return r
}

// Encode returns the receipt as JSON.
func (r *ForgetReceipt) Encode() (string, error) {
	text, err := json.Marshal(r)
	return string(text), err
}

// placeholder is what stands where a value was quoted: another one each time,
// since what is named like it may have been set up again.
func (f *Forgetting) placeholder(now time.Time) string {
	sum := sha256.New()
	sum.Write(numberBytes(uint64(now.UnixNano())))
	for _, m := range f.Refused[0].Marks {
		sum.Write(m[:])
	}
	return "forgotten-" + strings.ToLower(base32.StdEncoding.EncodeToString(sum.Sum(nil))[:12])
}

func placeOfRefusal(key []byte) []byte { return append([]byte("forgotten\x00"), key...) }

// putRefusal adds to the list. What is on it already is not added again, but
// takes the place of the older entry.
func putRefusal(tx *bolt.Tx, f *Forgetting, r *ForgetReceipt) error {
	b := tx.Bucket(bucketForgotten)
	entry := Refusal{ID: r.ID, At: r.At, By: r.Actor, Key: f.Key, Terms: f.Refused, Records: r.Records}
	var twins [][]byte
	if err := eachRefusal(tx, func(key []byte, old Refusal, err error) error {
		if err == nil && old.Key == entry.Key && slices.EqualFunc(old.Terms, entry.Terms, sameTerm) {
			twins = append(twins, bytes.Clone(key))
			entry.Records += old.Records
		}
		return nil
	}); err != nil {
		return err
	}
	for _, key := range twins {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	key := []byte(entry.ID)
	for n := 2; b.Get(key) != nil; n++ {
		key = fmt.Appendf(nil, "%s-%d", entry.ID, n)
	}
	r.ID = string(key)
	return b.Put(key, encodeRefusal(&entry, key))
}

func sameTerm(a, b RefusedTerm) bool {
	return a.Dimension == b.Dimension && slices.Equal(a.Marks, b.Marks)
}

func encodeRefusal(r *Refusal, key []byte) []byte {
	e := &encoder{}
	e.byte(refusalVersion)
	e.instant(r.At)
	e.text(r.By)
	e.text(string(r.Key[:]))
	e.int(r.Records)
	e.uint(uint64(len(r.Terms)))
	for _, t := range r.Terms {
		e.text(string(t.Dimension))
		e.uint(uint64(len(t.Marks)))
		for _, m := range t.Marks {
			e.text(string(m[:]))
		}
	}
	return e.sealAt(placeOfRefusal(key))
}

func decodeRefusal(key, value []byte) (Refusal, error) {
	r := Refusal{ID: string(key)}
	d, err := unsealNewer(value, refusalVersion, placeOfRefusal(key))
	if err != nil {
		return r, fmt.Errorf("forgotten %.80q: %w", key, err)
	}
	r.At, r.By = d.instant(), d.text()
	whole := copy(r.Key[:], d.text()) == len(r.Key)
	r.Records = d.int()
	for range d.count(2) {
		t := RefusedTerm{Dimension: usage.Dimension(d.text())}
		for range d.count(1 + sha256.Size) {
			var m Mark
			whole = copy(m[:], d.text()) == len(m) && whole
			t.Marks = append(t.Marks, m)
		}
		r.Terms = append(r.Terms, t)
	}
	if !whole {
		d.fail("unfinished digest")
	}
	if d.err != nil {
		return r, fmt.Errorf("forgotten %.80q: %w", key, d.err)
	}
	return r, nil
}

// eachRefusal reads the list, oldest first. f is also told of entries that are
// damaged.
func eachRefusal(tx *bolt.Tx, f func(key []byte, r Refusal, err error) error) error {
	b := tx.Bucket(bucketForgotten)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		if bytes.Equal(k, keyPending) {
			return nil
		}
		r, err := decodeRefusal(k, v)
		return f(k, r, err)
	})
}

// Forgotten lists what must not come back, oldest first.
func (s *Store) Forgotten(ctx context.Context) ([]Refusal, error) {
	var out []Refusal
	err := s.view(ctx, func(tx *bolt.Tx) error {
		return eachRefusal(tx, func(_ []byte, r Refusal, err error) error {
			out = append(out, r)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AllowForgotten takes entries off the list, so that what they kept away may come
// in again, and notes it in the trail. The error wraps [ErrNotFound] if one is
// not there; then all stay.
func (s *Store) AllowForgotten(ctx context.Context, by usage.Actor, ids ...string) error {
	return s.audited(ctx, by, func(t *trail) error {
		b := t.tx.Bucket(bucketForgotten)
		for _, id := range ids {
			if id == "" || id == string(keyPending) || b.Get([]byte(id)) == nil {
				return fmt.Errorf("forgotten %.80q: %w", id, ErrNotFound)
			}
			if err := b.Delete([]byte(id)); err != nil {
				return err
			}
			t.add(AuditRow{What: AuditAllow, Name: id})
		}
		return nil
	})
}

// putPending keeps a receipt until the file has been written anew.
func putPending(tx *bolt.Tx, version byte, r interface{ Encode() (string, error) }) error {
	text, err := r.Encode()
	if err != nil {
		return err
	}
	e := &encoder{}
	e.byte(version)
	e.text(text)
	return tx.Bucket(bucketForgotten).Put(keyPending, e.sealAt(placeOfRefusal(keyPending)))
}

// pending is the receipt that waits; only one of its fields is set, none if none
// waits.
type pending struct {
	forget *ForgetReceipt
	rename *RenameReceipt
}

func (p *pending) none() bool { return p.forget == nil && p.rename == nil }

func pendingOf(tx *bolt.Tx) (p pending, err error) {
	b := tx.Bucket(bucketForgotten)
	if b == nil {
		return p, nil
	}
	value := b.Get(keyPending)
	if value == nil {
		return p, nil
	}
	version := byte(pendingVersion)
	if value[0] == pendingRename {
		version = pendingRename
	}
	d, err := unsealNewer(value, version, placeOfRefusal(keyPending))
	if err != nil {
		return p, fmt.Errorf("receipt of what is being forgotten: %w", err)
	}
	text := d.text()
	if d.err != nil {
		return p, fmt.Errorf("receipt of what is being forgotten: %w", d.err)
	}
	if version == pendingRename {
		err = json.Unmarshal([]byte(text), &p.rename)
	} else {
		err = json.Unmarshal([]byte(text), &p.forget)
	}
	if err != nil {
		return pending{}, fmt.Errorf("receipt of what is being forgotten: %w: %w", ErrCorrupt, err)
	}
	return p, nil
}

// Buckets lists the places that a store file has, for whoever lists what is kept.
func Buckets() []string {
	var out []string
	for _, b := range buckets() {
		out = append(out, string(b))
	}
	return out
}
