package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Pseudonyms begin with what is read from then on. What a store has already gets
// them by being renamed: every record, sum, name and limit, and every text that
// names what has one now, is what it would be had there been pseudonyms from the
// beginning, so that reading the same again changes nothing. Like forgetting it is
// one transaction, after which the file is written anew.

// Renaming says what values become.
type Renaming struct {
	// Names says what a value of a dimension becomes. What it has returned it
	// returns again when asked about that.
	Names map[usage.Dimension]func(value string) string
	// ID says what the id of a record becomes; nil leaves ids alone.
	ID func(id string) string
	// Setting is kept under its name with the change; no name keeps none.
	Setting struct{ Name, Value string }
	Key     [8]byte // tells the key of the pseudonyms from others
}

func (r *Renaming) check() error {
	if len(r.Names) == 0 {
		return fmt.Errorf("%w: nothing is to be renamed", ErrInvalid)
	}
	for d := range r.Names {
		if !slices.Contains(forgettable(), d) {
			return fmt.Errorf("%w: a %.40s cannot be renamed", ErrInvalid, d)
		}
	}
	return nil
}

// ErrDigests: records cannot get other ids, because what was taken back or pruned
// is known by digests of the ids that they had, and might come in once more.
var ErrDigests = errors.New("what was taken back or pruned is known by digests of ids only")

// Renamed is what is, or would be, renamed.
type Renamed struct {
	Values    map[usage.Dimension]int64 // how many values became others
	Records   int64
	Sums      int64 // of days whose records are gone already
	Names     int64 // names that went, parents, limits and spans of coverage
	Texts     int64 // budgets, decisions, alerts, messages and documents
	AuditRows int64 // rows of the trail that quote those
	Ordinary  int64 // values too short to be looked for in texts
	// Left are places that still name what has another name now.
	Left []Mention
	Size int64 // of the file in bytes
}

// Any reports whether anything changes.
func (r *Renamed) Any() bool { return r.Records+r.Sums+r.Names+r.Texts+r.AuditRows > 0 }

// RenameReceipt says what was renamed without saying any name. Its JSON has the
// schema "tokpit.privacy.apply/1"; fields are only ever added.
type RenameReceipt struct {
	Schema         string         `json:"schema"`
	ID             string         `json:"id"`
	At             time.Time      `json:"at"`
	Actor          string         `json:"by"`
	Via            string         `json:"via,omitempty"`
	Key            string         `json:"key_check"`
	Dimensions     []RenamedCount `json:"dimensions"`
	Records        int64          `json:"records"`
	Sums           int64          `json:"sums_without_records"`
	Names          int64          `json:"names"`
	Texts          int64          `json:"texts"`
	AuditRows      int64          `json:"audit_rows"`
	Left           int64          `json:"places_left"`
	RevisionBefore uint64         `json:"revision_before"`
	RevisionAfter  uint64         `json:"revision_after"`
	SizeBefore     int64          `json:"bytes_before"`
	SizeAfter      int64          `json:"bytes_after"`
}

// RenamedCount is how many values of a dimension became others.
type RenamedCount struct {
	Dimension string `json:"dimension"`
	Values    int64  `json:"values"`
}

// Encode returns the receipt as JSON.
func (r *RenameReceipt) Encode() (string, error) {
	text, err := json.Marshal(r)
	return string(text), err
}

func newRenameReceipt(run *renaming, now time.Time, by usage.Actor) RenameReceipt {
	now = timeOf(now.UnixMilli())
	out := run.result()
	r := RenameReceipt{Schema: "tokpit.privacy.apply/1", ID: now.Format("20060102T150405") + "-" + hex.EncodeToString(run.Key[:3]), At: now,
		Actor: by.Name, Via: by.Via, Key: hex.EncodeToString(run.Key[:]), Dimensions: []RenamedCount{},
		Records: out.Records, Sums: out.Sums, Names: out.Names, Texts: out.Texts, AuditRows: out.AuditRows, Left: int64(len(out.Left))}
	for d := range run.Names {
		r.Dimensions = append(r.Dimensions, RenamedCount{string(d), out.Values[d]})
	}
	slices.SortFunc(r.Dimensions, func(a, b RenamedCount) int { return cmp.Compare(a.Dimension, b.Dimension) })
	return r
}

// Renamable tries what [Store.Rename] would do, and takes it back.
func (s *Store) Renamable(ctx context.Context, r Renaming) (Renamed, error) {
	var out Renamed
	if err := r.check(); err != nil || s.blank() {
		return out, err
	}
	err := s.update(ctx, func(tx *bolt.Tx) error {
		run, err := s.renameAll(ctx, tx, &r)
		if err != nil {
			return err
		}
		out = run.result()
		out.Size = tx.Size()
		return errJustLooking
	})
	if errors.Is(err, errJustLooking) {
		err = nil
	}
	return out, err
}

// Rename gives everything in the store its other name, writes the file anew and
// puts the receipt into the trail. Killed before it is done it has not begun;
// killed while the file is being written anew it is completed by the next call of
// this or of [Store.FinishForgetting]. If nothing changes, nothing is written, and
// the receipt is empty.
func (s *Store) Rename(ctx context.Context, by usage.Actor, r Renaming) (receipt RenameReceipt, did Renamed, err error) {
	if err := r.check(); err != nil {
		return receipt, did, err
	}
	if err := MayChange(by); err != nil {
		return receipt, did, err
	}
	if _, err := s.finish(ctx); err != nil {
		return receipt, did, err
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		before, size := revisionOf(tx), tx.Size()
		run, err := s.renameAll(ctx, tx, &r)
		if err != nil {
			return err
		}
		did = run.result()
		did.Size = size
		same := true
		if r.Setting.Name != "" {
			key := []byte("setting/" + r.Setting.Name)
			same = string(tx.Bucket(bucketMeta).Get(key)) == r.Setting.Value
			if err := tx.Bucket(bucketMeta).Put(key, []byte(r.Setting.Value)); err != nil {
				return err
			}
		}
		if !did.Any() {
			if same {
				return errUnchanged
			}
			return nil
		}
		after, err := raiseRevision(tx)
		if err != nil {
			return err
		}
		receipt = newRenameReceipt(run, s.opt.Now(), by)
		receipt.RevisionBefore, receipt.RevisionAfter, receipt.SizeBefore = before, after, size
		if err := run.trail(by, s.opt.Now(), receipt.ID); err != nil {
			return err
		}
		return putPending(tx, pendingRename, &receipt)
	})
	if errors.Is(err, errUnchanged) {
		return RenameReceipt{}, did, nil
	}
	if err != nil {
		return RenameReceipt{}, Renamed{}, err
	}
	done, err := s.finish(ctx)
	if done.rename != nil {
		receipt = *done.rename
	}
	if err != nil {
		err = fmt.Errorf("names are renamed, but not yet in the unused parts of the file: %w", err)
	}
	return receipt, did, err
}
