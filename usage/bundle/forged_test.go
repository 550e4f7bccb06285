package bundle

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"tokpit/usage"
)

// forge makes a bundle of lines, with a trailer that fits.
func forge(lines ...string) []byte {
	text := strings.Join(lines, "\n") + "\n"
	records := strings.Count(text, "\n"+`{"id"`)
	text += fmt.Sprintf(`{"end":{"lines":%d,"records":%d,"sha256":"%x"}}`+"\n", strings.Count(text, "\n"), records, sha256.Sum256([]byte(text)))
	return zip(text)
}

const (
	head = `{"schema":"tokpit.bundle/1","minor":0,"machine":"x","store":"1","revision":1}`
	next = `{"schema":"tokpit.bundle/1","minor":1,"machine":"x","store":"1","revision":1}`
	part = `{"connection":"codex","role":"log"}`
	bill = `{"connection":"acme","role":"provider","type":"openai","account":"acme","machine":"x","store":"1"}`
	days = `{"day":"2026-11-03","as_of":"2026-11-04T00:00:00.000Z","store":"1"}`
	dims = `{"dims":0,"source":"codex"}`
	line = `{"id":"a","start":"2026-11-03T12:00:00.000Z","dims":0,"requests":1,"context":null,"input":5}`
)

// TestForged: what the trailer vouches for and the format does not allow is
// refused, before anything of it is used, and says why.
func TestForged(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  error
		says  string
	}{
		"whole":                 {[]string{head, part, dims, line}, nil, ""},
		"nothing in it":         {[]string{head}, nil, ""},
		"no header":             {[]string{part, dims, line}, ErrForeign, ""},
		"other program":         {[]string{`{"schema":"other/1"}`}, ErrForeign, "other/1"},
		"next form":             {[]string{`{"schema":"tokpit.bundle/2"}`}, ErrNewer, "tokpit.bundle/2"},
		"next minor":            {[]string{next, part, dims, line}, nil, ""},
		"new member":            {[]string{next, part, dims, strings.Replace(line, `"input"`, `"video"`, 1)}, ErrNewer, `line 4: made by a newer tokpit: "video"`},
		"new line":              {[]string{next, part, `{"video":1}`}, ErrNewer, `"video"`},
		"new role":              {[]string{next, `{"connection":"x","role":"broker"}`}, ErrNewer, "broker"},
		"unknown member":        {[]string{head, part, dims, strings.Replace(line, `"input"`, `"video"`, 1)}, ErrDamaged, "line 4"},
		"two headers":           {[]string{head, head}, ErrDamaged, ""},
		"an instant of zeros":   {[]string{head, part, dims, strings.Replace(line, "2026-11-03T12:00:00.000Z", strings.Repeat(`\u0000`, 16)+":05.123Z", 1)}, ErrDamaged, "no instant"},
		"record of nobody":      {[]string{head, dims}, ErrDamaged, ""},
		"connection twice":      {[]string{head, part, part}, ErrDamaged, ""},
		"no dims":               {[]string{head, part, line}, ErrDamaged, "dims 0"},
		"dims of another":       {[]string{head, part, dims, `{"connection":"b","role":"log"}`, line}, ErrDamaged, "dims 0"},
		"dims out of order":     {[]string{head, part, strings.Replace(dims, "0", "1", 1)}, ErrDamaged, ""},
		"same record twice":     {[]string{head, part, dims, line, line}, ErrDamaged, ""},
		"backwards":             {[]string{head, part, dims, line, strings.Replace(line, "12:00", "11:00", 1)}, ErrDamaged, ""},
		"gone after":            {[]string{head, part, dims, line, `{"gone":"` + strings.Repeat("ab", 24) + `","turns":1}`}, ErrDamaged, ""},
		"gone and there":        {[]string{head, part, `{"gone":"` + strings.Repeat("ab", 24) + `","turns":2}`}, ErrDamaged, ""},
		"gone for ever":         {[]string{head, part, `{"gone":"` + strings.Repeat("ab", 24) + `","turns":9007199254740993}`}, ErrDamaged, ""},
		"short key":             {[]string{head, part, `{"gone":"abab","turns":1}`}, ErrDamaged, ""},
		"record half turned":    {[]string{head, part, dims, strings.Replace(line, `}`, `,"turns":1}`, 1)}, ErrDamaged, ""},
		"provider without day":  {[]string{head, bill, dims, line}, ErrDamaged, ""},
		"another day":           {[]string{head, bill, days, dims, strings.Replace(line, "11-03", "11-04", 1)}, ErrDamaged, ""},
		"day twice":             {[]string{head, bill, days, days}, ErrDamaged, ""},
		"day of a log":          {[]string{head, part, days}, ErrDamaged, ""},
		"bucket of a log":       {[]string{head, part, dims, strings.Replace(line, `}`, `,"slice":"c/1h"}`, 1)}, ErrDamaged, ""},
		"turned bucket":         {[]string{head, bill, days, dims, strings.Replace(line, `}`, `,"slice":"c/1h","turns":2}`, 1)}, ErrDamaged, ""},
		"half a token":          {[]string{head, part, dims, strings.Replace(line, "5}", "5.5}", 1)}, ErrDamaged, ""},
		"tokens in words":       {[]string{head, part, dims, strings.Replace(line, "5}", `"5"}`, 1)}, ErrDamaged, ""},
		"money that is a float": {[]string{head, part, dims, strings.Replace(line, "5}", `5,"currency":"USD","reported":0.5}`, 1)}, ErrDamaged, ""},
		"no record of end":      {[]string{head, part, dims, line, `{"end":{"lines":4,"records":1,"sha256":""}}`}, ErrDamaged, "trailer"},
		"not UTF-8 nor JSON":    {[]string{head, part, "\xff\xfe"}, ErrDamaged, ""},
		"deep":                  {[]string{head, part, `{"id":` + strings.Repeat("[", 20_000)}, ErrDamaged, ""},
		"empty line":            {[]string{head, "", part}, ErrDamaged, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := unpack(save(t, forge(c.lines...)), Receiver{}, nil)
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if c.want != nil && (len(got) > 0 || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%d batches, %v", len(got), err)
			}
		})
	}
	for name, text := range map[string]string{"no trailer": head + "\n" + part + "\n", "half a line": head + "\n" + part, "wrong sum": strings.Replace(plain(t, forge(head, part)), `"sha256":"`, `"sha256":"0`, 1),
		"wrong count": strings.Replace(plain(t, forge(head, part)), `"lines":2`, `"lines":3`, 1), "behind": plain(t, forge(head, part)) + part + "\n"} {
		if _, err := unpack(save(t, zip(text)), Receiver{}, nil); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(context.Background(), t.TempDir()); !errors.Is(err, ErrForeign) {
		t.Errorf("a directory: %v", err)
	}
}

