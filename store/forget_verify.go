package store

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// String is a line of a row "redact trail".
func (r *redactedRow) String() string { return fmt.Sprintf("%d %s %s", r.n, r.hash, r.says) }

func parseRedacted(line string) (r redactedRow, ok bool) {
	words := strings.Fields(line)
	if len(words) != 3 {
		return r, false
	}
	n, err := strconv.ParseUint(words[0], 10, 64)
	hash, err1 := hex.DecodeString(words[1])
	says, err2 := hex.DecodeString(words[2])
	ok = err == nil && err1 == nil && err2 == nil && len(hash) == len(r.hash) && len(says) == len(r.says)
	r.n = n
	copy(r.hash[:], hash)
	copy(r.says[:], says)
	return r, ok
}

// redactions holds rows that were redacted against the rows that say so.
type redactions struct {
	is, listed map[uint64]redactedRow
}

func newRedactions() *redactions {
	return &redactions{make(map[uint64]redactedRow), make(map[uint64]redactedRow)}
}

// note takes a row of the trail.
func (x *redactions) note(c *AuditCheck, r *AuditRow) {
	if r.Redacted {
		x.is[r.N] = redactedRow{r.N, r.Hash, r.hash()}
	}
	if r.What != AuditRedact {
		return
	}
	for line := range strings.SplitSeq(r.After, "\n") {
		row, ok := parseRedacted(line)
		if !ok || row.n >= r.N {
			c.problem("row %d lists redacted rows that cannot be", r.N)
			return
		}
		x.listed[row.n] = row // a later redaction of the same row counts
	}
}

// verify says what does not fit.
func (x *redactions) verify(c *AuditCheck) {
	for n, is := range x.is {
		if row, ok := x.listed[n]; !ok {
			c.problem("row %d is redacted, and no row says by whom", n)
		} else if row != is {
			c.problem("row %d is not what was left of it when it was redacted", n)
		}
	}
	for n := range x.listed {
		if _, ok := x.is[n]; !ok {
			c.problem("row %d was redacted, and is not any more", n)
		}
	}
}
