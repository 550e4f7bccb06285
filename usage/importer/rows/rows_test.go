package rows

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// objects lists what a text holds: "line:object", or "line!reason".
func objects(t testing.TB, src io.Reader) []string {
	t.Helper()
	var out []string
	for j := NewJSON(src); ; {
		text, bad, err := j.Next()
		switch {
		case err == io.EOF:
			return out
		case err != nil:
			return append(out, "error: "+err.Error())
		case bad != "":
			out = append(out, fmt.Sprintf("%d!%s", j.Line(), bad))
		default:
			out = append(out, fmt.Sprintf("%d:%s", j.Line(), text))
		}
	}
}

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"lines", "{\"a\":1}\n{\"b\":\"}\"}\r\n\n{\"c\":\"\\\"}\"}", []string{`1:{"a":1}`, `2:{"b":"}"}`, `4:{"c":"\"}"}`}},
		{"pretty", "{\n  \"a\": {\n}\n}\n{\n\"b\":[{}]}", []string{"1:{\n  \"a\": {\n}\n}", "5:{\n\"b\":[{}]}"}},
		{"glued", `{"a":1}{"b":2}`, []string{`1:{"a":1}`, `1:{"b":2}`}},
		{"list", "[{\"a\":1},\n {\"b\":2}]\n", []string{`1:{"a":1}`, `2:{"b":2}`}},
		{"mark", "\xef\xbb\xbf{}", []string{`1:{}`}},
		{"events", "event: x\ndata: {\"a\":1}\n\n: note\ndata:{\"b\":2}\ndata: [DONE]\n", []string{`2:{"a":1}`, `5:{"b":2}`}},
		{"cut string", "{\"a\":\"b\n{\"c\":1}\n", []string{"1!" + BadCut, `2:{"c":1}`}},
		{"cut object", "{\"a\":1\n{\"c\":1}\n", []string{"1!" + BadCut, `2:{"c":1}`}},
		{"cut after a comma", "{\"a\":1}\n{\"a\":1,\n{\"c\":1}\n", []string{`1:{"a":1}`, "2!" + BadCut, `3:{"c":1}`}},
		{"cut file", "{\"a\":1}\n{\"c\":", []string{`1:{"a":1}`, "2!" + BadCut}},
		{"form feed", "{\n}\n\f\n{\"b\":2}", []string{"1:{\n}", "3!" + BadObject, `4:{"b":2}`}},
		{"foreign", "hello\n{\"a\":1}\n7\n", []string{"1!" + BadObject, `2:{"a":1}`, "3!" + BadObject}},
		{"escapes", `{"a":"\\"}{"b":"\\\""}`, []string{`1:{"a":"\\"}`, `1:{"b":"\\\""}`}},
		{"unindented", "{\n\"a\":[\n{\"b\":1},\n{\"c\":2}\n]\n}", []string{"1:{\n\"a\":[\n{\"b\":1},\n{\"c\":2}\n]\n}"}},
		{"empty", "", nil}, {"blank", " \n\n", nil},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in)), iotest.DataErrReader(strings.NewReader(c.in))} {
			if got := objects(t, r); !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	}
}

