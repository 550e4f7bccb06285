// Package goose reads what goose keeps of its conversations.
//
// goose keeps sessions in sessions/sessions.db. A session's accumulated_*
// columns are the sums of all its requests; input_tokens and the like are the
// last request's, and say nothing about the rest. So what counts is how the sums
// have grown since they were read last: a session that is read each day has
// figures of each day, one that is read late has all of them on its last day.
//
// How many requests a step stands for is not known, nor how much of the input a
// cache served: all of it counts as input. The model and the provider are those
// that the session has now.
package goose

import (
	"database/sql"
	"encoding/json"
	"path/filepath"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sqlitelog"
)

// Name is the source's name.
const Name = "goose"

// Options says where to look and how.
type Options = agentlog.Options

// New returns the source: goose's sessions on this machine.
func New(o Options) *sqlitelog.Databases {
	var places []sqlitelog.Place
	if root := o.Env("GOOSE_PATH_ROOT"); root != "" {
		root = filepath.Clean(o.Expand(root))
		for _, below := range []string{"data", "."} {
			places = append(places, sqlitelog.Place{Path: filepath.Join(root, below, "sessions", "sessions.db"), Why: "GOOSE_PATH_ROOT"})
		}
	} else if dir, why := o.Data(); dir != "" {
		places = []sqlitelog.Place{{Path: filepath.Join(dir, "goose", "sessions", "sessions.db"), Why: why}}
	}
	return &sqlitelog.Databases{Source: Name, Places: places, Now: o.Clock(), Read: func(s *sqlitelog.Session) error {
		t := reader{s: s, out: s.Out(), projects: jsonl.Projects{Home: o.Home}}
		return t.read()
	}}
}

// reader makes records of sessions.
type reader struct {
	s        *sqlitelog.Session
	out      *jsonl.Out
	names    jsonl.Names
	projects jsonl.Projects
}

func (t *reader) read() error {
	ok, err := t.s.Has("sessions", "id", "updated_at", "accumulated_total_tokens", "accumulated_input_tokens", "accumulated_output_tokens",
		"working_dir", "provider_name", "model_config_json")
	if err != nil || !ok {
		return err
	}
	return t.s.Each(`SELECT rowid, id, CAST(updated_at AS TEXT), accumulated_total_tokens, accumulated_input_tokens, accumulated_output_tokens,
		working_dir, provider_name, model_config_json FROM sessions`, func(rows *sql.Rows) error {
		var row int64
		var id, updated, dir, provider, config sql.NullString
		var total, input, output sqlitelog.Count
		if err := rows.Scan(&row, &id, &updated, &total, &input, &output, &dir, &provider, &config); err != nil {
			return err
		}
		if reason := sqlitelog.Slip(total, input, output); reason != "" {
			t.s.Refuse(row, reason)
			return nil
		}
		if !input.Valid && !output.Valid {
			return nil
		}
		at := sqlitelog.Time(updated.String)
		if reason := t.out.CheckTime(at); reason != "" {
			t.s.Refuse(row, reason)
			return nil
		}
		grown, steady := t.s.Delta(id.String, []int64{input.N, output.N})
		if grown[0]+grown[1] == 0 {
			return nil
		}
		r := t.record(id.String, at, grown)
		if r.Model = t.model(config.String); !steady || total.N != input.N+output.N && total.Valid {
			r.Flags |= usage.FlagTotalMismatch
		}
		r.Provider, r.Project = t.names.Of([]byte(provider.String)), t.projects.Of([]byte(dir.String))
		r.ID = agentlog.HashID("goose", id.String, input.N, output.N, grown)
		t.s.Add(&r)
		return nil
	})
}

// record is of a step of a session.
func (t *reader) record(session string, at time.Time, grown []int64) usage.Record {
	r := agentlog.Start(Name, "")
	r.Start, r.Session = at, t.names.Of([]byte(session))
	r.Tokens = usage.Tokens{Input: grown[0], Output: grown[1]}
	r.Requests, r.Context = usage.Absent, usage.Absent
	r.Flags = usage.FlagSeveralRequests
	return r
}

func (t *reader) model(config string) string {
	var c struct {
		Model string `json:"model_name"`
	}
	if json.Unmarshal([]byte(config), &c) != nil {
		return ""
	}
	return t.names.Of([]byte(c.Model))
}
