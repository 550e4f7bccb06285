package sqlitelog

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", which needs no C

	"tokpit/internal/clean"
	"tokpit/usage"
)

// Session is one reading of one database.
type Session struct {
	Path string
	// State is what the reader left when it read the database last; it sets what
	// it wants to know the next time.
	State []byte
	// Again says that the database has been read before.
	Again bool
	// Cursors are those of the source, before this pull.
	Cursors usage.Cursors

	ctx    context.Context
	db     *sql.DB
	conn   *sql.Conn
	name   string
	source string
	now    time.Time
	looked appearance

	batch   usage.Batch
	batches []usage.Batch // that are full
	bad     []usage.Quarantined
	rows    int64
	folded  int64
	set     usage.Cursors // in this pull
}

func (s *Session) reset(state []byte) {
	s.State = slices.Clone(state)
	s.discard()
	s.rows, s.folded, s.bad, s.set = 0, 0, nil, usage.Cursors{}
}

func (s *Session) discard() { s.batch, s.batches = usage.Batch{}, nil }

// open connects to the database. One that stands still is read as if it could
// not change.
func (s *Session) open(ctx context.Context, still bool) error {
	q := url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "trusted_schema(0)", "cell_size_check(1)", "busy_timeout(250)"}}
	if still {
		q.Set("immutable", "1")
	}
	dsn := (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(s.Path), RawQuery: q.Encode()}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err == nil {
		// All that is read is of one moment.
		if _, err = conn.ExecContext(ctx, "BEGIN"); err != nil {
			err = errors.Join(err, conn.Close())
		}
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	s.ctx, s.db, s.conn = ctx, db, conn
	return nil
}

func (s *Session) close() error {
	_, err := s.conn.ExecContext(context.WithoutCancel(s.ctx), "ROLLBACK")
	return errors.Join(err, s.conn.Close(), s.db.Close())
}

// Columns lists the columns of a table in lower case; none if there is no such
// table. A view is no table.
func (s *Session) Columns(table string) ([]string, error) {
	var n int
	if err := s.conn.QueryRowContext(s.ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?", table).Scan(&n); err != nil || n == 0 {
		return nil, err
	}
	var out []string
	err := s.Each("SELECT lower(name) FROM pragma_table_info(?)", func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		out = append(out, name)
		return err
	}, table)
	return out, err
}

// Has reports whether a table is there with all of these columns.
func (s *Session) Has(table string, columns ...string) (bool, error) {
	have, err := s.Columns(table)
	if err != nil || len(have) == 0 {
		return false, err
	}
	return !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(have, c) }), nil
}

// Each runs a query and calls back with every row of the result.
func (s *Session) Each(query string, each func(*sql.Rows) error, args ...any) (err error) {
	rows, err := s.conn.QueryContext(s.ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Add takes a record.
func (s *Session) Add(r *usage.Record) {
	s.rows++
	if len(s.batch.Records) > maxBatch {
		s.makeRoom()
	}
	s.batch.Records = append(s.batch.Records, *r)
}

// makeRoom begins another batch if this one is full.
func (s *Session) makeRoom() {
	if len(s.batch.Records) >= maxBatch {
		s.batches = append(s.batches, s.batch)
		s.batch = usage.Batch{}
	}
}

// Repeat counts a row that says again what another one said.
func (s *Session) Repeat() { s.rows, s.folded = s.rows+1, s.folded+1 }

// Remove takes back a record that was emitted earlier.
func (s *Session) Remove(id string, start time.Time) {
	s.batch.Removed = append(s.batch.Removed, usage.Removed{ID: id, Start: start})
}

// Refuse says that a row cannot be counted.
func (s *Session) Refuse(row int64, reason string) {
	switch {
	case len(s.bad) > maxBad:
		return
	case len(s.bad) == maxBad:
		reason = "more bad rows than are listed"
	}
	s.bad = append(s.bad, usage.Quarantined{Source: s.source, File: s.name, Line: max(row, 0), Reason: clean.Text(reason)})
}

// Cursor returns one of the source's cursors.
func (s *Session) Cursor(key string) []byte {
	if v, ok := s.set[key]; ok {
		return v
	}
	return s.Cursors[key]
}

// SetCursor sets one of the source's cursors, together with the record that
// was added last.
func (s *Session) SetCursor(key string, value []byte) {
	s.set[key] = value
	if s.batch.Cursors == nil {
		s.batch.Cursors = usage.Cursors{}
	}
	s.batch.Cursors[key] = value
}

// Time reads an instant as SQLite writes it, in UTC, or as RFC 3339; the zero
// time is anything else.
func Time(text string) time.Time {
	text = strings.TrimSpace(text)
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Truncate(time.Millisecond)
		}
	}
	return time.Time{}
}

// Now is the time of the pull.
func (s *Session) Now() time.Time { return s.now }
