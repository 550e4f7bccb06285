package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tokpit/money"
)

func columns() []Column {
	return []Column{{"name", Text, "", false}, {"n", Count, "", true}, {Currency, Text, "", false}, {"cost", Amount, "", true}}
}

type row struct {
	name, currency string
	n              int64
	hasN           bool
	cost           money.Amount
	priced         bool
}

func (r row) cells() []Cell {
	out := []Cell{TextCell(r.name), {}, TextCell(r.currency), {}}
	if r.hasN {
		out[1] = CountCell(r.n)
	}
	if r.priced {
		out[3] = AmountCell(r.cost)
	}
	return out
}

func drawRows(t *rapid.T) []row {
	return rapid.SliceOf(rapid.Custom(func(t *rapid.T) row {
		return row{rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"=cmd|' /C calc'!A0", "+1", "-2", "@SUM(1)", "\tx", "\rx", "\nx", "a,b\"c", "'x", "＝1", "007", "1E5", "MAR1"})).Draw(t, "name"),
			rapid.SampledFrom([]string{"USD", "EUR", ""}).Draw(t, "currency"), rapid.Int64Range(-9e9, 9e9).Draw(t, "n"), rapid.Bool().Draw(t, "has n"),
			money.FromAtto(rapid.Int64().Draw(t, "cost")), rapid.Bool().Draw(t, "priced")}
	})).Draw(t, "rows")
}

func write(t interface{ Fatal(...any) }, w Writer, rows []row) *Tally {
	tally := &Tally{To: w}
	err := tally.Begin(columns())
	for i := 0; err == nil && i < len(rows); i++ {
		err = tally.Row(rows[i].cells())
	}
	if err == nil {
		err = tally.End()
	}
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

// What is written as CSV is read back as it was, in both locales; unknown is
// empty and zero is 0; no text cell can be run.
func TestCSVIsLossless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, comma := drawRows(t), rapid.Bool().Draw(t, "comma")
		var b bytes.Buffer
		w := NewCSV(&b)
		w.DecimalComma, w.BOM = comma, rapid.Bool().Draw(t, "bom")
		write(t, w, rows)
		text := strings.TrimPrefix(b.String(), "\ufeff")
		if w.BOM == (text == b.String()) {
			t.Fatal("the mark is not where it should be")
		}
		if strings.Count(text, "\r\n") < len(rows)+1 || !strings.HasSuffix(text, "\r\n") {
			t.Fatalf("lines do not end in CRLF: %q", text)
		}
		// Go's reader makes CRLF inside quotes to LF, so it reads what has none.
		in := csv.NewReader(strings.NewReader(strings.NewReplacer("\r\n", "\n", "\r", "\x01").Replace(text)))
		if comma {
			in.Comma = ';'
		}
		all, err := in.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != len(rows)+1 {
			t.Fatalf("%d rows, want %d", len(all)-1, len(rows))
		}
		for i, r := range rows {
			got := all[i+1]
			name := strings.NewReplacer("\r\n", "\n", "\r", "\x01").Replace(r.name)
			if Unguard(got[0]) != name {
				t.Fatalf("%q read back as %q", r.name, got[0])
			}
			if got[0] != "" && strings.ContainsRune("=+-@\t＝＋－＠", []rune(got[0])[0]) {
				t.Fatalf("%q may be run", got[0])
			}
			n, cost := "", ""
			if r.hasN {
				n = string((&Cell{number: r.n, known: true}).Append(nil, Count))
			}
			if r.priced {
				cost = r.cost.String()
			}
			if comma {
				cost = strings.Replace(cost, ".", ",", 1)
			}
			if got[1] != n || Unguard(got[2]) != r.currency || got[3] != cost {
				t.Fatalf("%+v read back as %q", r, got)
			}
		}
	})
}

// Sums are exact, by currency.
func TestTally(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		sums := write(t, NewCSV(io.Discard), rows).Sums()
		var n int64
		cost := make(map[string]money.Amount)
		for _, r := range rows {
			if r.hasN {
				n += r.n
			}
			if r.priced {
				cost[r.currency] = cost[r.currency].Add(r.cost)
			}
		}
		if sums["n"] != n {
			t.Fatalf("%v, want %d", sums["n"], n)
		}
		got := sums["cost"].(map[string]string)
		for c, a := range cost {
			if got[c] != a.String() {
				t.Fatalf("%s %s, want %s", c, got[c], a)
			}
		}
		if len(got) != len(cost) {
			t.Fatalf("%v, want %v", got, cost)
		}
	})
}

// Both forms of JSON are valid, and hold exact values and null.
func TestJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		type object struct {
			Name *string `json:"name"`
			N    *int64  `json:"n"`
			Cost *string `json:"cost"`
		}
		var lines, doc bytes.Buffer
		write(t, NewJSONLines(&lines), rows)
		d, err := NewJSON(&doc, map[string]string{"schema": "x"})
		if err != nil {
			t.Fatal(err)
		}
		write(t, d, rows)
		var whole struct {
			Schema string   `json:"schema"`
			Rows   []object `json:"rows"`
		}
		if err := json.Unmarshal(doc.Bytes(), &whole); err != nil || whole.Schema != "x" || len(whole.Rows) != len(rows) {
			t.Fatalf("%v: %s", err, doc.String())
		}
		dec := json.NewDecoder(&lines)
		for i, r := range rows {
			var o object
			if err := dec.Decode(&o); err != nil {
				t.Fatal(err)
			}
			for _, o := range []object{o, whole.Rows[i]} {
				if (o.N != nil) != r.hasN || r.hasN && *o.N != r.n || (o.Cost != nil) != r.priced || r.priced && *o.Cost != r.cost.String() || (o.Name != nil) != (r.name != "") {
					t.Fatalf("%+v is written as %+v", r, o)
				}
			}
		}
	})
}

// A guard can be taken away again, whatever the text.
func FuzzGuard(f *testing.F) {
	for _, s := range []string{"", "=1", "'", "''", "00123", "1E5", "MAR1", "1-Sep", "true", "web", "gpt-5", "2026-11-20", "12%", "3e", "e3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g := Guard(s)
		if Unguard(g) != s {
			t.Fatalf("%q is guarded as %q", s, g)
		}
		if g != "" && strings.ContainsAny(g[:1], "=+-@\t\r\n") {
			t.Fatalf("%q may be run", g)
		}
	})
}

// Names stay as they are; what a spreadsheet would change is guarded.
func TestGuard(t *testing.T) {
	for _, s := range []string{"web", "gpt-5", "claude-opus-4-7", "proj_123", "key 7", "4711 Search", "e5", "mary", "April May", "2nd"} {
		if Guard(s) != s {
			t.Errorf("%q is guarded for nothing", s)
		}
	}
	for _, s := range []string{"00123", "1E5", "12345678901234567", "1e10", "MAR1", "1-Sep", "Dec 2026", "2026-11-20", "12/5", "TRUE", "$5", "50%", "'quoted", "=1", "@x", "－1", " =1", "1,5"} {
		if Guard(s) != "'"+s {
			t.Errorf("%q is not guarded", s)
		}
	}
}
