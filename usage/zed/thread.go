package zed

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonscan"
	"tokpit/usage/internal/sqlitelog"
)

// row is a row of the table of threads.
type row struct {
	number                                    int64
	id, updated, kind, parent, folders, order sql.NullString
	size                                      sql.NullInt64 // of the data, which is left out if it is too long
	data                                      []byte
}

// thread is what the text of a thread says, as far as it matters.
type thread struct {
	fields          agentlog.Fields
	model, provider []byte
	sum, requests   counts
	worktree        []byte
}

// counts are tokens in the order input, output, stored, served.
type counts [4]int64

func (c counts) tokens() usage.Tokens {
	return usage.Tokens{Input: c[0], Output: c[1], CacheWrite5m: c[2], CacheRead: c[3]}
}

// horizon is the day from which on rows are read the next time. One from the
// future must not hide those that are to come.
func (t *reader) horizon(at time.Time) string {
	if now := t.s.Now(); at.After(now) {
		at = now
	}
	return at.AddDate(0, 0, -overlap).Format(time.DateOnly)
}

// add takes a thread.
func (t *reader) add(r *row, at time.Time) string {
	if r.size.Int64 > sqlitelog.MaxText {
		return "thread is too long"
	}
	text := r.data
	switch r.kind.String {
	case "json":
	case "zstd":
		var err error
		if text, err = t.unpacker.unpack(r.data); err != nil {
			return "cannot be unpacked: " + err.Error()
		}
	default:
		return "data_type is not known"
	}
	if err := t.take(text); err != nil {
		return err.Error()
	}
	if t.fields.Bad != "" {
		return t.fields.Bad
	}
	if reason := t.out.CheckTime(at); reason != "" {
		return reason
	}
	return t.count(r, at)
}

// prefix of the cursors that hold what of a thread has been counted.
const prefix = "sum:"

// count adds what a thread has used since it was read last.
func (t *reader) count(r *row, at time.Time) string {
	key := prefix + r.id.String
	before := decodeCounts(t.s.Cursor(key))
	var now, grown counts
	for i := range now {
		now[i] = max(t.sum[i], t.requests[i])
		grown[i] = max(0, now[i]-before[i])
	}
	if now == before {
		return ""
	}
	if err := now.tokens().Check(); err != nil {
		return err.Error()
	}
	if grown != (counts{}) {
		rec := agentlog.Start(Name, t.names.Of(t.provider))
		rec.Start, rec.Tokens = at, grown.tokens()
		rec.Requests, rec.Context = usage.Absent, usage.Absent
		rec.Flags = usage.FlagSeveralRequests
		rec.Model, rec.Session, rec.Project = t.names.Of(t.model), t.names.Of([]byte(r.id.String)), t.projects.Of([]byte(t.folder(r)))
		if r.parent.String != "" {
			rec.Agent = "subagent"
		}
		rec.ID = agentlog.HashID("zed", r.id.String, now, grown)
		t.s.Add(&rec)
	}
	var value []byte
	for _, n := range now {
		value = binary.AppendVarint(value, n)
	}
	t.s.SetCursor(key, value)
	return ""
}

func decodeCounts(b []byte) (c counts) {
	for i := range c {
		n, w := binary.Varint(b)
		if w <= 0 || n < 0 || n > usage.MaxTokens {
			return counts{}
		}
		c[i], b = n, b[w:]
	}
	return c
}

// folder is the first directory of a thread. The column has them sorted, one in
// a line, and beside it the place that each had.
func (t *reader) folder(r *row) string {
	folders := strings.Split(r.folders.String, "\n")
	for i, place := range strings.Split(r.order.String, ",") {
		if n, err := strconv.Atoi(place); err == nil && n == 0 && i < len(folders) {
			return folders[i]
		}
	}
	if folders[0] == "" {
		return string(t.worktree)
	}
	return folders[0]
}

// take reads the text of a thread. It returns an error if it is no JSON.
func (t *thread) take(text []byte) error {
	*t = thread{fields: t.fields}
	t.fields.Read(text)
	t.fields.Members("thread", t.member)
	return t.fields.End()
}

func (t *thread) member(key string) bool {
	f := &t.fields
	switch key {
	case "cumulative_token_usage":
		f.Members(key, t.counter(&t.sum))
	case "request_token_usage":
		each := t.counter(&t.requests)
		if f.Kind() == jsonscan.Array { // older threads
			for ok := f.Elements(); ok; ok = f.More() {
				f.Members(key, each)
			}
			return true
		}
		f.Members(key, func(string) bool {
			f.Members(key, each)
			return true
		})
	case "model":
		return f.Kind() == jsonscan.Object && f.Members(key, func(key string) bool {
			switch key {
			case "provider":
				t.provider = f.Lenient()
			case "model":
				t.model = f.Strict(key)
			default:
				return false
			}
			return true
		})
	case "initial_project_snapshot":
		return f.Kind() == jsonscan.Object && f.Members(key, t.snapshot)
	default:
		return false
	}
	return true
}

// counter adds the members of a count to a sum.
func (t *thread) counter(to *counts) func(key string) bool {
	return func(key string) bool {
		switch key {
		case "input_tokens":
			to[0] += t.fields.Tokens(key)
		case "output_tokens":
			to[1] += t.fields.Tokens(key)
		case "cache_creation_input_tokens":
			to[2] += t.fields.Tokens(key)
		case "cache_read_input_tokens":
			to[3] += t.fields.Tokens(key)
		default:
			return false
		}
		return true
	}
}

// snapshot takes the first directory of a thread from before there was a column
// for it.
func (t *thread) snapshot(key string) bool {
	f := &t.fields
	if key != "worktree_snapshots" || f.Kind() != jsonscan.Array {
		return false
	}
	f.Objects(key, func(key string) bool {
		if key != "worktree_path" || len(t.worktree) > 0 {
			return false
		}
		t.worktree = f.Lenient()
		return true
	})
	return true
}

// maxThread is the longest text of a thread that is unpacked, in bytes.
const maxThread = 64 << 20

// unpacker unpacks Zstandard, one text at a time. The zero unpacker is ready.
type unpacker struct {
	decoder *zstd.Decoder
	buf     []byte
}

// unpack returns a text that is valid until the next call.
func (u *unpacker) unpack(packed []byte) ([]byte, error) {
	if u.decoder == nil {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(maxThread), zstd.WithDecoderMaxWindow(maxThread))
		if err != nil {
			return nil, err
		}
		u.decoder = d
	}
	text, err := u.decoder.DecodeAll(packed, u.buf[:0])
	if cap(text) > cap(u.buf) {
		u.buf = text
	}
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return nil, errors.New("larger than " + strconv.Itoa(maxThread>>20) + " MiB")
	}
	return text, err
}

func (u *unpacker) close() {
	if u.decoder != nil {
		u.decoder.Close()
	}
}
