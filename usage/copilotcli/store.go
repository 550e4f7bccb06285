package copilotcli

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"time"

	"tokpit/money"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sqlitelog"
)

// epochKey is the cursor that holds the time of the database's oldest row.
const epochKey = "epoch"

// table is where the database keeps usage.
const table = "assistant_usage_events"

// oldest finds the time of the oldest row; the zero time if there is none.
func oldest(s *sqlitelog.Session) (time.Time, error) {
	ok, err := s.Has(table, "created_at")
	if err != nil || !ok {
		return time.Time{}, err
	}
	var first time.Time
	err = s.Each("SELECT min(created_at) FROM "+table, func(rows *sql.Rows) error {
		var text sql.NullString
		if err := rows.Scan(&text); err != nil {
			return err
		}
		first = sqlitelog.Time(text.String)
		return nil
	})
	return first, err
}

// store reads the database.
type store struct {
	home  string
	epoch *sqlitelog.Epoch
}

// read reads the rows after the one that the state names.
func (d *store) read(s *sqlitelog.Session) error {
	ok, err := s.Has(table, "id", "session_id", "model", "input_tokens", "output_tokens", "created_at")
	if err != nil || !ok {
		return err
	}
	have, err := s.Columns(table)
	if err != nil {
		return err
	}
	column := func(name string) string {
		for _, c := range have {
			if c == name {
				return name
			}
		}
		return "NULL"
	}
	if err := d.epoch.Note(s); err != nil {
		return err
	}
	dirs, err := directories(s)
	if err != nil {
		return err
	}
	var last int64
	if len(s.State) == 8 {
		last = int64(binary.BigEndian.Uint64(s.State))
	}
	t := reader{s: s, out: s.Out(), dirs: dirs, projects: jsonl.Projects{Home: d.home}}
	err = s.Each(fmt.Sprintf(`SELECT id, session_id, model, %s, input_tokens, output_tokens, %s, %s, %s, CAST(%s AS INTEGER), created_at FROM %s WHERE id > ? ORDER BY id`,
		column("copilot_usage_model"), column("cache_read_tokens"), column("cache_write_tokens"), column("reasoning_tokens"), column("total_nano_aiu"), table),
		func(rows *sql.Rows) error {
			id, reason, err := t.row(rows)
			if reason != "" {
				s.Refuse(id, reason)
			}
			last = max(last, id)
			return err
		}, last)
	s.State = binary.BigEndian.AppendUint64(nil, uint64(last))
	return err
}

func directories(s *sqlitelog.Session) (map[string]string, error) {
	out := map[string]string{}
	ok, err := s.Has("sessions", "id", "cwd")
	if err != nil || !ok {
		return out, err
	}
	return out, s.Each("SELECT id, cwd FROM sessions", func(rows *sql.Rows) error {
		var id, cwd sql.NullString
		err := rows.Scan(&id, &cwd)
		out[id.String] = cwd.String
		return err
	})
}

// reader makes records of rows.
type reader struct {
	s        *sqlitelog.Session
	out      *jsonl.Out
	dirs     map[string]string
	names    jsonl.Names
	projects jsonl.Projects
}

// perDollar is how many nano-AIU a dollar is, as a power of ten.
const perDollar = 11

func (t *reader) row(rows *sql.Rows) (id int64, reason string, err error) {
	var session, model, billed, created sql.NullString
	var input, output, read, write, thinking sqlitelog.Count
	var cost sql.NullInt64
	if err := rows.Scan(&id, &session, &model, &billed, &input, &output, &read, &write, &thinking, &cost, &created); err != nil {
		return id, "", err
	}
	if reason := sqlitelog.Slip(input, output, read, write, thinking); reason != "" {
		return id, reason, nil
	}
	g := agentlog.Gross{Input: input.N, CacheRead: read.N, CacheWrite: write.N, Output: output.N, Reasoning: thinking.N}
	r := agentlog.Start(Name, "github")
	if reason := g.Fill(&r, agentlog.Inside, sqlitelog.Time(created.String), t.out); reason != "" || r.IsZero() {
		return id, reason, nil
	}
	if cost.Int64 < 0 {
		return id, "total_nano_aiu is negative", nil
	}
	if cost.Int64 > 0 {
		if r.Reported, err = money.Parse(shift(cost.Int64)); err != nil {
			return id, "total_nano_aiu is out of range", nil
		}
		r.Currency = "USD"
	}
	name := billed.String
	if name == "" {
		name = model.String
	}
	r.Model, r.Session = t.names.Of([]byte(name)), t.names.Of([]byte(session.String))
	r.Project = t.projects.Of([]byte(t.dirs[session.String]))
	r.ID = jsonl.ID(fmt.Appendf(nil, "%s/%d", session.String, id))
	t.s.Add(&r)
	return id, "", nil
}

// shift writes nano-AIU as dollars.
func shift(n int64) string {
	text := fmt.Sprintf("%0*d", perDollar+1, n)
	return text[:len(text)-perDollar] + "." + text[len(text)-perDollar:]
}
