package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui"
	"tokpit/tui/tuitest"
	"tokpit/usage"
)

// plainEnv is a machine without anything on it.
// plainDesk is a desk over demo data.
func plainDesk(t *testing.T) *desk {
	t.Helper()
	a := newApp(plainEnv(demoHome(t), io.Discard))
	a.demo = true
	if err := a.settle(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	return newDesk(a, 0)
}

// queryOfDays is the usage of some days before a clock.
func queryOfDays(now time.Time, days int) report.Query {
	return report.Query{Since: now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-days), Zone: time.UTC}
}

// The page says what the command line says of the same levers, to the last digit:
// typed into the whole program in a terminal in memory, and exported from there.
func TestThePageSaysWhatSimulateSays(t *testing.T) {
	levers := []string{"swap gpt-5.4-mini=gpt-5-nano:60%", "input -30%..-20%..-10%", "output-cap 800", "cache-hit 70%", "batch 30%"}
	args := []string{"simulate", "--demo", "--json"}
	for _, l := range levers {
		args = append(args, "--lever", l)
	}
	var cli, page map[string]any
	var out bytes.Buffer
	c := New(plainEnv(demoHome(t), &out))
	c.SetArgs(args)
	c.SetOut(&out)
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &cli); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}

	d := plainDesk(t)
	t.Chdir(t.TempDir())
	term := tuitest.Start(t, tui.New(t.Context(), d, tui.Options{Now: d.app.now, Simulator: simulator{d}, Explorer: explorer{d}}), 160, 50)
	term.See("4 Simulate")
	term.Type("4")
	term.See("saves a month")
	for i, l := range levers {
		term.Type("a")
		term.See("Add a lever")
		term.Paste(l)
		term.See("as you wrote it")
		term.Type("\r")
		if i == 0 {
			term.See("with 1 lever")
		} else {
			term.See("with " + string(rune('1'+i)) + " levers")
		}
	}
	term.Miss("reading…") // the records that the cap needs
	term.Type("e")
	term.See("JSON file")
	term.Type("json\r")
	term.See("Exported to")
	content, err := os.ReadFile(filepath.Join(".", "tokpit-scenario.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &page); err != nil {
		t.Fatal(err)
	}
	if cli["delta_low"] == nil || cli["delta_low"] == cli["delta_high"] || len(cli["levers"].([]any)) != len(levers) {
		t.Fatalf("the command says %v", cli)
	}
	for key, want := range cli {
		if got := page[key]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the page says %v, the command %v", key, got, want)
		}
	}
	if len(page) != len(cli) {
		t.Errorf("the page has %d fields, the command %d", len(page), len(cli))
	}
	term.Type("1") // the levers are still there on another page, and after it
	term.Miss("Levers (not saved)")
	term.Type("q")
	term.See("Not saved: a scenario with 5 levers")
	term.Type("\x1b")
	term.Miss("Not saved: a scenario")
	term.Type("4")
	term.See("Levers (not saved)")
}

// What the page keeps is what the command line lists, and the other way round.
func TestScenariosOfThePageAreThoseOfTheCommand(t *testing.T) {
	t.Parallel()
	d := plainDesk(t)
	s, err := d.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, ctx := simulator{d}, t.Context()
	l, err := scenario.ParseLever("input -20%")
	if err != nil {
		t.Fatal(err)
	}
	levers := []scenario.Lever{l}
	b, err := p.Base(ctx, s, queryOfDays(s.AsOf, 30), levers)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Run(levers)
	if err != nil {
		t.Fatal(err)
	}
	kept := scenario.Keep(scenario.Scenario{Name: "shorter", Levers: levers}, r, "UTC", s.Prices, s.AsOf)
	if err := p.Save(ctx, s, kept); err != nil {
		t.Fatal(err)
	}
	one, err := d.app.savedScenario(ctx, "shorter")
	if err != nil || one.Planned != kept.Planned {
		t.Errorf("%+v, %v", one, err)
	}
	all, err := p.Scenarios(ctx, s)
	if err != nil || len(all) != 1 || all[0].Name != "shorter" {
		t.Errorf("%v, %v", all, err)
	}
	kept.Adopted = s.AsOf.AddDate(0, 0, -7)
	if o, err := p.Outcome(ctx, s, &kept); err != nil || o.Actual.IsZero() {
		t.Errorf("%+v, %v", o, err)
	}
	if err := p.Forget(ctx, s, "shorter"); err != nil {
		t.Fatal(err)
	}
	if all, err = p.Scenarios(ctx, s); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	for name, bad := range map[string]func(*scenario.Saved){
		"name":  func(s *scenario.Saved) { s.Name = testKey },
		"scope": func(s *scenario.Saved) { s.Scope = budget.Scope{usage.ByKey: {testKey}} },
		"note":  func(s *scenario.Saved) { s.Note = testKey },
	} {
		leaky := kept
		bad(&leaky)
		if err := p.Save(ctx, s, leaky); err == nil || strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: a key is kept, or repeated: %v", name, err)
		}
	}
}

// Records are read for a cap on outputs alone, and an error of the store is told.
func TestBasesReadWhatLeversNeed(t *testing.T) {
	t.Parallel()
	d := plainDesk(t)
	s, err := d.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var failed error
	for range d.app.requests(t.Context(), usage.Span{Since: s.AsOf.AddDate(0, 0, -1)}, s.Names, &failed) {
		if n++; n == 100 {
			break
		}
	}
	if n != 100 || failed != nil {
		t.Errorf("%d records, %v", n, failed)
	}
	q := queryOfDays(s.AsOf, 30)
	q.Filter = map[usage.Dimension][]string{usage.BySession: {"nobody's"}} // only session-level cells can tell
	b, err := simulator{d}.Base(t.Context(), s, q, nil)
	if err != nil || b.Before().Tokens.Total() != 0 {
		t.Errorf("%v, %v", b, err)
	}
	if err := os.WriteFile(d.app.store.Path(), []byte("no store"), 0o600); err != nil {
		t.Fatal(err)
	}
	limit, err := scenario.ParseLever("output-cap 500")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (simulator{d}).Base(t.Context(), s, queryOfDays(s.AsOf, 30), []scenario.Lever{limit}); err == nil {
		t.Error("a damaged store is not told")
	}
	if _, err := (simulator{d}).Scenarios(t.Context(), s); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("scenarios of a damaged store: %v", err)
	}
}
