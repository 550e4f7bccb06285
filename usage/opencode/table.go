package opencode

import (
	"database/sql"
	"encoding/binary"

	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sqlitelog"
)

// table reads the tables of messages.
type table struct {
	maker
	*sqlitelog.Session
	out    *jsonl.Out
	parent map[string]bool   // sessions that have a parent
	dir    map[string][]byte // directories of sessions
}

// overlap is how far before the last change that was seen messages are read
// again, in milliseconds: a clock may have been set back, and a message may
// have been written in the same moment as another.
const overlap = 10 * 60 * 1000

// read reads what has changed since the state, which is the largest
// time_updated seen.
func (t *table) read() error {
	t.out = t.Session.Out()
	var since int64
	if len(t.State) == 8 {
		since = int64(binary.BigEndian.Uint64(t.State))
	}
	latest := since
	if err := t.sessions(); err != nil {
		return err
	}
	for _, q := range []struct{ table, where string }{{"message", "1"}, {"session_message", "type = 'assistant'"}} {
		ok, err := t.Has(q.table, "id", "session_id", "time_updated", "data")
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		err = t.Each("SELECT rowid, id, session_id, time_updated, CASE WHEN length(data) <= ? THEN data END FROM "+q.table+
			" WHERE time_updated >= ? AND "+q.where, func(rows *sql.Rows) error {
			var row, updated int64
			var id, session sql.NullString
			var data []byte
			if err := rows.Scan(&row, &id, &session, &updated, &data); err != nil {
				return err
			}
			latest = max(latest, min(updated, t.limit()))
			if reason := t.add(id.String, session.String, data, q.table == "session_message"); reason != "" {
				t.Refuse(row, reason)
			}
			return nil
		}, sqlitelog.MaxText, max(0, since-overlap))
		if err != nil {
			return err
		}
	}
	t.State = binary.BigEndian.AppendUint64(nil, uint64(latest))
	return nil
}

// limit keeps a message from the future from hiding those that are to come.
func (t *table) limit() int64 { return t.Now().UnixMilli() }

// sessions learns which sessions have a parent, and where each works.
func (t *table) sessions() error {
	t.parent, t.dir = map[string]bool{}, map[string][]byte{}
	for _, name := range []string{"session", "session_v2"} {
		ok, err := t.Has(name, "id", "parent_id", "directory")
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		err = t.Each("SELECT id, parent_id, directory FROM "+name, func(rows *sql.Rows) error {
			var id, parent, dir sql.NullString
			if err := rows.Scan(&id, &parent, &dir); err != nil {
				return err
			}
			t.parent[id.String] = parent.String != ""
			t.dir[id.String] = []byte(dir.String)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// add takes one message.
func (t *table) add(id, session string, data []byte, assistant bool) string {
	if data == nil {
		return "message is too long"
	}
	if err := t.take(data); err != nil {
		return err.Error()
	}
	t.id, t.session = []byte(id), []byte(session)
	if assistant {
		t.role = []byte("assistant")
	}
	if len(t.cwd) == 0 {
		t.cwd = t.dir[session]
	}
	r, some, reason := t.record(t.out)
	if !some {
		return reason
	}
	if t.parent[session] {
		r.Agent = t.names.Of(t.agent)
	}
	if own := jsonl.ID(t.id); r.ID != own && t.Again {
		t.Remove(own, r.Start)
	}
	t.Add(&r)
	return ""
}
