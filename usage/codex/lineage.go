package codex

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// lineage knows which conversation was forked from which. It is a
// [jsonl.Planner]: it sees the beginnings of all files that will be read
// before any of them is, and remembers conversations in cursors of its own, so
// that they outlive their logs.
type lineage struct {
	nodes   map[string]node
	changed usage.Cursors

	reader reader // of heads
	lines  *bufio.Reader
	long   []byte // a line that is longer than the buffer
}

// node is one conversation.
type node struct {
	parent string // "" if it was not forked
	logged bool   // its own log has been seen, not only copies of its rows
}

// sessionPrefix begins the cursor keys: the prefix and the conversation's id.
// A value is a version, whether the log was seen, and the parent's id.
const sessionPrefix = "s:"

func newLineage() *lineage {
	return &lineage{nodes: make(map[string]node), changed: usage.Cursors{}, lines: bufio.NewReaderSize(nil, 32<<10)}
}

// Load takes the remembered conversations.
func (l *lineage) Load(cursors usage.Cursors) {
	for key, value := range cursors {
		if len(key) > len(sessionPrefix) && key[:len(sessionPrefix)] == sessionPrefix && len(value) >= 2 && value[0] == 1 {
			l.nodes[key[len(sessionPrefix):]] = node{parent: string(value[2:]), logged: value[1] == 1}
		}
	}
}

// maxHead is how much of a fork is searched for its ancestors' session_meta.
const maxHead = 8 << 20

// Head learns from the session_meta that a log begins with. A fork's log goes
// on with a copy of its parent's, which begins with the parent's session_meta,
// and so on; they all come before the first count.
func (l *lineage) Head(src io.Reader) {
	l.lines.Reset(io.LimitReader(src, maxHead))
	for own := true; ; own = false {
		line, ended := l.line()
		if !ended && jsonscan.Valid(line) != nil {
			return
		}
		switch kind := l.reader.read(line); {
		case kind == kindMeta && l.reader.Err() == nil && len(l.reader.meta.id) > 0:
			l.learn(jsonl.ID(l.reader.meta.id), parentOf(&l.reader.meta), own)
			if own && len(l.reader.meta.forkedFrom) == 0 {
				return
			}
		case own, kind == kindCount && l.reader.count.there, kind == kindRecord:
			return
		}
	}
}

// line returns the next line, and whether a line break ended it.
func (l *lineage) line() ([]byte, bool) {
	l.long = l.long[:0]
	for {
		part, err := l.lines.ReadSlice('\n')
		if err == nil && len(l.long) == 0 {
			return part, true
		}
		l.long = append(l.long, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return l.long, err == nil
		}
	}
}

func parentOf(m *meta) string {
	if len(m.forkedFrom) == 0 || bytes.Equal(m.forkedFrom, m.id) {
		return ""
	}
	return jsonl.ID(m.forkedFrom)
}

func (l *lineage) learn(id, parent string, logged bool) {
	old, known := l.nodes[id]
	n := old
	n.logged = n.logged || logged
	if n.parent == "" {
		n.parent = parent
	}
	if known && n == old {
		return
	}
	l.nodes[id] = n
	value := []byte{1, 0}
	if n.logged {
		value[1] = 1
	}
	l.changed[sessionPrefix+id] = append(value, n.parent...)
}

// Planned does nothing: all there is to know is known.
func (l *lineage) Planned() {}

// Changed returns what was learned since Load.
func (l *lineage) Changed() usage.Cursors { return l.changed }

// Stale reports whether records that a file gave have to change, because its
// family goes further back than was known, or its parent has turned up.
func (l *lineage) Stale(left []byte) bool {
	var s state
	if !s.decode(left) || s.parent == "" {
		return false
	}
	return s.root != "" && s.root != l.root(s.id) || s.orphan && l.logged(s.parent)
}

// logged reports whether a conversation's own log has been seen.
func (l *lineage) logged(id string) bool { return l.nodes[id].logged }

// root returns the oldest known ancestor. In a circle, which only a forged log
// has, that is the member with the smallest id.
func (l *lineage) root(id string) string {
	seen := map[string]bool{}
	for !seen[id] {
		seen[id] = true
		p := l.nodes[id].parent
		if p == "" {
			return id
		}
		id = p
	}
	least := id
	for p := l.nodes[id].parent; p != id; p = l.nodes[p].parent {
		least = min(least, p)
	}
	return least
}
