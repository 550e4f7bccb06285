package columns

import (
	"errors"
	"strings"
	"testing"

	"tokpit/usage/importer"
)

func FuzzGuess(f *testing.F) {
	f.Add([]byte("time,model,in,out\n2026-01-02,m,1,2\n"))
	f.Add([]byte(`{"timestamp":1788220800,"model":"m","usage":{"input_tokens":1}}`))
	f.Add([]byte("\xff\xfet\x00,\x00"))
	f.Add([]byte("sep=;\na;b\n1/2/2026;1,234\n"))
	f.Fuzz(func(t *testing.T, head []byte) {
		g, err := Guess(head)
		if err != nil {
			return
		}
		if err := g.Map.Check(); err != nil {
			t.Fatalf("the guessed map is wrong: %v", err)
		}
		again, err := Parse(g.Map.Text())
		if err != nil || !again.Means(g.Map) {
			t.Fatalf("the map is not read back (%v):\n%s", err, g.Map.Text())
		}
		if _, err := bring(t, New(g.Map), string(head), importer.Options{}); err != nil && !errors.Is(err, ErrForeign) {
			t.Fatal(err)
		}
	})
}

func FuzzMap(f *testing.F) {
	for _, m := range Builtin() {
		f.Add(m.Text())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(m.Text())
		if err != nil || !again.Means(m) {
			t.Fatalf("the map is not read back: %v", err)
		}
		_ = m.Words()
	})
}

func FuzzRows(f *testing.F) {
	f.Add("time,model,in,out,cost\n", "2026-01-02T03:04:05Z,m,\"1,234\",5,$1.50\n")
	f.Add("time,model,in,out\n", "\"a\nb\",m,1\r\n\"")
	f.Fuzz(func(t *testing.T, header, rows string) {
		b, err := bring(t, New(plainMap()), header+rows, importer.Options{})
		if err != nil && !errors.Is(err, ErrForeign) {
			t.Fatal(err)
		}
		for _, r := range b.records {
			if r.Input < 0 || r.Output < 0 || r.Start.IsZero() || r.Model == "" || r.ID == "" {
				t.Fatalf("record %+v", r)
			}
		}
	})
}

// FuzzNumbers: what is understood means the same written plainly.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"1,234.5", "1e-3", "$5", "(3)", "1.000,5", "-0", "€ 1"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, comma bool) {
		mark := byte('.')
		if comma {
			mark = ','
		}
		if n, _, bad := parseCount([]byte(strings.TrimSpace(s)), mark); bad == fine && n < 0 {
			t.Fatalf("%q is %d", s, n)
		}
		a, _, ok, bad := parseAmount([]byte(s), mark)
		if bad != fine || !ok {
			return
		}
		if again, _, _, bad := parseAmount([]byte(a.String()), '.'); bad != fine || again != a {
			t.Fatalf("%q is %s, which is %s", s, a, again)
		}
	})
}
