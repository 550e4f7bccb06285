package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestValid(t *testing.T) {
	for _, c := range []struct {
		in   string
		want error
	}{
		{`{}`, nil}, {`[]`, nil}, {`"x"`, nil}, {`0`, nil}, {`-0.5e+10`, nil}, {`null`, nil}, {"\t{ \"a\" :\r\n[ 1 , 2 ] } ", nil},
		{`{"a":{"b":[{},[],"\u00e9\n",true,false,null,1.5]}}`, nil},
		{"\"\xff\"", nil}, // not UTF-8: encoding/json takes it too
		{``, ErrTruncated}, {`{`, ErrTruncated}, {`{"a"`, ErrTruncated}, {`{"a":`, ErrTruncated}, {`{"a":1`, ErrTruncated},
		{`{"a":1,`, ErrTruncated}, {`["a`, ErrTruncated}, {`["a\`, ErrTruncated}, {`["\u12`, ErrTruncated}, {`[tr`, ErrTruncated},
		{`[-`, ErrTruncated}, {`[1.`, ErrTruncated}, {`[1e`, ErrTruncated},
		{`{,}`, ErrSyntax}, {`{"a" 1}`, ErrSyntax}, {`{"a":1,}`, ErrSyntax}, {`{a:1}`, ErrSyntax}, {`[1,]`, ErrSyntax}, {`[1 2]`, ErrSyntax},
		{`{}x`, ErrSyntax}, {`{} {}`, ErrSyntax}, {`01`, ErrSyntax}, {`+1`, ErrSyntax}, {`.5`, ErrSyntax}, {`1.x`, ErrSyntax}, {`nul!`, ErrSyntax},
		{`"\x"`, ErrSyntax}, {`"\u12g4"`, ErrSyntax}, {"\"a\nb\"", ErrSyntax}, {"\"a\x00b\"", ErrSyntax}, {`{]`, ErrSyntax}, {`[}`, ErrSyntax},
		{"\x00", ErrSyntax}, {"{}\x00", ErrSyntax}, {"[1\x00]", ErrSyntax}, {`NaN`, ErrSyntax}, {`'a'`, ErrSyntax},
		{strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), nil},
		{strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), ErrDepth},
	} {
		if got := Valid([]byte(c.in)); !errors.Is(got, c.want) {
			t.Errorf("Valid(%.40q) = %v, want %v", c.in, got, c.want)
		}
		if std := json.Valid([]byte(c.in)); std != (c.want == nil) {
			t.Errorf("encoding/json says %v to %.40q", std, c.in)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		in, want string
		kind     Kind
	}{
		{`"plain"`, "plain", String}, {`""`, "", String}, {`"a\"b\\c\/d"`, `a"b\c/d`, String}, {`"\b\f\n\r\t"`, "\b\f\n\r\t", String},
		{`"\u00e9"`, "é", String}, {`"\ud83d\ude80"`, "🚀", String}, {`"\ud83d"`, "\ufffd", String}, {`"\ud83dx"`, "\ufffdx", String},
		{`"\ud83d\u0041"`, "\ufffdA", String}, {`"\ude80\ud83d"`, "\ufffd\ufffd", String}, {`"\ud83d\ud83d\ude80"`, "\ufffd🚀", String},
		{`null`, "", Null}, {`5`, "", Number}, {`{"a":1}`, "", Object}, {`[1]`, "", Array}, {`true`, "", Bool}, {`x`, "", None}, {`"x`, "", None},
	} {
		var s Scanner
		s.Reset([]byte(c.in))
		got, kind := s.Text()
		if string(got) != c.want || kind != c.kind {
			t.Errorf("Text of %s = %q, %v, want %q, %v", c.in, got, kind, c.want, c.kind)
		}
		if kind != None && s.End() != nil {
			t.Errorf("Text did not go past %s", c.in)
		}
	}
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64
		slip Slip
	}{
		{`0`, 0, Fine}, {`-0`, 0, Fine}, {`12273`, 12273, Fine}, {`9223372036854775807`, 1<<63 - 1, Fine}, {`null`, 0, Fine},
		{`9223372036854775808`, 0, TooLarge}, {`99999999999999999999999`, 0, TooLarge}, {`18446744073709551616`, 0, TooLarge},
		{`-1`, 0, Negative}, {`-99999999999999999999999`, 0, Negative}, {`1.0`, 0, NotWhole}, {`1e3`, 0, NotWhole}, {`-1.5`, 0, NotWhole},
		{`"12"`, 0, NotNumber}, {`true`, 0, NotNumber}, {`{}`, 0, NotNumber}, {`[1]`, 0, NotNumber}, {`1x`, 1, Fine}, {`x`, 0, Broken}, {``, 0, Broken},
	} {
		var s Scanner
		s.Reset([]byte(c.in))
		if got, slip := s.Count(); got != c.want || slip != c.slip {
			t.Errorf("Count of %s = %d, %v, want %d, %v", c.in, got, slip, c.want, c.slip)
		}
	}
}

