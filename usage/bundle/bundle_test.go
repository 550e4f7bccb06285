package bundle

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func row(i int) usage.Record {
	r := usage.Record{ID: fmt.Sprintf("msg_%06d", i), Start: noon.Add(time.Duration(i) * time.Second), Requests: 1, Context: int64(i), Tokens: usage.Tokens{Input: int64(i), Output: 7}}
	r.Dims = usage.Dims{Source: "claude-code", Provider: "anthropic", Project: "~/api", Session: fmt.Sprint("s", i/5), Machine: "laptop", Model: "claude-sonnet-4-6", Basis: usage.Logged}
	return r
}

// full has something in every field.
func full() usage.Record {
	r := row(1)
	r.ID = "a\"\\\n\u2028é\x01"
	r.Start = r.Start.Add(123 * time.Millisecond)
	r.UsageAt = r.Start.Add(time.Second)
	r.SideChain, r.Flags = true, usage.FlagParentMissing|usage.FlagSeveralRequests
	r.Requests, r.Context = usage.Absent, usage.Absent
	r.Tokens = usage.Tokens{Input: 1, CacheRead: 2, CacheWrite5m: 3, CacheWrite1h: 4, Output: 5, Reasoning: 6}
	r.Quantities = []usage.Quantity{{Meter: "a \"b\"", N: 2}, {Meter: "web_search", N: 1}}
	amount, _ := money.Parse("-0.000000000000000001")
	r.Reported, r.Currency = amount, "EUR"
	for i, s := range r.Dims.Strings() {
		*s = fmt.Sprint("text ", i)
	}
	r.Tags = "a=1\nb=x \"y\"\nno pair"
	r.Band = usage.Band{Lo: 5, End: 200_001}
	return r
}

type content struct {
	covered  []usage.Coverage
	entities []usage.Known
	gone     []usage.Fate
	records  []usage.Record
}

