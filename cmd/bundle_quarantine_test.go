package cmd_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/bundle"
)

// TestBundleRowsAreNamed: a row of a bundle that cannot be true is named with the
// bundle and its line there, costs no other, and is named once however often the
// bundle comes.
func TestBundleRowsAreNamed(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := bundle.NewWriter(&b, bundle.Header{Machine: "laptop", Store: "5f0c", Revision: 1, AsOf: rowTime()})
	w.Connection(bundle.Connection{Name: "claude-code", Role: bundle.Log})
	for i, at := range []time.Time{rowTime().AddDate(-10, 0, 0), rowTime(), rowTime().Add(time.Second), rowTime().AddDate(10, 0, 0)} {
		r := usage.Record{ID: fmt.Sprint("r", i), Start: at, Requests: 1, Context: 5, Tokens: usage.Tokens{Input: 5}}
		r.Source, r.Provider, r.Model, r.Machine, r.Basis = "claude-code", "anthropic", "claude-opus-4-5", "laptop", usage.Logged
		w.Record(&r, 0)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	m := newMachine(t)
	path := m.write("a.tokpit", b.String())
	for range 2 { // line 1 is the header, 2 the connection, 3 the dims
		m.run("bundle", "import", path).ok()
		rowsMatch(t, m.doctor(), []string{"a.tokpit:4 before any model API", "a.tokpit:7 lies in the future"})
		if n := m.tokens(); n != 10 {
			t.Errorf("%d tokens, want 10", n)
		}
	}
}
