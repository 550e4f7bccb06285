// Package crush reads what Crush keeps of its conversations.
//
// Crush keeps a database for each project, .crush/crush.db in its directory,
// and a list of projects in crush/projects.json in the user's data. The rules:
//
//   - cost grows with every step of a session, and a session's cost includes
//     that of the sub-agents it started. So the sessions without a parent count,
//     and their children do not: adding both counts the children twice.
//   - prompt_tokens and completion_tokens are those of the last step alone; each
//     step overwrites them. They are a lower bound of what was used, and
//     flagged as one; the cost is exact, as far as Crush knows prices.
//   - What counts is how much the cost has grown since it was read last, on the
//     day of the last change. Where no price is known there is no cost: then each
//     last step that is met counts.
//   - updated_at is in seconds where a trigger wrote it, and created_at is in
//     milliseconds in some versions.
//   - Model and provider are those of the session's latest answer.
package crush

import (
	"database/sql"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sqlitelog"
)

// Name is the source's name.
const Name = "crush"

// Options says where to look and how.
type Options = agentlog.Options

// maxProjects bounds the list of projects, and maxList its file, in bytes.
const (
	maxProjects = 1000
	maxList     = 4 << 20
)

// New returns the source: Crush's sessions in the projects that it lists.
func New(o Options) *sqlitelog.Databases {
	d := &sqlitelog.Databases{Source: Name, Now: o.Clock()}
	if dir, why := o.Data(); dir != "" {
		list := filepath.Join(dir, "crush", "projects.json")
		d.Places = []sqlitelog.Place{{Path: filepath.Join(dir, "crush", "crush.db"), Why: why}}
		d.More = func() []sqlitelog.Place { return listed(list) }
	}
	d.Read = func(s *sqlitelog.Session) error {
		project := filepath.Dir(filepath.Dir(s.Path))
		if filepath.Base(filepath.Dir(s.Path)) != ".crush" {
			project = ""
		}
		t := reader{s: s, out: s.Out(), project: (&jsonl.Projects{Home: o.Home}).Of([]byte(project))}
		return t.read()
	}
	return d
}

// listed reads the list of projects: objects with a path and, if it is not
// below it, a data directory. What it cannot read it does not know.
func listed(path string) []sqlitelog.Place {
	fi, err := os.Stat(path)
	if err != nil || !fi.Mode().IsRegular() || fi.Size() > maxList {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	type project struct {
		Path string `json:"path"`
		Data string `json:"data_dir"`
	}
	var list struct {
		Projects []project `json:"projects"`
	}
	if json.Unmarshal(text, &list) != nil && json.Unmarshal(text, &list.Projects) != nil {
		return nil
	}
	var out []sqlitelog.Place
	for _, p := range list.Projects {
		dir := p.Data
		if dir == "" {
			dir = ".crush"
		}
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(p.Path, dir)
		}
		if filepath.IsAbs(dir) && len(out) < maxProjects {
			out = append(out, sqlitelog.Place{Path: filepath.Join(dir, "crush.db"), Why: "projects.json"})
		}
	}
	return out
}

// reader makes records of sessions.
type reader struct {
	s       *sqlitelog.Session
	out     *jsonl.Out
	names   jsonl.Names
	project string
}

func (t *reader) read() error {
	ok, err := t.s.Has("sessions", "id", "parent_session_id", "prompt_tokens", "completion_tokens", "cost", "updated_at")
	if err != nil || !ok {
		return err
	}
	model := "NULL, NULL"
	if ok, err := t.s.Has("messages", "session_id", "role", "model", "provider", "created_at"); err != nil {
		return err
	} else if ok {
		const latest = " FROM messages m WHERE m.session_id = s.id AND m.model <> '' ORDER BY m.created_at DESC, m.rowid DESC LIMIT 1)"
		model = "(SELECT m.model" + latest + ", (SELECT m.provider" + latest
	}
	return t.s.Each("SELECT s.rowid, s.id, s.prompt_tokens, s.completion_tokens, CAST(s.cost AS REAL), CAST(s.updated_at AS INTEGER), "+model+
		" FROM sessions s WHERE coalesce(s.parent_session_id, '') = ''", func(rows *sql.Rows) error {
		row, reason, err := t.session(rows)
		if reason != "" {
			t.s.Refuse(row, reason)
		}
		return err
	})
}

// maxCost is the largest believable cost of a session, in dollars.
const maxCost = 1e6

// perDollar is the unit that a cost is kept in between pulls.
const perDollar = 1e9

func (t *reader) session(rows *sql.Rows) (row int64, reason string, err error) {
	var id, model, provider sql.NullString
	var prompt, completion sqlitelog.Count
	var updated sql.NullInt64
	var cost sql.NullFloat64
	if err := rows.Scan(&row, &id, &prompt, &completion, &cost, &updated, &model, &provider); err != nil {
		return row, "", err
	}
	if reason := sqlitelog.Slip(prompt, completion); reason != "" {
		return row, reason, nil
	}
	if !(cost.Float64 >= 0 && cost.Float64 <= maxCost) {
		return row, "cost is out of range", nil
	}
	at := agentlog.FromUnix(updated.Int64)
	if reason := t.out.CheckTime(at); reason != "" {
		return row, reason, nil
	}
	spent := int64(math.Round(cost.Float64 * perDollar))
	last := []int64{prompt.N, completion.N, spent}
	grown, steady := t.s.Delta(id.String, []int64{spent})
	if grown[0] == 0 && steady && spent > 0 || prompt.N+completion.N+spent == 0 {
		return row, "", nil
	}
	r := agentlog.Start(Name, t.names.Of([]byte(provider.String)))
	r.Start, r.Requests, r.Context = at, usage.Absent, usage.Absent
	r.Tokens = usage.Tokens{Input: prompt.N, Output: completion.N}
	r.Flags = usage.FlagSeveralRequests
	if grown[0] > 0 {
		if reason := agentlog.Cost(&r, strconv.AppendFloat(nil, float64(grown[0])/perDollar, 'f', 9, 64)); reason != "" {
			return row, reason, nil
		}
	}
	r.Session, r.Project, r.Model = t.names.Of([]byte(id.String)), t.project, t.names.Of([]byte(model.String))
	r.ID = agentlog.HashID("crush", id.String, last, grown)
	t.s.Add(&r)
	return row, "", nil
}
