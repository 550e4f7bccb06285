package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// The audit trail says who decided what and when. A row holds the hash of the
// one before it, and is written in the transaction that makes the change. So a
// row that was edited, dropped or moved breaks the chain behind it; a tail that
// was cut off, or a chain that was made anew, does not agree with a head that
// somebody has noted elsewhere (exports and digests carry it). What was decided
// must also be what is stored: a budget, plan or decision changed behind the
// trail is found too.

// What a row of the trail can say, beside "set" and "remove" with the kind of a
// decision, and what [Store.NoteChange] was told.
const (
	AuditSetBudget    = "set budget"
	AuditRemoveBudget = "remove budget"
	AuditSetPlan      = "set plan"
	AuditRemovePlan   = "remove plan"
	// AuditFoundPlan: the plan was set before plans were audited. Such rows stand
	// where the trail of that store began to cover plans.
	AuditFoundPlan = "found plan"

	AuditAcknowledge = "acknowledge alerts"
	AuditSnooze      = "snooze alerts"
	AuditRetry       = "retry delivery"

	AuditAdoptPrices    = "adopt price list"
	AuditRollbackPrices = "roll back price list"
)

// Rows with one of these verbs say what was decided from then on: what is
// stored must agree with the last of them.
const (
	verbSet    = "set "
	verbRemove = "remove "
	verbFound  = "found "

	kindBudget = "budget"
	kindPlan   = "plan"
)

// AuditRow is one change. Before and After are the text of what was changed,
// "" where there was or is none.
type AuditRow struct {
	N             uint64 // from 1, without gaps
	At            time.Time
	Actor         usage.Actor
	What, Name    string
	Before, After string
	Previous      AuditHash // of the row before; zero for the first
	Hash          AuditHash
	// Redacted: what the row quotes was forgotten since. Hash is the one that it
	// had before; a later row ([AuditRedact]) says what is left of it.
	Redacted bool `json:",omitempty"`
}

// AuditHash is the SHA-256 of a row.
type AuditHash [sha256.Size]byte

// String is the hash in hexadecimal.
func (h AuditHash) String() string { return hex.EncodeToString(h[:]) }

// AuditHead names the last row of a trail, and with it every row before. The
// zero head is that of an empty trail.
type AuditHead struct {
	N    uint64
	Hash AuditHash
}

// String is what [ParseAuditHead] reads: "12:9f86d0…".
func (h AuditHead) String() string { return strconv.FormatUint(h.N, 10) + ":" + h.Hash.String() }

// ParseAuditHead reads what a head prints.
func ParseAuditHead(text string) (AuditHead, error) {
	var h AuditHead
	n, hash, ok := strings.Cut(strings.TrimSpace(text), ":")
	raw, hexErr := hex.DecodeString(hash)
	count, err := strconv.ParseUint(n, 10, 64)
	if !ok || err != nil || hexErr != nil || len(raw) != len(h.Hash) {
		return h, fmt.Errorf("%w: %.80q is none, such as 12:9f86d0…", ErrHead, text)
	}
	h.N = count
	copy(h.Hash[:], raw)
	return h, nil
}

// ErrHead is wrapped by the errors of [ParseAuditHead].
var ErrHead = errors.New("head of an audit trail")

// ErrReader is wrapped by the error of a change by somebody who may only look.
var ErrReader = errors.New("a reader cannot change anything")

// AuditCheck is the result of [Store.VerifyAudit].
type AuditCheck struct {
	Rows     uint64
	Head     AuditHead
	Problems []string // harmless text; empty means that all is well
}

const (
	auditVersion    = 1
	redactedVersion = 2 // of a row that keeps the hash it had
)

var keyAuditHead = []byte("audit")

// trail appends rows inside one transaction.
type trail struct {
	tx    *bolt.Tx
	at    time.Time
	by    usage.Actor
	added []AuditRow
}

func (t *trail) add(row AuditRow) { t.added = append(t.added, row) }

