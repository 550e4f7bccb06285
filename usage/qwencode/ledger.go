package qwencode

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
)

// ledger knows since when the ledger tells of each session. It is asked from
// several goroutines.
type ledger struct {
	dir string

	mu    sync.Mutex
	first map[string]time.Time
	read  time.Time // when it was read last
}

// slack is how much earlier than its row in the ledger a request may be dated
// in a conversation.
const slack = 2 * time.Second

// has reports whether the ledger has what a session used at an instant. The
// ledger's row is written before the conversation's; it is read again for a row
// that is younger than what was read, so that a session which begins meanwhile
// is not counted twice.
func (l *ledger) has(session string, at time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dir == "" {
		return false
	}
	if l.first == nil {
		l.load()
	}
	first, known := l.first[session]
	if !known && at.After(l.read.Add(-time.Minute)) && time.Since(l.read) > time.Second {
		l.load()
		first, known = l.first[session]
	}
	return known && !at.Before(first.Add(-slack))
}

func (l *ledger) load() {
	l.first, l.read = make(map[string]time.Time), time.Now()
	files, err := filepath.Glob(filepath.Join(l.dir, "token-usage-*.jsonl"))
	if err != nil {
		return
	}
	for _, path := range files {
		l.scan(path)
	}
}

// maxEntry bounds a row of the ledger, which has about 400 bytes.
const maxEntry = 1 << 20

func (l *ledger) scan(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), maxEntry)
	var e entry
	for lines.Scan() {
		if row := bytes.TrimSpace(lines.Bytes()); len(row) == 0 || row[0] != '{' || e.take(row) != nil {
			continue
		}
		at := jsonl.Time(e.stamp)
		if at.IsZero() {
			continue
		}
		if first, known := l.first[string(e.session)]; !known || at.Before(first) {
			l.first[string(e.session)] = at
		}
	}
}

// entry is a row of the ledger.
type entry struct {
	fields                                  agentlog.Fields
	id, stamp, session, model, auth, source []byte
	gross                                   agentlog.Gross
}

// take reads a row. It returns an error if it is no JSON.
func (e *entry) take(row []byte) error {
	*e = entry{fields: e.fields}
	f, g := &e.fields, &e.gross
	f.Read(row)
	f.Members("row", func(key string) bool {
		switch key {
		case "id":
			e.id = f.Lenient()
		case "timestamp":
			e.stamp = f.Lenient()
		case "sessionId":
			e.session = f.Lenient()
		case "model":
			e.model = f.Strict(key)
		case "authType":
			e.auth = f.Lenient()
		case "source":
			e.source = f.Lenient()
		case "inputTokens":
			g.Input = f.Tokens(key)
		case "outputTokens":
			g.Output = f.Tokens(key)
		case "cachedTokens":
			g.CacheRead = f.Tokens(key)
		case "thoughtsTokens":
			g.Reasoning = f.Tokens(key)
		case "totalTokens":
			g.Total = f.Tokens(key)
			g.Told = g.Total > 0
		default:
			return false
		}
		return true
	})
	return f.End()
}