// pack writes a bundle of one log.
func pack(t testing.TB, c content, more ...func(*Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, Header{Machine: "laptop", Store: "5f0c", Revision: 12, AsOf: noon})
	w.Connection(Connection{Name: "claude-code", Role: Log})
	for _, x := range c.covered {
		w.Covered(x)
	}
	for _, x := range c.entities {
		w.Entity(x)
	}
	for _, x := range c.gone {
		w.Gone(x)
	}
	for i := range c.records {
		w.Record(&c.records[i], int64(i%2*2))
	}
	for _, f := range more {
		f(w)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func save(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.tokpit")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// unpack reads a whole bundle: all that its parts emit.
func unpack(path string, r Receiver, cursors usage.Cursors) (batches []usage.Batch, err error) {
	f, err := Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pass, err := f.Read(context.Background())
	if err != nil {
		return nil, err
	}
	for {
		part, err := pass.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return batches, nil
		}
		if err != nil {
			return batches, err
		}
		part.Receiver = r
		if _, err := part.Pull(context.Background(), cursors, func(b usage.Batch) error {
			batches = append(batches, b)
			return nil
		}); err != nil {
			return batches, err
		}
	}
}

func join(all []usage.Batch) (b usage.Batch) {
	b.Cursors = usage.Cursors{}
	for _, x := range all {
		b.Records = append(b.Records, x.Records...)
		b.Slices = append(b.Slices, x.Slices...)
		b.Fates = append(b.Fates, x.Fates...)
		b.Entities = append(b.Entities, x.Entities...)
		b.Covered = append(b.Covered, x.Covered...)
		for k, v := range x.Cursors {
			b.Cursors[k] = v
		}
	}
	return b
}

// TestRoundTrip: every field arrives as it was.
func TestRoundTrip(t *testing.T) {
	key := strings.Repeat("k", 24)
	day := noon.Truncate(24 * time.Hour)
	c := content{
		covered: []usage.Coverage{{Provider: "openai", Account: "acme", Basis: usage.Reported, Span: usage.Span{Since: day, Until: day.AddDate(0, 0, 3)}}},
		entities: []usage.Known{{Entity: usage.Entity{Kind: usage.ByProject, ID: "p", Name: "new", Parent: "o", Hint: "h", Created: noon, LastUsed: noon.Add(time.Hour), Archived: true},
			Names: []usage.Named{{Name: "old", Since: noon}, {Name: "new", Since: noon.Add(time.Hour)}}}},
		gone:    []usage.Fate{{Key: key, Turns: 3}},
		records: []usage.Record{row(0), full(), row(2)},
	}
	all, err := unpack(save(t, pack(t, c)), Receiver{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := join(all)
	if !reflect.DeepEqual(got.Records, c.records) {
		t.Errorf("records\n%+v, want\n%+v", got.Records, c.records)
	}
	if !reflect.DeepEqual(got.Covered, c.covered) {
		t.Errorf("%+v", got.Covered)
	}
	if want := []usage.Fate{c.gone[0], {ID: c.records[1].ID, Turns: 2}}; !reflect.DeepEqual(got.Fates, want) {
		t.Errorf("%+v", got.Fates)
	}
	older, newer := c.entities[0].Entity, c.entities[0].Entity
	older.Name = "old"
	if !reflect.DeepEqual(got.Entities, []usage.Entity{older, newer}) {
		t.Errorf("%+v", got.Entities)
	}
	for _, b := range all {
		if !b.Merged {
			t.Error("a batch that is not merged")
		}
	}
	// A name that is known already, or is older, does not come again.
	known := c.entities[0]
	known.Names = append(known.Names, usage.Named{Name: "newest", Since: noon.Add(2 * time.Hour)})
	all, err = unpack(save(t, pack(t, c)), Receiver{Known: func(usage.Dimension, string) (usage.Known, bool) { return known, true }}, nil)
	if got := join(all); err != nil || len(got.Entities) != 0 {
		t.Errorf("%+v, %v", got.Entities, err)
	}
	if b := pack(t, c); !bytes.Equal(b, pack(t, c)) {
		t.Error("two exports differ")
	}
}

// TestDamage: a bundle with any byte changed, cut off anywhere, or with something
// behind it is refused as a whole. Bits that gzip leaves unused say nothing: with
// one of them changed it is the same bundle. In short, at every fifth byte.
func TestDamage(t *testing.T) {
	c := content{gone: []usage.Fate{{Key: strings.Repeat("k", 24), Turns: 1}}, records: []usage.Record{row(0), full()}}
	for i := 3; i < 40; i++ {
		c.records = append(c.records, row(i))
	}
	good := pack(t, c)
	want, err := unpack(save(t, good), Receiver{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bad")
	unused := 0
	try := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := unpack(path, Receiver{}, nil)
		switch {
		case errors.Is(err, ErrDamaged) || errors.Is(err, ErrForeign) || errors.Is(err, ErrNewer):
			if len(got) > 0 {
				t.Errorf("%s: something is used", what)
			}
		case err != nil:
			t.Errorf("%s: %v", what, err)
		case reflect.DeepEqual(join(got), join(want)):
			unused++
		default:
			t.Errorf("%s is taken", what)
		}
	}
	for i := range good {
		if testing.Short() && i%5 != 0 {
			continue
		}
		for _, bit := range []byte{0x01, 0x80, 0xff} {
			b := bytes.Clone(good)
			b[i] ^= bit
			try(fmt.Sprintf("byte %d ^ %#x", i, bit), b)
		}
		try(fmt.Sprintf("cut at %d", i), good[:i])
	}
	if unused > 2 {
		t.Errorf("%d changes are not noticed", unused)
	}
	unused = 0
	try("a byte more", append(bytes.Clone(good), 0))
	try("twice", append(bytes.Clone(good), good...))
	for name, text := range map[string]string{"empty": "", "text": "hello", "json": `{"schema":"tokpit.bundle/1"}`} {
		try(name, []byte(text))
		try(name+", packed", zip(text))
	}
	if unused > 0 {
		t.Error("something else is taken for the bundle")
	}
}

func zip(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.Bytes()
}

func plain(t *testing.T, packed []byte) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
