package usage

import (
	"context"
	"time"
)

// Source reads usage from one place. Pull emits everything that is new since
// the cursors it is given, in batches that can be committed one by one: the
// cursors of a batch describe a state in which exactly the records emitted so
// far have been read. Pull stops at the first error of emit, and returns the
// context's error soon after ctx ends. It reports a bad row in a batch's
// Quarantined and goes on; it returns an error only if it cannot go on.
//
// Batches need not be small, but a source must bound its memory: about 50,000
// records at most.
type Source interface {
	// Name is the source's name in the store and in `--by source`: the tool or
	// vendor in lower case with dashes.
	Name() string
	Pull(ctx context.Context, cursors Cursors, emit func(Batch) error) (Report, error)
}

// Cursors is what a source remembers between pulls, by keys of its own choice
// (a file's path, an endpoint). Values are opaque to everybody else.
type Cursors map[string][]byte

// Batch is a set of changes that a store commits as one.
type Batch struct {
	Records []Record
	Slices  []Slice
	// Cursors to set; a nil value deletes.
	Cursors Cursors
	// Quarantined rows to remember, and files whose earlier quarantined rows
	// are forgotten first, because they were read again from the start.
	Quarantined []Quarantined
	Reread      []string
	// Removed are records that the source emitted under IDs that have turned
	// out to be wrong (a conversation's true ancestor became known). A store
	// deletes them before it adds Records, and ignores those it does not have. In a
	// merged batch they are those that another reading takes the place of, which
	// may come again.
	Removed []Removed

	// Merged marks a batch that comes out of another store. Its records count only
	// as far as the receiving store has not learned that they were taken back; what
	// the other store knows of that is in Fates. See [Fate].
	Merged bool
	Fates  []Fate

	// Covered is what has now been read in full; it is added to what the
	// connection has covered before.
	Covered []Coverage
	// Entities are the names of what usage belongs to, as they are at NamedAt. A
	// store keeps earlier names: a rename never rewrites history.
	Entities []Entity
	NamedAt  time.Time
	// Standing replaces what was known of the account itself; nil leaves it.
	Standing *Standing
}

// Removed names a record to delete. Start is when the source saw it; the
// stored record may begin earlier, if another copy owns it.
type Removed struct {
	ID    string
	Start time.Time
}

// Fate is how often a record has turned: an odd count is a record that was taken
// back, an even one a record that came again after that (or, with two turns, one
// that another took the place of). A store counts the turns of the few records
// that have any. Of two stores the one that has seen more turns of a record is
// right about it, and copies of one that has turned as often are folded: so
// stores that tell each other what they know agree, whatever the order.
type Fate struct {
	ID  string // of a record of the same batch; "" for one that is gone
	Key string // stands for the id where that is not kept, as a store gives it
	// Turns is at least 1 and at most [MaxTurns].
	Turns int64
}

// MaxTurns is how often a record may turn.
const MaxTurns = 1 << 20

// Slice replaces everything that a source said about one provider bucket: the
// records whose Slice is Kind and whose Start is Start. Records may be empty.
type Slice struct {
	Kind    string // "completions/1h"
	Start   time.Time
	Records []Record
}

// Quarantined is a row that could not be counted. The file name and reason are
// harmless text; the row itself is not kept.
type Quarantined struct {
	Source string
	File   string
	Line   int64 // from 1; 0 for the file as a whole
	Reason string
}

// Report says what a pull did. Counts cover the pull, not the store.
type Report struct {
	Files     int64 // files looked at
	Read      int64 // files that had something new
	BytesRead int64
	Rows      int64 // usage rows read, copies included
	Folded    int64 // rows that were folded into another before they were emitted
	Pending   int64 // files that end in an unfinished line
	Places    []Place
}

// Place is somewhere that a source looked.
type Place struct {
	Path  string
	Why   string // "CLAUDE_CONFIG_DIR", "default", …
	Found bool
	Files int64
	Err   error
}

// Receipt says what a store made of a batch.
type Receipt struct {
	Added      int64 // new records
	Replaced   int64 // records that a better copy changed
	Duplicates int64 // copies that changed nothing
	TooOld     int64 // records of days that the store keeps no records of any more: refused
	Revision   uint64
}

// Actor is who makes a change.
type Actor struct {
	Name, Via string
	Reader    bool // may look at everything and change nothing
}

// Local is the person at this terminal.
func Local() Actor { return Actor{Via: "local"} }
