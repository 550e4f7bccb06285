// Package bundle moves usage from one machine's store to another's in a file,
// without a server: [Writer] writes one, [Open] reads and verifies one, and a
// [Part] of it is a [usage.Source] that goes the way of all others, through the
// door of package ingest.
//
// # The file
//
// A bundle is one gzip member (RFC 1952, without name and time) of JSON Lines:
// UTF-8, one object per line, each ended by a line feed. What a line is, its
// first member says:
//
//	{"schema":"tokpit.bundle/1","minor":0,"machine":"laptop",…}   the header, first
//	{"connection":"claude-code","role":"log",…}                   what follows is of this connection
//	{"covered":"reported","provider":"openai",…}                  days that were read in full
//	{"entity":"project","id":"proj_1","names":[…],…}              what something is called
//	{"gone":"5f0c…","turns":1}                                    a record that was taken back
//	{"day":"2026-11-03","as_of":"…","store":"…"}                  what a provider said about that day follows
//	{"dims":0,"source":"claude-code","model":"…",…}               what records belong to
//	{"id":"msg_1","start":"…","dims":0,"requests":1,"context":1200,"input":1200,"output":80}
//	{"end":{"lines":41,"records":12,"sha256":"…"}}                the trailer, last
//
// Instants are RFC 3339 in UTC, to the millisecond. Counts are whole numbers; one
// that a source does not give is null (requests, context), a token class that is
// not there is 0. Money is a decimal in a string, beside its currency. A text, an
// instant or a list that is not there is empty. The lines of a connection stand
// in the order above, records by start, id and slice; dims are numbered from 0
// up and may begin at 0 again, which forgets the ones before. The trailer counts
// the lines before it, and the records, and has the SHA-256 of all bytes before
// it. Behind the gzip member comes nothing.
//
// A reader refuses what it does not know, a line or a member of one: to leave
// out what a newer tokpit found worth counting would make two machines disagree.
// Minor says which additions the writer knew, for the message.
//
// Of one revision of a store every export with the same choice has the same
// bytes.
//
// # What makes totals agree
//
// Records of logs and imports are merged by id into the connection of the same
// name. The id comes from content, [usage.Fold] does not care for order, and what
// was taken back stays gone by counting turns ([usage.Fate]); so stores that have
// exchanged what they know say the same, in any order and however often.
//
// A provider's figures are revised by the provider, so of two exports the newer
// one is right: they travel by UTC day, each with the instant at which the store
// that asked the provider last learned something. A day replaces an older one
// and never a newer one, in one commit, whichever way it came.
//
// Decisions, alerts, prices, cursors and keys are not in a bundle.
package bundle

import (
	"errors"
	"time"

	"tokpit/usage"
)

// Schema is the form of file that this package writes and reads.
const Schema = "tokpit.bundle/1"

// Minor is the additions to the form that this package knows.
const Minor = 0

// ErrDamaged is wrapped by the errors of a file that is no whole bundle; nothing
// of it is used.
var ErrDamaged = errors.New("not a whole bundle")

// ErrForeign is wrapped by the errors of a file that is no bundle at all.
var ErrForeign = errors.New("not a bundle")

// ErrNewer is wrapped by the errors of a bundle that holds what only a newer
// tokpit knows.
var ErrNewer = errors.New("made by a newer tokpit")

// Header says where a bundle comes from.
type Header struct {
	Machine  string // label of the machine that exported
	Store    string // random name of its store, which tells machines of one label apart
	Revision uint64 // of that store
	// AsOf is when what is in the bundle last changed; zero if that is not known.
	AsOf time.Time
	// Span is what was chosen; open ends are everything.
	Span  usage.Span
	minor int64
}

// Role is how the records of a connection are brought together.
type Role string

// The roles.
const (
	Log      Role = "log"      // of an agent: merged by id
	Import   Role = "import"   // files that a person brought in: merged by id
	Provider Role = "provider" // figures of a provider or gateway: the newest count
)

// Connection is where records come from.
type Connection struct {
	Name string
	Role Role
	// Of a provider: its type and account, and the machine and the store that ask it.
	Type, Account, Machine, Store string
}

// Version is how new a provider's figures for a day are: when the store that
// asked last learned something, and which store that is.
type Version struct {
	AsOf  time.Time
	Store string
}

// Newer reports whether v replaces w. Two stores that ask the same provider at
// the same moment are told apart by their names, so that all agree.
func (v Version) Newer(w Version) bool {
	if c := v.AsOf.Compare(w.AsOf); c != 0 {
		return c > 0
	}
	return v.Store > w.Store
}

// limits of what is believed of a file.
const (
	maxLine  = 1 << 20  // bytes of a line
	maxText  = 16 << 30 // bytes of all lines
	maxDims  = 1 << 16  // sets at a time
	chunkOf  = 256 << 10
	batchOf  = 16_384 // records of a batch
	freeText = 64 << 20
	maxRatio = 400 // of a text to its file, beyond freeText
)

const layout = "2006-01-02T15:04:05.000Z"
