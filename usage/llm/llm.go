// Package llm reads what the command-line tool llm keeps of its requests.
//
// llm keeps logs.db. Requests are rows of responses in older versions, and of
// turns in newer ones; both are read. The rules:
//
//   - A row is one request, named by its id. Rows are never changed.
//   - Input includes what the cache served where token_details has OpenAI's
//     prompt_tokens_details; where it has Anthropic's cache_read_input_tokens
//     and cache_creation_input_tokens, these stand beside input.
//   - Output includes thinking, which token_details may name.
//   - The model is the one that answered (resolved_model), else the one that was
//     asked. Its provider is not recorded.
package llm

import (
	"database/sql"
	"path/filepath"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
	"tokpit/usage/internal/sqlitelog"
)

// Name is the source's name.
const Name = "llm"

// Options says where to look and how.
type Options = agentlog.Options

// New returns the source: llm's log on this machine.
func New(o Options) *sqlitelog.Databases {
	var places []sqlitelog.Place
	if dir := o.Env("LLM_USER_PATH"); dir != "" {
		places = []sqlitelog.Place{{Path: filepath.Join(o.Expand(dir), "logs.db"), Why: "LLM_USER_PATH"}}
	} else if o.Home != "" {
		const folder = "io.datasette.llm"
		config := filepath.Join(o.Home, ".config")
		if xdg := o.Env("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) {
			config = xdg
		}
		places = []sqlitelog.Place{{Path: filepath.Join(config, folder, "logs.db"), Why: "default"},
			{Path: filepath.Join(o.Home, "Library", "Application Support", folder, "logs.db"), Why: "default"}}
	}
	return &sqlitelog.Databases{Source: Name, Places: places, Now: o.Clock(), Read: func(s *sqlitelog.Session) error {
		t := reader{s: s, out: s.Out()}
		return t.read()
	}}
}

// reader makes records of rows.
type reader struct {
	s      *sqlitelog.Session
	out    *jsonl.Out
	names  jsonl.Names
	fields agentlog.Fields
}

// read reads the rows since the day before the last one that was seen, which is
// the state.
func (t *reader) read() error {
	since, latest := string(t.s.State), string(t.s.State)
	if at := sqlitelog.Time(since); !at.IsZero() {
		since = at.AddDate(0, 0, -1).Format("2006-01-02")
	}
	now := t.s.Now().UTC().Format("2006-01-02T15:04:05")
	for _, table := range []string{"responses", "turns"} {
		session := "thread_id"
		if table == "responses" {
			session = "conversation_id"
		}
		ok, err := t.s.Has(table, "id", "model", "resolved_model", session, "input_tokens", "output_tokens", "token_details", "datetime_utc")
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		err = t.s.Each("SELECT rowid, id, model, resolved_model, "+session+", input_tokens, output_tokens, token_details, datetime_utc FROM "+table+
			" WHERE datetime_utc >= ? OR datetime_utc IS NULL", func(rows *sql.Rows) error {
			row, at, reason, err := t.row(rows)
			if reason != "" {
				t.s.Refuse(row, reason)
			}
			latest = max(latest, min(at, now))
			return err
		}, since)
		if err != nil {
			return err
		}
	}
	t.s.State = []byte(latest)
	return nil
}

func (t *reader) row(rows *sql.Rows) (row int64, at, reason string, err error) {
	var id, model, resolved, session, details, stamp sql.NullString
	var input, output sqlitelog.Count
	if err := rows.Scan(&row, &id, &model, &resolved, &session, &input, &output, &details, &stamp); err != nil {
		return row, "", "", err
	}
	if reason := sqlitelog.Slip(input, output); reason != "" {
		return row, stamp.String, reason, nil
	}
	if !input.Valid && !output.Valid {
		return row, stamp.String, "", nil
	}
	g := agentlog.Gross{Input: input.N, Output: output.N}
	if reason := t.details(details.String, &g); reason != "" {
		return row, stamp.String, reason, nil
	}
	r := agentlog.Start(Name, "")
	if reason := g.Fill(&r, agentlog.Inside, sqlitelog.Time(stamp.String), t.out); reason != "" || r.IsZero() {
		return row, "", reason, nil
	}
	if r.Model = t.names.Of([]byte(resolved.String)); r.Model == "" {
		r.Model = t.names.Of([]byte(model.String))
	}
	r.Session, r.ID = t.names.Of([]byte(session.String)), jsonl.ID([]byte(id.String))
	if id.String == "" {
		r.ID = agentlog.HashID("llm", r.Start.UnixMilli(), r.Model, r.Tokens)
	}
	t.s.Add(&r)
	return row, stamp.String, "", nil
}

// details reads what token_details says of parts.
func (t *reader) details(text string, g *agentlog.Gross) string {
	f := &t.fields
	f.Read([]byte(text))
	if f.Kind() != jsonscan.Object {
		return ""
	}
	part := func(name string, n *int64) func(string) bool {
		return func(key string) bool {
			if key != name {
				return false
			}
			*n = f.Tokens(key)
			return true
		}
	}
	f.Members("token_details", func(key string) bool {
		switch key {
		case "prompt_tokens_details", "input_tokens_details":
			return f.Kind() == jsonscan.Object && f.Members(key, part("cached_tokens", &g.CacheRead))
		case "completion_tokens_details", "output_tokens_details":
			return f.Kind() == jsonscan.Object && f.Members(key, part("reasoning_tokens", &g.Reasoning))
		case "cache_read_input_tokens":
			g.Apart = true
			g.CacheRead = f.Tokens(key)
		case "cache_creation_input_tokens":
			g.Apart = true
			g.CacheWrite = f.Tokens(key)
		default:
			return false
		}
		return true
	})
	if f.End() != nil {
		return "token_details is not JSON"
	}
	return f.Bad
}
