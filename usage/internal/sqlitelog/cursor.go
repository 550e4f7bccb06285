package sqlitelog

import (
	"encoding/binary"
	"os"
)

// stamp is what a stat says about a file; zero if there is none.
type stamp struct{ size, mtime int64 }

// appearance is what stats say about a database and its log.
type appearance struct {
	db, wal stamp
	journal int64 // size of the rollback journal
}

func (a appearance) size() int64 { return a.db.size + a.wal.size }

func look(path string) appearance {
	a := appearance{db: stampOf(path), wal: stampOf(path + "-wal")}
	a.journal = stampOf(path + "-journal").size
	return a
}

func stampOf(path string) stamp {
	fi, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{fi.Size(), fi.ModTime().UnixNano()}
}

// cursor is how far a database has been read.
type cursor struct {
	look  appearance
	bad   bool // some of it is quarantined
	state []byte
}

const cursorVersion = 1

func (c *cursor) encode() []byte {
	b := []byte{cursorVersion, 0}
	if c.bad {
		b[1] = 1
	}
	for _, n := range []int64{c.look.db.size, c.look.db.mtime, c.look.wal.size, c.look.wal.mtime, c.look.journal} {
		b = binary.AppendVarint(b, n)
	}
	return append(b, c.state...)
}

// decodeCursor returns false for a value that is none, or damaged: the
// database is then read from the start.
func decodeCursor(b []byte) (c cursor, ok bool) {
	if len(b) < 2 || b[0] != cursorVersion {
		return cursor{bad: len(b) > 0}, false
	}
	c.bad, b = b[1] == 1, b[2:]
	for _, p := range []*int64{&c.look.db.size, &c.look.db.mtime, &c.look.wal.size, &c.look.wal.mtime, &c.look.journal} {
		n, w := binary.Varint(b)
		if w <= 0 {
			return cursor{bad: true}, false
		}
		*p, b = n, b[w:]
	}
	c.state = b
	return c, true
}