// TestLong: a row beyond the limit is passed over, and costs no more memory than
// the limit.
func TestLong(t *testing.T) {
	long := `{"a":"` + strings.Repeat("x", 64<<20) + `"}`
	j := NewJSON(io.MultiReader(strings.NewReader(long), strings.NewReader("\n{\"b\":1}\n")))
	if _, bad, err := j.Next(); bad != BadLong || err != nil {
		t.Fatalf("%q, %v", bad, err)
	}
	if text, bad, err := j.Next(); string(text) != `{"b":1}` || bad != "" || err != nil || j.Line() != 2 {
		t.Fatalf("%q, %q, %v, line %d", text, bad, err, j.Line())
	}
	if len(j.buf) > MaxJSON {
		t.Errorf("%d bytes are held", len(j.buf))
	}
	c := NewCSV(io.MultiReader(strings.NewReader("a,b\n"), strings.NewReader(`"`+strings.Repeat("x,", 4<<20)+"\n1,2\n")), ',')
	var got []string
	for {
		f, bad, err := c.Next()
		if err != nil {
			break
		}
		got = append(got, bad+string(bytes.Join(f, []byte("|"))))
	}
	if want := []string{"a|b", BadLong, "1|2"}; !slices.Equal(got, want) || len(c.buf) > MaxCSV {
		t.Errorf("%q, %d bytes held", got, len(c.buf))
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{"{}\n{}", "[{},{}]", "{\n}\n{", "{\n}\f", `{"a":"\`, "data: {}\ndata: [DONE]", "x\n{\"a\":{}}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, slow := objects(t, bytes.NewReader(b)), objects(t, iotest.OneByteReader(bytes.NewReader(b)))
		if !slices.Equal(got, slow) {
			t.Fatalf("%q, byte by byte %q", got, slow)
		}
		// White space is what RFC 8259 calls so: a form feed is a row that is none.
		if v := bytes.Trim(b, " \t\r\n"); json.Valid(v) && len(v) > 0 && v[0] == '{' && (len(got) != 1 || !strings.HasSuffix(got[0], ":"+string(v))) {
			t.Fatalf("one object is %q", got)
		}
	})
}

func table(src io.Reader) (out [][]string, bad int) {
	for c := NewCSV(src, ','); ; {
		f, wrong, err := c.Next()
		if err != nil {
			return out, bad
		}
		if wrong != "" {
			bad++
			continue
		}
		row := make([]string, len(f))
		for i := range f {
			row[i] = string(f[i])
		}
		out = append(out, row)
	}
}

func TestCSV(t *testing.T) {
	in := "\xef\xbb\xbfa,b,c\r\n1,\"x \"\"y\"\"\",\r\n\r\n\"two\nlines\",,z\nlast,\"q\"r,"
	want := [][]string{{"a", "b", "c"}, {"1", `x "y"`, ""}, {"two\nlines", "", "z"}, {"last", "qr", ""}}
	for _, r := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in))} {
		got, bad := table(r)
		if bad != 0 || !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%q, %d bad", got, bad)
		}
	}
	if got, bad := table(strings.NewReader("a,b\n\"open,1\n2,3\n")); bad != 1 || len(got) != 2 || got[1][0] != "2" {
		t.Errorf("after a quote that does not end: %q, %d bad", got, bad)
	}
	if c := Comma([]byte("a;b;c,d\n1,2,3,4")); c != ';' {
		t.Errorf("comma is %q", c)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,b\n\"x\"\"y\",2\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, bad := table(bytes.NewReader(b))
		slow, bad2 := table(iotest.OneByteReader(bytes.NewReader(b)))
		if bad != bad2 || !slices.EqualFunc(got, slow, slices.Equal) {
			t.Fatalf("%q, byte by byte %q", got, slow)
		}
		if bytes.ContainsAny(b, "\r") || bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
			return
		}
		std := csv.NewReader(bytes.NewReader(b))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		want = slices.DeleteFunc(want, func(row []string) bool { return len(row) == 1 && row[0] == "" })
		if err == nil && !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%q, encoding/csv %q", got, want)
		}
	})
}

func BenchmarkCSV(b *testing.B) {
	row := strings.Repeat("some text,", 30) + `"{""a"": ""b""}",` + strings.Repeat("12.5,", 14) + "x\n"
	text := []byte(strings.Repeat(row, 2000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		c := NewCSV(bytes.NewReader(text), ',')
		for {
			if _, _, err := c.Next(); err != nil {
				break
			}
		}
	}
	b.ReportMetric(float64(2000*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkJSON(b *testing.B) {
	row := `{"a":"` + strings.Repeat("text ", 60) + `","b":{"c":[1,2,3],"d":"x"},"usage":{"input_tokens":12,"output_tokens":55}}` + "\n"
	text := []byte(strings.Repeat(row, 2000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		j := NewJSON(bytes.NewReader(text))
		for {
			if _, _, err := j.Next(); err != nil {
				break
			}
		}
	}
	b.ReportMetric(float64(2000*b.N)/b.Elapsed().Seconds(), "rows/s")
}