// audited runs a change and appends what it noted. Nothing is written for a
// change that noted nothing.
func (s *Store) audited(ctx context.Context, by usage.Actor, change func(*trail) error) error {
	if err := MayChange(by); err != nil {
		return err
	}
	err := s.update(ctx, func(tx *bolt.Tx) error {
		t := &trail{tx: tx, at: s.opt.Now(), by: by}
		if err := change(t); err != nil {
			return err
		}
		if len(t.added) == 0 {
			return errUnchanged
		}
		if err := t.write(); err != nil {
			return err
		}
		_, err := raiseRevision(tx)
		return err
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// errUnchanged ends a write transaction that has nothing to write.
var errUnchanged = errors.New("nothing to write")

// MayChange is the one place that decides who may change anything. The error
// wraps [ErrReader] if by may only look. Verbs that take a [usage.Actor] ask it;
// whoever does something on behalf of somebody by other verbs asks it first.
func MayChange(by usage.Actor) error {
	switch {
	case by.Reader:
		return fmt.Errorf("%.80q: %w", by.Name, ErrReader)
	case len(by.Name)+len(by.Via) > maxActor:
		return fmt.Errorf("%w: the name of who makes the change is too long", ErrInvalid)
	}
	return nil
}

// NoteChange adds a row about something that is kept outside the store, such as
// an adopted price list. Note it before making the change, so that nothing
// changes that cannot be noted. The error wraps [ErrInvalid] for texts that are
// too long, and for what begins like a row of the store's own.
func (s *Store) NoteChange(ctx context.Context, by usage.Actor, what, name, before, after string) error {
	for _, verb := range []string{verbSet, verbRemove, verbFound, AuditAcknowledge, AuditSnooze, AuditRetry, AuditForget, AuditRedact, AuditAllow, AuditRename} {
		if strings.HasPrefix(what, verb) {
			return fmt.Errorf("%w: a note that begins with %q", ErrInvalid, verb)
		}
	}
	if what == "" || len(what) > maxActor || len(name) > maxKey || len(before) > maxDecision || len(after) > maxDecision {
		return fmt.Errorf("%w: a note %.40q about %.80q", ErrInvalid, what, name)
	}
	return s.audited(ctx, by, func(t *trail) error {
		t.add(AuditRow{What: what, Name: name, Before: before, After: after})
		return nil
	})
}

// write appends the rows that were noted.
func (t *trail) write() error {
	head, err := auditHead(t.tx)
	if err != nil {
		return err
	}
	for _, row := range t.added {
		row.N, row.At, row.Actor, row.Previous = head.N+1, timeOf(t.at.UnixMilli()), t.by, head.Hash
		row.Hash = row.hash()
		if err := t.tx.Bucket(bucketAudit).Put(numberBytes(row.N), encodeAudit(&row)); err != nil {
			return fmt.Errorf("write the audit trail: %w", err)
		}
		head = AuditHead{row.N, row.Hash}
	}
	return putAuditHead(t.tx, head)
}

// hash covers everything that a row says, and the row before.
func (r *AuditRow) hash() AuditHash {
	b := append([]byte("tokpit audit row 1\x00"), numberBytes(r.N)...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixMilli()))
	for _, s := range []string{r.Actor.Name, r.Actor.Via, r.What, r.Name, r.Before, r.After} {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
	}
	return sha256.Sum256(append(b, r.Previous[:]...))
}

func placeOfAudit(n uint64) []byte { return append([]byte("audit\x00"), numberBytes(n)...) }

func encodeAudit(r *AuditRow) []byte {
	e := &encoder{}
	if r.Redacted {
		e.byte(redactedVersion)
	} else {
		e.byte(auditVersion)
	}
	e.int(r.At.UnixMilli())
	for _, s := range []string{r.Actor.Name, r.Actor.Via, r.What, r.Name, r.Before, r.After} {
		e.text(s)
	}
	e.text(string(r.Previous[:]))
	if r.Redacted {
		e.text(string(r.Hash[:]))
	}
	return e.sealAt(placeOfAudit(r.N))
}

func decodeAudit(key, value []byte) (r AuditRow, err error) {
	r.N = number(key)
	version := byte(auditVersion)
	if len(value) > 0 && value[0] == redactedVersion {
		version, r.Redacted = redactedVersion, true
	}
	d, err := unsealAt(value, version, placeOfAudit(r.N))
	if err != nil {
		return r, fmt.Errorf("audit row %d: %w", r.N, err)
	}
	r.At = timeOf(d.int())
	for _, s := range []*string{&r.Actor.Name, &r.Actor.Via, &r.What, &r.Name, &r.Before, &r.After} {
		*s = d.text()
	}
	if copy(r.Previous[:], d.text()) != len(r.Previous) {
		d.fail("unfinished hash")
	}
	if r.Redacted && copy(r.Hash[:], d.text()) != len(r.Hash) {
		d.fail("unfinished hash")
	}
	if d.err != nil {
		return r, fmt.Errorf("audit row %d: %w", r.N, d.err)
	}
	if !r.Redacted {
		r.Hash = r.hash()
	}
	return r, nil
}

// auditHead returns the head that the last change left behind.
func auditHead(tx *bolt.Tx) (AuditHead, error) {
	var h AuditHead
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return h, nil
	}
	d, err := unsealAt(meta.Get(keyAuditHead), auditVersion, keyAuditHead)
	if err != nil {
		return h, fmt.Errorf("head of the audit trail: %w", err)
	}
	h.N = d.uint()
	if copy(h.Hash[:], d.text()) != len(h.Hash) {
		d.fail("unfinished hash")
	}
	if d.err != nil {
		return h, fmt.Errorf("head of the audit trail: %w", d.err)
	}
	return h, nil
}

func putAuditHead(tx *bolt.Tx, h AuditHead) error {
	e := &encoder{}
	e.byte(auditVersion)
	e.uint(h.N)
	e.text(string(h.Hash[:]))
	return tx.Bucket(bucketMeta).Put(keyAuditHead, e.sealAt(keyAuditHead))
}

// Audit returns the trail, oldest row first. It does not check the chain; see
// [Store.VerifyAudit].
func (s *Store) Audit(ctx context.Context) ([]AuditRow, error) {
	var rows []AuditRow
	err := s.view(ctx, func(tx *bolt.Tx) error {
		return eachAudit(tx, func(_ uint64, r AuditRow, err error) error {
			rows = append(rows, r)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// AuditHead returns the head of the trail, to be noted elsewhere.
func (s *Store) AuditHead(ctx context.Context) (head AuditHead, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		head, err = auditHead(tx)
		return err
	})
	return head, err
}

// eachAudit decodes all rows in order. f is also told of damaged ones.
func eachAudit(tx *bolt.Tx, f func(n uint64, r AuditRow, err error) error) error {
	b := tx.Bucket(bucketAudit)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		r, err := decodeAudit(k, v)
		return f(r.N, r, err)
	})
}
