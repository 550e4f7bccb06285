// Package zed reads the threads that Zed keeps of conversations with its agent.
//
// Zed keeps threads in threads/threads.db in its data: a row for each, with a
// JSON text that is written anew with every turn, and mostly packed with
// Zstandard (data_type). What it says of usage:
//
//   - cumulative_token_usage is the sum of all requests of the thread. Zed has
//     kept it up since 2026; before, it was there and empty.
//   - request_token_usage has, for each message of the user's, the last request
//     that answered it: those before it, for tools, are overwritten, and all are
//     dropped when a message is edited. It is what Zed shows how full the context
//     is by, no account; where there is no sum, it is a lower bound of one.
//   - So what a thread has used is, class by class, the larger of the two, and
//     what counts is how much that has grown since the thread was read last, on
//     the day of its last change. What has become smaller counts nothing, and
//     growth goes on from there. How many requests that were is not known.
//   - Input leaves out what the cache served and stored; output includes thinking.
//     A sub-agent has a thread of its own (parent_id), which is not in its parent's.
//   - Model and provider are those that the thread has now. What Zed serves itself
//     is billed by "zed.dev"; the vendors' prices are an estimate of that. The
//     project is the first directory of the thread, in its own order.
//
// Conversations with other agents inside Zed are in those agents' own logs.
package zed

import (
	"database/sql"
	"path/filepath"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sqlitelog"
)

// Name is the source's name.
const Name = "zed"

// Options says where to look and how.
type Options = agentlog.Options

// New returns the source: Zed's threads on this machine. Each system has a place
// of its own for them.
func New(o Options) *sqlitelog.Databases {
	var places []sqlitelog.Place
	add := func(dir, why string, below ...string) {
		path := filepath.Join(append(append([]string{dir}, below...), "threads", "threads.db")...)
		places = append(places, sqlitelog.Place{Path: path, Why: why})
	}
	if dir, why := o.Data(); dir != "" {
		add(dir, why, "zed")
	}
	if o.Home != "" {
		add(o.Home, "macOS", "Library", "Application Support", "Zed")
	}
	if dir := o.Env("LOCALAPPDATA"); filepath.IsAbs(dir) {
		add(dir, "LOCALAPPDATA", "Zed")
	}
	return &sqlitelog.Databases{Source: Name, Places: places, Now: o.Clock(), Read: func(s *sqlitelog.Session) error {
		t := reader{s: s, out: s.Out(), projects: jsonl.Projects{Home: o.Home}}
		defer t.unpacker.close()
		return t.read()
	}}
}

// reader makes records of threads.
type reader struct {
	s        *sqlitelog.Session
	out      *jsonl.Out
	names    jsonl.Names
	projects jsonl.Projects
	unpacker unpacker
	thread
}

// overlap is how far back rows are read again, in days: a row may be written
// with an earlier time than one that was there before it.
const overlap = 2

func (t *reader) read() error {
	ok, err := t.s.Has("threads", "id", "updated_at", "data_type", "data")
	if err != nil || !ok {
		return err
	}
	more := ", NULL, NULL, NULL"
	if ok, err := t.s.Has("threads", "parent_id", "folder_paths", "folder_paths_order"); err != nil {
		return err
	} else if ok {
		more = ", parent_id, folder_paths, folder_paths_order"
	}
	since, latest := string(t.s.State), string(t.s.State)
	err = t.s.Each("SELECT rowid, id, updated_at, data_type, length(data), CASE WHEN length(data) <= ? THEN data END"+more+
		" FROM threads WHERE updated_at >= ? OR typeof(updated_at) <> 'text'", func(rows *sql.Rows) error {
		var r row
		if err := rows.Scan(&r.number, &r.id, &r.updated, &r.kind, &r.size, &r.data, &r.parent, &r.folders, &r.order); err != nil {
			return err
		}
		at := sqlitelog.Time(r.updated.String)
		if day := t.horizon(at); day > latest {
			latest = day
		}
		if reason := t.add(&r, at); reason != "" {
			t.s.Refuse(r.number, reason)
		}
		return nil
	}, sqlitelog.MaxText, since)
	if err != nil {
		return err
	}
	t.s.State = []byte(latest)
	return nil
}
