package importer

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
)

// words is a format for tests: every word is a response of that model.
type words struct{}

func (words) Name() string                    { return "words" }
func (words) Title() string                   { return "words" }
func (words) Sniff(string, []byte) Likelihood { return Foreign }
func (words) Read(_ context.Context, r io.Reader, _ Options, out *Out) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	for i, w := range strings.Fields(string(text)) {
		if w == "bad" {
			out.Refuse(int64(i+1), "a bad word")
			continue
		}
		rec := usage.Record{Start: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Requests: 1}
		rec.Source, rec.Model, rec.Input = "words", w, 5
		if err := out.Add(&rec); err != nil {
			return err
		}
	}
	return nil
}

func pull(t *testing.T, f File, c usage.Cursors) (usage.Batch, usage.Report) {
	t.Helper()
	var all usage.Batch
	report, err := f.Pull(t.Context(), c, func(b usage.Batch) error {
		all.Records = append(all.Records, b.Records...)
		all.Quarantined = append(all.Quarantined, b.Quarantined...)
		if b.Cursors != nil {
			all.Cursors = b.Cursors
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, report
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt.gz")
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, "x y bad x")
	z.Close()
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f := File{Path: path, Format: words{}, Digest: "d1", Options: Options{ID: "20260102T000000-ab", Account: "acme"}}
	got, report := pull(t, f, nil)
	if len(got.Records) != 3 || report.Rows != 3 || len(got.Quarantined) != 1 || got.Quarantined[0].Line != 3 {
		t.Fatalf("got %d records, %d rows, %v", len(got.Records), report.Rows, got.Quarantined)
	}
	first, again := got.Records[0], got.Records[2]
	if first.ID == again.ID {
		t.Error("two rows of the same content are one")
	}
	if first.Account != "acme" || first.Tags.Get(Tag) != f.Options.ID || first.Basis != usage.Imported {
		t.Errorf("record = %+v", first.Dims)
	}
	// A file that overlaps gives the rows that it has in common the same ids,
	// whatever the import is called.
	other := f
	other.Digest, other.Options.ID = "d2", "20260103T000000-cd"
	second, _ := pull(t, other, nil)
	for i := range got.Records {
		if second.Records[i].ID != got.Records[i].ID {
			t.Errorf("record %d has another id in another import", i)
		}
		if kept := usage.Fold(second.Records[i], got.Records[i]); kept.Tags.Get(Tag) != f.Options.ID {
			t.Errorf("record %d belongs to the later import", i)
		}
	}
	if again, report := pull(t, f, got.Cursors); len(again.Records) != 0 || report.Read != 0 {
		t.Errorf("a file that was read is read again: %d records", len(again.Records))
	}
}

// TestOccurrences: equal rows that stand close together are numbered, in memory
// that does not grow.
func TestOccurrences(t *testing.T) {
	o := newOccurrences()
	var sum [16]byte
	for i := range 3 * generation {
		binary.LittleEndian.PutUint64(sum[:], uint64(i+1))
		if n := o.next(sum); n != 0 {
			t.Fatalf("new content %d has number %d", i, n)
		}
		if n := o.next(sum); n != 1 {
			t.Fatalf("the second of content %d has number %d", i, n)
		}
	}
	if n := len(o.young.prints) + len(o.old.prints); n > 2*maxSlots {
		t.Errorf("%d kept", n)
	}
}

// TestOccurrencesInAnyOrder: as long as few rows differ, copies are numbered
// wherever they stand, whatever the digests look like.
func TestOccurrencesInAnyOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 2))
	o, want := newOccurrences(), make(map[[16]byte]uint32)
	for i := range 400_000 {
		var sum [16]byte
		binary.LittleEndian.PutUint64(sum[:], uint64(1+rnd.IntN(90_000))<<(i%3*20))
		if n := o.next(sum); n != want[sum] {
			t.Fatalf("row %d, %x: number %d, want %d", i, sum, n, want[sum])
		}
		want[sum]++
	}
}
