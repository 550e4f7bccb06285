package jsonl

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"
)

func TestDecimal(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"0", "0"}, {"-0", "0"}, {"0.12", "0.12"}, {"12.5", "12.5"}, {"1e-05", "0.00001"}, {"1.5E+3", "1500"}, {"1e2", "100"},
		{"0.034449149999999995", "0.034449149999999995"}, {"-0.25", "-0.25"}, {"123456e-3", "123.456"}, {"9.5e-7", "0.00000095"},
		{"1.2345678901234567e-05", "0.000012345678901235"},       // finer than money: rounded
		{"0.0000000000000000005", "0"},                           // half to even
		{"0.0000000000000000015", "0.000000000000000002"},        // half to even
		{"0.00000000000000000050000001", "0.000000000000000001"}, // more than half
		{"0.9999999999999999995", "1"}, {"9.9999999999999999995", "10"}, {"1e-300", "0"}, {"1e-999999999999", "0"}, {"1e400", ""}, {"1e30", ""},
		{"123456789012345678", "123456789012345678"}, {"1234567890123456789", ""},
	} {
		got, ok := Decimal([]byte(c.in))
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("Decimal(%s) = %v, %v, want %q", c.in, got, ok, c.want)
		}
	}
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"0.12", "1e-05", "-12.5E3", "0.0000000000000000015", "9e17"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 60 || !json.Valid([]byte(s)) || strings.Trim(s, "-0123456789.eE+") != "" {
			return
		}
		got, ok := Decimal([]byte(s))
		if !ok {
			return
		}
		if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 5 {
			return // big.Rat would need the memory
		}
		want, _ := new(big.Rat).SetString(s)
		have, _ := new(big.Rat).SetString(got.String())
		diff := new(big.Rat).Sub(want, have)
		if limit := big.NewRat(1, 2e18); diff.Abs(diff).Cmp(limit) > 0 {
			t.Fatalf("%s became %s", s, got)
		}
	})
}

func TestProjects(t *testing.T) {
	p := Projects{Home: "/home/ann"}
	w := Projects{Home: `C:\Users\ann`}
	for _, c := range []struct {
		p        *Projects
		in, want string
	}{
		{&p, "/home/ann/work/app", "~/work/app"}, {&p, "/home/ann", "~"}, {&p, "/home/ann/", "~"}, {&p, "/home/anna/app", "/home/anna/app"},
		{&p, "/srv/app/../app/", "/srv/app"}, {&p, "", ""}, {&p, "/", "/"}, {&p, "/srv/\x1b[31mred", "/srv/red"},
		{&w, `C:\Users\ann\app\`, `~\app`}, {&w, `D:\app`, `D:\app`}, {&p, `C:\app\`, `C:\app`}, {&p, "app", "app"},
	} {
		if got := c.p.Of([]byte(c.in)); got != c.want {
			t.Errorf("project of %q = %q, want %q", c.in, got, c.want)
		}
	}
	var none Projects
	if got := none.Of([]byte("/a/b")); got != "/a/b" {
		t.Errorf("without a home: %q", got)
	}
}

func TestTime(t *testing.T) {
	want := time.Date(2026, 1, 9, 10, 0, 0, 123e6, time.UTC)
	for _, in := range []string{"2026-01-09T10:00:00.123Z", "2026-01-09T10:00:00.123999Z", "2026-01-09T11:00:00.123+01:00", "2026-01-09T10:00:00.123456789Z"} {
		if got := Time([]byte(in)); !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s = %v", in, got)
		}
	}
	for _, in := range []string{"", "2026-01-09", "2026-13-09T10:00:00Z", "2026-01-09 10:00:00Z", "yesterday at ten o'clock", strings.Repeat("2", 100)} {
		if got := Time([]byte(in)); !got.IsZero() {
			t.Errorf("%q = %v", in, got)
		}
	}
}

func TestID(t *testing.T) {
	for _, in := range []string{"msg_01abc", "resp-1", "x y"} {
		if got := ID([]byte(in)); got != in {
			t.Errorf("%q became %q", in, got)
		}
	}
	seen := map[string]string{}
	for _, in := range []string{strings.Repeat("x", 121), strings.Repeat("x", 122), "a\x1b[31m", "a\u202e", "a\n", "a\xff"} {
		got := ID([]byte(in))
		if !strings.HasPrefix(got, "h:") || len(got) != 24 || seen[got] != "" {
			t.Errorf("%.10q became %q", in, got)
		}
		seen[got] = in
	}
}

func TestNames(t *testing.T) {
	var n Names
	name := []byte("claude-sonnet")
	first := n.Of(name)
	if allocs := testing.AllocsPerRun(10, func() { n.Of(name) }); allocs != 0 || first != "claude-sonnet" {
		t.Errorf("%q, %v allocations", first, allocs)
	}
	name[0] = 'x' // the buffer is used again
	if first != "claude-sonnet" || n.Of([]byte("a\x1b[0mb")) != "ab" || n.Of(nil) != "" {
		t.Error("names changed")
	}
	for i := range 3 * maxNames {
		n.Of(append([]byte("n"), byte(i), byte(i>>8), 'x'))
	}
	if len(n.known) > maxNames {
		t.Errorf("%d names are kept", len(n.known))
	}
}
