package store

import (
	"errors"
	"fmt"
)

// Opening.
var (
	// ErrBusy: another process held the store for longer than the timeout.
	ErrBusy = errors.New("store is busy")
	// ErrNewer: the file was written by a later version of tokpit. It is left
	// untouched.
	ErrNewer = errors.New("store was written by a newer tokpit")
	// ErrForeign: the file is something else, or an unfinished or damaged store.
	ErrForeign = errors.New("not a tokpit store")
)

// Reading and writing.
var (
	// ErrCorrupt: a value does not decode or its checksum is wrong. Nothing has
	// been changed.
	ErrCorrupt = errors.New("store is damaged")
	// ErrInvalid: a batch holds something that must not be stored (a record
	// without id or time, counts out of range, coverage of half a day). Nothing
	// of the batch has been stored.
	ErrInvalid = errors.New("invalid record")
	// ErrNotFound: there is no such document, budget, decision or delivery.
	ErrNotFound = errors.New("not found")
	// ErrExists: there is a decision of that name, which must not be replaced.
	ErrExists = errors.New("there is one already")
	// ErrChanged: a budget is no longer what somebody saw before deciding.
	ErrChanged = errors.New("changed in the meantime")
)

// BusyError says who holds the store. It wraps [ErrBusy].
type BusyError struct {
	Path   string
	Holder string // "pid 4711 (tokpit sync) since 2026-11-20T15:00:00Z"; "" if not known
}

func (e *BusyError) Error() string {
	if e.Holder == "" {
		return fmt.Sprintf("%v: %s", ErrBusy, e.Path)
	}
	return fmt.Sprintf("%v: %s is held by %s", ErrBusy, e.Path, e.Holder)
}

func (e *BusyError) Unwrap() error { return ErrBusy }