func TestWalk(t *testing.T) {
	var s Scanner
	s.Reset([]byte(`{"a":1,"skipped":{"x":[1,{"y":"}"}]},"o":{"in":"v","none":{}},"l":[1,2,3],"\u0065sc":true}`))
	var got []string
	for ok := s.Object(); ok; ok = s.Next() {
		switch key := string(s.Key()); key {
		case "o":
			for ok := s.Object(); ok; ok = s.Next() {
				raw, _ := s.Raw()
				got = append(got, "o."+string(s.Key())+"="+string(raw))
			}
		case "l":
			for ok := s.Elements(); ok; ok = s.More() {
				raw, _ := s.Raw()
				got = append(got, "l="+string(raw))
			}
		case "skipped":
			s.Skip()
		default:
			raw, _ := s.Raw()
			got = append(got, key+"="+string(raw))
		}
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	if want := `a=1 o.in="v" o.none={} l=1 l=2 l=3 esc=true`; strings.Join(got, " ") != want {
		t.Errorf("walked %s, want %s", strings.Join(got, " "), want)
	}
}

func TestWalkOfWhatIsNoObject(t *testing.T) {
	for _, in := range []string{``, `5`, `"x"`, `[1]`, `null`} {
		var s Scanner
		s.Reset([]byte(in))
		if s.Object() || s.Err() == nil {
			t.Errorf("%s was taken for an object", in)
		}
	}
}

// FuzzWalker compares with encoding/json: both take the same texts, and find
// the same top-level members in what they take.
func FuzzWalker(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1,"b":"x\n","c":{"d":[1,2,{"e":null}]}}`, `{"a":1,"a":"2"}`, `{"\u0061":-1.5e3}`, `[1,2`, "{\"a\":\"\xff\\ud83d\"}",
		` { "a" : [ ] , "b" : { } } `, `{"n":9223372036854775808,"m":-0}`, `"` + strings.Repeat("x", 20) + `\""`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		valid := json.Valid(b)
		if got := Valid(b); (got == nil) != valid {
			t.Fatalf("encoding/json: %v, jsonscan: %v", valid, got)
		}
		got, err := members(b)
		var want map[string]json.RawMessage
		trimmed := bytes.TrimLeft(b, " \t\r\n")
		if !valid || trimmed[0] != '{' {
			if err == nil {
				t.Fatal("a text that is no object was walked")
			}
			return
		}
		if e := json.Unmarshal(b, &want); e != nil || err != nil {
			t.Fatalf("encoding/json: %v, jsonscan: %v", e, err)
		}
		if len(got) != len(want) {
			t.Fatalf("%d members, want %d", len(got), len(want))
		}
		for k, raw := range want {
			if !bytes.Equal(got[k], raw) {
				t.Fatalf("%q: %q, want %q", k, got[k], raw)
			}
			compareValue(t, raw)
		}
	})
}

func members(b []byte) (map[string][]byte, error) {
	var s Scanner
	s.Reset(b)
	out := make(map[string][]byte)
	for ok := s.Object(); ok; ok = s.Next() {
		key := strings.ToValidUTF8(string(s.Key()), "\ufffd")
		if bytes.ContainsFunc(s.Key(), func(r rune) bool { return r == 0xfffd }) {
			var std string // runs of bad bytes are replaced one by one there
			_ = json.Unmarshal(append(append([]byte{'"'}, requote(s.Key())...), '"'), &std)
			key = std
		}
		raw, _ := s.Raw()
		out[key] = raw
	}
	return out, s.End()
}

func requote(key []byte) []byte {
	var out []byte
	for _, c := range key {
		if c < ' ' || c == '"' || c == '\\' {
			out = append(out, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
			continue
		}
		out = append(out, c)
	}
	return out
}

// compareValue checks Text and Count against encoding/json.
func compareValue(t *testing.T, raw []byte) {
	var s Scanner
	s.Reset(raw)
	if text, kind := s.Text(); kind == String {
		var want string
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if got := requote(text); len(got) > 0 {
			var std string
			if err := json.Unmarshal(append(append([]byte{'"'}, got...), '"'), &std); err != nil || std != want {
				t.Fatalf("text %q, want %q (%v)", std, want, err)
			}
		} else if want != "" {
			t.Fatalf("no text, want %q", want)
		}
	}
	s.Reset(raw)
	n, slip := s.Count()
	var want int64
	err := json.Unmarshal(raw, &want)
	if slip == Fine && (err != nil || want != n) || slip != Fine && err == nil && want >= 0 {
		t.Fatalf("count of %s: %d (%v), want %d (%v)", raw, n, slip, want, err)
	}
}

func BenchmarkSkip(b *testing.B) {
	prose := `{"content":[{"type":"text","text":"` + strings.Repeat(`func main() {\n\tfmt.Println(\"hello, world\")\n}\n`, 60) + `"}]}`
	long := `{"data":"` + strings.Repeat("QUJDREVGR0hJSktM", 300) + `"}`
	for _, c := range []struct{ name, text string }{{"code", prose}, {"base64", long}} {
		b.Run(c.name, func(b *testing.B) {
			var s Scanner
			text := []byte(c.text)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				s.Reset(text)
				if !s.Skip() {
					b.Fatal(s.Err())
				}
			}
		})
	}
}