// TestBombs: what unpacks to very much is refused, in little memory.
func TestBombs(t *testing.T) {
	var long, many bytes.Buffer
	z, w := gzip.NewWriter(&long), gzip.NewWriter(&many)
	fmt.Fprintln(z, head)
	fmt.Fprintln(w, head+"\n"+part)
	blank := bytes.Repeat([]byte(" "), 1<<20)
	set := []byte(strings.Repeat(`{"dims":0,"source":"`+strings.Repeat("x", 10_000)+`"}`+"\n", 100))
	size := 200          // MB
	if testing.Short() { // reading is slow with the race detector, and this says nothing of memory
		size = 20
	}
	for range size {
		z.Write(blank)
		w.Write(set)
	}
	z.Close()
	w.Close()
	for name, b := range map[string][]byte{"a long line": long.Bytes(), "much of nothing new": many.Bytes()} {
		path := save(t, b)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Open(context.Background(), path)
		runtime.ReadMemStats(&after)
		if grown := after.Sys - before.Sys; !errors.Is(err, ErrDamaged) || grown > 64<<20 {
			t.Errorf("%s: %v, memory grew by %d", name, err, grown)
		}
	}
}

// TestChangedMeanwhile: a file that is not any more what was verified is not used
// from where it differs.
func TestChangedMeanwhile(t *testing.T) {
	var a, b content
	for i := range 40_000 {
		a.records = append(a.records, row(i))
		r := row(i)
		r.Output = 8
		b.records = append(b.records, r)
	}
	path := save(t, pack(t, a))
	f, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.WriteFile(path, pack(t, b), 0o600); err != nil { // in place
		t.Fatal(err)
	}
	used := 0
	pass, err := f.Read(context.Background())
	if err == nil {
		var p *Part
		if p, err = pass.Next(context.Background()); err == nil {
			_, err = p.Pull(context.Background(), nil, func(b usage.Batch) error { used += len(b.Records); return nil })
		}
	}
	if !errors.Is(err, ErrDamaged) || used > 0 {
		t.Errorf("%d records of another file are used: %v", used, err)
	}
	// One that was replaced by another of its name is still open as it was.
	path = save(t, pack(t, a))
	if f, err = Open(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	pass, err = f.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p, err := pass.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = p.Pull(context.Background(), nil, func(b usage.Batch) error {
		used += len(b.Records)
		if len(b.Records) > batchOf {
			t.Errorf("a batch of %d", len(b.Records))
		}
		return nil
	}); err != nil || used != 40_000 {
		t.Errorf("%d records, %v", used, err)
	}
}

// FuzzOpen: whatever a file is, it is refused or can be read to its end.
func FuzzOpen(f *testing.F) {
	for _, text := range []string{"", head, strings.Join([]string{head, part, dims, line}, "\n"), strings.Join([]string{head, bill, days, dims, line}, "\n")} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := save(t, forge(text))
		file, err := Open(context.Background(), path)
		if err != nil {
			return
		}
		records := file.Records()
		file.Close()
		all, err := unpack(path, Receiver{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := join(all)
		n := int64(len(b.Records))
		for _, s := range b.Slices {
			n += int64(len(s.Records))
		}
		if n != records {
			t.Fatalf("%d of %d records", n, records)
		}
	})
}
