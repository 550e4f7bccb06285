package codex

import (
	"bytes"

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
	return &lineage{nodes: make(map[string]node), changed: usage.Cursors{}}
}

// Load takes the remembered conversations.
func (l *lineage) Load(cursors usage.Cursors) {
	for key, value := range cursors {
		if len(key) > len(sessionPrefix) && key[:len(sessionPrefix)] == sessionPrefix && len(value) >= 2 && value[0] == 1 {
			l.nodes[key[len(sessionPrefix):]] = node{parent: string(value[2:]), logged: value[1] == 1}
		}
	}
}

// Head learns from the session_meta rows that a file begins with: the first is
// its own, further ones were copied from its ancestors.
func (l *lineage) Head(head []byte) {
	var r reader
	for own := true; ; own = false {
		line, rest, more := bytes.Cut(head, []byte("\n"))
		if !more && jsonscan.Valid(line) != nil || r.read(line) != kindMeta || r.Err() != nil {
			return
		}
		m := r.meta
		if len(m.id) == 0 {
			return
		}
		l.learn(jsonl.ID(m.id), parentOf(&m), own)
		if head = rest; !more {
			return
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
