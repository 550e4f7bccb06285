package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/usage"
)

// Pseudonyms begin with what is read from then on. The users that a store has
// already get theirs by being renamed: in records, their sums, limits and scopes, and in
// what the trail quotes of those. What providers call them goes. Words of people's
// own (names of budgets, notes, messages) stay as they are, and are said to: a name
// may be any word, and the same letters may mean something else there. Like
// forgetting it is one transaction, after which the file is written anew.

// Renaming says what users become.
type Renaming struct {
	// User says what a user is called. What it has returned it returns again when
	// asked about that.
	User func(name string) string
	// Scoped rewrites decisions and documents of the kinds that have scopes, with
	// the rules of whoever wrote them: it returns the text with the users of its
	// scopes renamed, the same text if there are none, or an error if the result
	// could not be read again. Kinds that are not in here stay.
	Scoped map[string]func(name, text string, user func(string) string) (string, error)
	Key    [8]byte // tells the key of the pseudonyms from others
}

func (r *Renaming) check() error {
	if r.User == nil {
		return fmt.Errorf("%w: nothing is to be renamed", ErrInvalid)
	}
	return nil
}

// Renamed is what is, or would be, renamed.
type Renamed struct {
	Users     int64 // that became others
	Records   int64
	Names     int64 // what providers call users, and limits of theirs
	Texts     int64 // budgets, decisions and documents with other scopes
	AuditRows int64 // rows of the trail that quote those
	Ordinary  int64 // users called like a common word, whom nobody looks for in Left
	// Left are places that still name somebody.
	Left []Mention
	Size int64 // of the file in bytes
}

// Any reports whether anything changes.
func (r *Renamed) Any() bool { return r.Records+r.Names+r.Texts+r.AuditRows > 0 }

// RenameReceipt says what was renamed without saying any name. Its JSON has the
// schema "tokpit.privacy.apply/1"; fields are only ever added.
type RenameReceipt struct {
	Schema         string    `json:"schema"`
	ID             string    `json:"id"`
	At             time.Time `json:"at"`
	Actor          string    `json:"by"`
	Via            string    `json:"via,omitempty"`
	Key            string    `json:"key_check"`
	Users          int64     `json:"users"`
	Records        int64     `json:"records"`
	Names          int64     `json:"names"`
	Texts          int64     `json:"texts"`
	AuditRows      int64     `json:"audit_rows"`
	Left           int64     `json:"places_left"`
	RevisionBefore uint64    `json:"revision_before"`
	RevisionAfter  uint64    `json:"revision_after"`
	SizeBefore     int64     `json:"bytes_before"`
	SizeAfter      int64     `json:"bytes_after"`
}

// Encode returns the receipt as JSON.
func (r *RenameReceipt) Encode() (string, error) {
	text, err := json.Marshal(r)
	return string(text), err
}

func newRenameReceipt(run *renaming, now time.Time, by usage.Actor) RenameReceipt {
	now = timeOf(now.UnixMilli())
	out := run.result()
	return RenameReceipt{Schema: "tokpit.privacy.apply/1", ID: now.Format("20060102T150405") + "-" + hex.EncodeToString(run.Key[:3]), At: now,
		Actor: by.Name, Via: by.Via, Key: hex.EncodeToString(run.Key[:]), Users: out.Users,
		Records: out.Records, Names: out.Names, Texts: out.Texts, AuditRows: out.AuditRows, Left: int64(len(out.Left))}
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

// Rename gives every user in the store the other name, writes the file anew and
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
		if !did.Any() {
			return errUnchanged
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
		err = fmt.Errorf("users are renamed, but not yet in the unused parts of the file: %w", err)
	}
	return receipt, did, err
}
