package copilotchat

import (
	"database/sql"
	"encoding/binary"
	"slices"
	"time"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/sqlitelog"
)

// traces reads the database of spans.
type traces struct {
	*sqlitelog.Session
	out   *jsonl.Out
	names jsonl.Names
	cli   agentlog.Present // the logs of Copilot CLI's conversations
}

// calls are the spans that count.
const calls = ` FROM spans WHERE operation_name = 'chat' AND coalesce(provider_name, 'github') = 'github'`

// hasSpans reports whether the database has the table of spans.
func hasSpans(s *sqlitelog.Session) (bool, error) {
	return s.Has("spans", "span_id", "trace_id", "end_time_ms", "operation_name", "provider_name", "conversation_id", "request_model", "response_model",
		"input_tokens", "output_tokens", "cached_tokens")
}

// oldest finds when the oldest call ended.
func oldest(s *sqlitelog.Session) (time.Time, error) {
	ok, err := hasSpans(s)
	if err != nil || !ok {
		return time.Time{}, err
	}
	var first time.Time
	err = s.Each("SELECT min(end_time_ms)"+calls+" AND end_time_ms > 0", func(rows *sql.Rows) error {
		var ms sql.NullFloat64
		err := rows.Scan(&ms)
		first = agentlog.FromMillis(int64(ms.Float64))
		return err
	})
	return first, err
}

// read reads the rows after the one that the state names. Spans are written when
// they end, and never changed.
func (t *traces) read() error {
	ok, err := hasSpans(t.Session)
	if err != nil || !ok {
		return err
	}
	have, err := t.Columns("spans")
	if err != nil {
		return err
	}
	thinking := "NULL"
	if slices.Contains(have, "reasoning_tokens") {
		thinking = "reasoning_tokens"
	}
	var last int64
	if len(t.State) == 8 {
		last = int64(binary.BigEndian.Uint64(t.State))
	}
	var greatest int64
	if err := t.Each("SELECT coalesce(max(rowid), 0) FROM spans", func(rows *sql.Rows) error { return rows.Scan(&greatest) }); err != nil {
		return err
	}
	if greatest < last { // it was made anew
		last = 0
	}
	err = t.Each("SELECT rowid, trace_id, span_id, CAST(end_time_ms AS INTEGER), conversation_id, coalesce(response_model, request_model), input_tokens, output_tokens, cached_tokens, "+
		thinking+calls+" AND rowid > ? ORDER BY rowid", func(rows *sql.Rows) error {
		row, reason, err := t.span(rows)
		if reason != "" {
			t.Refuse(row, reason)
		}
		last = max(last, row)
		return err
	}, last)
	t.State = binary.BigEndian.AppendUint64(nil, uint64(last))
	return err
}

func (t *traces) span(rows *sql.Rows) (row int64, reason string, err error) {
	var trace, span, session, model sql.NullString
	var ended sql.NullInt64
	var input, output, cached, thinking sqlitelog.Count
	if err := rows.Scan(&row, &trace, &span, &ended, &session, &model, &input, &output, &cached, &thinking); err != nil {
		return row, "", err
	}
	if t.cli.Has(session.String) {
		return row, "", nil
	}
	if reason := sqlitelog.Slip(input, output, cached, thinking); reason != "" {
		return row, reason, nil
	}
	g := agentlog.Gross{Input: input.N, CacheRead: cached.N, Output: output.N, Reasoning: thinking.N}
	r := agentlog.Start(Name, "github")
	if reason := g.Fill(&r, agentlog.Inside, agentlog.FromMillis(ended.Int64), t.out); reason != "" || r.IsZero() {
		return row, reason, nil
	}
	r.Model, r.Session = t.names.Of([]byte(model.String)), t.names.Of([]byte(session.String))
	r.ID = agentlog.HashID("span", trace.String, span.String)
	t.Add(&r)
	return row, "", nil
}
