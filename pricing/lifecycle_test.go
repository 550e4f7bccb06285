package pricing

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestLifecycle(t *testing.T) {
	b := Embedded()
	for _, tc := range []struct {
		provider, name, shutdown, replacement, note string
		status                                      LifeStatus
	}{
		{"google", "gemini-2.5-pro", "2026-12-01", "gemini-3.8-flash", "auto-routed to and billed as gemini-3.8-flash", Deprecated},
		{"gemini", "models/gemini-2.5-flash", "2026-12-01", "gemini-3.5-flash-lite", "billed as", Deprecated},
		{"openai", "gpt-5-2025-08-07", "2026-12-11", "gpt-5.6-sol", "", Deprecated},
		{"openai", "o3", "2026-12-11", "gpt-5.6-sol", "", Deprecated},
		{"openai", "openai/gpt-4o", "2027-01-14", "gpt-6-luna", "", Deprecated},
		{"anthropic", "claude-opus-4.5", "", "", "", Active},
		{"openai", "gpt-5-pro-2025-10-06", "2026-12-11", "gpt-5.6-sol", "reasoning.mode", Deprecated},
	} {
		l, ok := b.Lifecycle(tc.provider, tc.name)
		if !ok || instantText(l.Shutdown) != tc.shutdown || l.Status != tc.status || !strings.Contains(l.Note, tc.note) ||
			tc.replacement != "" && (len(l.Replacements) == 0 || l.Replacements[0] != tc.replacement) {
			t.Errorf("%s: %+v, %v", tc.name, l, ok)
		}
	}
	for _, name := range []string{"gpt-5-2031-01-01", "gpt-55", ""} {
		if l, ok := b.Lifecycle("openai", name); ok {
			t.Errorf("%q: %+v", name, l)
		}
	}
	from, to := at(t, "2026-11-21"), at(t, "2027-01-01")
	coming := b.Retiring(from, to)
	if len(coming) < 8 || coming[0].Shutdown.Before(from) || !coming[len(coming)-1].Shutdown.Before(to) {
		t.Errorf("%d models retire", len(coming))
	}
	for i, l := range coming {
		if l.StatusAt(l.Shutdown) != Retired || l.StatusAt(l.Shutdown.Add(-time.Second)) != Deprecated || i > 0 && l.Shutdown.Before(coming[i-1].Shutdown) {
			t.Errorf("%+v", l)
		}
	}
}

func TestPages(t *testing.T) {
	b := Embedded()
	now := at(t, "2026-11-21")
	list := b.List(now)
	if len(list) != len(b.Models()) {
		t.Errorf("%d listings of %d models", len(list), len(b.Models()))
	}
	found := Search(list, "DEEPSEEK v4-flash")
	if len(found) == 0 || found[0].Model != "deepseek-v4-flash" {
		t.Errorf("%v", found)
	}
	promos := b.Promos(now)
	if len(promos) < 5 || !promos[0].To.IsZero() {
		t.Errorf("promos: %v", promos)
	}
	scheduled := b.Scheduled(now)
	if len(scheduled) < 4 || !scheduled[0].From.Equal(at(t, "2026-12-01")) {
		t.Errorf("scheduled: %v", scheduled)
	}
	changes := b.Changes(at(t, "2026-07-01"), at(t, "2026-12-02"))
	kinds := map[string]int{}
	for i := range changes {
		kinds[changes[i].Row().Tier]++
		if changes[i].Text() == "" {
			t.Errorf("%+v", changes[i])
		}
	}
	if kinds[Standard] < 5 || kinds["batch"] < 3 || kinds["flex"] < 2 {
		t.Errorf("changes by tier: %v", kinds)
	}
	if l := b.Launches(at(t, "2026-10-01"), now); len(l) == 0 {
		t.Error("nothing was launched")
	}
	l, _ := b.Listing("google", "gemini-2.5-pro", now)
	long, ok := l.Long()
	if batch, has := l.Tier("batch"); !ok || !has || long.Context.Over != 200000 || batch.Rates.Input.PerMillion() != "0.625" || !l.HasLife {
		t.Errorf("%+v", l)
	}
}

func TestAsKnown(t *testing.T) {
	read := func(rows string) *Book {
		files := fstest.MapFS{}
		for name, text := range map[string]string{"providers.csv": "alias,provider,kind\nv,v,vendor\n", "names.csv": "provider\n", "meters.csv": "provider,meter,from,to,per_1000,confidence,learned,source\nv,web,2025-01-01,2025-06-01,10,exact,2025-01-05,a\nv,web,2025-06-01,,20,exact,2025-07-07,a\n",
			"regions.csv": "provider\n", "lifecycle.csv": "provider\n", "prices/v.csv": "model,tier,over,from,to,input,output,confidence,learned,source\n" + rows} {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		tab, err := ReadTable(files)
		if err != nil {
			t.Fatal(err)
		}
		if err := tab.Check(); err != nil {
			t.Fatal(err)
		}
		return NewBook(tab)
	}
	b := read("m,,,2025-01-01,2025-06-01,1,2,exact,2025-01-05,a\nm,,,2025-06-01,,3,4,exact,2025-07-07,a\n" +
		"m,batch,,2025-01-01,2025-06-01,0.5,1,exact,2025-01-05,a\nm,batch,,2025-06-01,,1.5,2,exact,2025-07-07,a\nn,,,2025-02-01,,5,6,exact,2025-07-07,a\n")
	versions := b.Versions()
	if len(versions) != 2 || versions[1].Version != b.Version() || versions[0].Rows != 2 || versions[1].Rows != 3 || versions[0].Version >= versions[1].Version {
		t.Fatalf("%+v", versions)
	}
	old, ok := b.ByVersion("2025-01-05")
	if !ok || old.Version() != versions[0].Version {
		t.Fatal("no version of January")
	}
	if h := old.History("v", "m"); len(h) != 1 || !h[0].To.IsZero() || h[0].Rates.Input.PerMillion() != "1" {
		t.Errorf("%v", h)
	}
	if h := old.Refinements("v", "m"); len(h) != 1 || !h[0].To.IsZero() {
		t.Errorf("%v", h)
	}
	if len(old.History("v", "n")) != 0 || len(old.layers.root.Meters) != 1 || !old.layers.root.Meters[0].To.IsZero() {
		t.Error("it knows what was learned later")
	}
	if err := old.layers.root.Check(); err != nil {
		t.Error(err)
	}
	if b.AsKnown(at(t, "2025-07-07")) != b || b.AsKnown(time.Now()) != b {
		t.Error("as known now is another book")
	}
	if _, ok := b.ByVersion("2024"); ok {
		t.Error("a version that never was")
	}
	if _, ok := b.ByVersion(""); ok {
		t.Error("a version without a name")
	}
	changes := ChangedRows(old, b)
	if len(changes) != 5 {
		t.Errorf("%d changes: %v", len(changes), changes)
	}
}

func TestAdditionsRefuseDamage(t *testing.T) {
	head := fileHead + "\n# import 1 2026-11-25T10:00:00Z native - \"x\"\n" + fileColumn + "\n"
	row := "acme,m,,,,,2026-11-25,,1,,,,2,USD,,,,approx,s\n"
	a, err := ReadAdditions([]byte(head + row))
	if err != nil || len(a.Imports) != 1 || len(a.Imports[0].Rows) != 1 || string(a.Encode()) != head+row {
		t.Fatalf("%v %s", err, a.Encode())
	}
	for text, want := range map[string]string{
		"x\n": "line 1", fileHead + "\n" + row: "line 2", head + "acme,m\n": "line 4", head + strings.Replace(row, "2026-11-25,", ",", 1): "line 4: from",
		head + strings.Replace(row, ",1,", ",-1,", 1):                   "line 4: input",
		head + row + strings.Replace(row, "acme", "a b", 1):             "line 5: provider",
		strings.Replace(head, "import 1", "import 2", 1) + row:          "line 2",
		strings.Replace(head, `"x"`, `"x`, 1) + row:                     "line 2",
		strings.Replace(head, "10:00:00Z", "25:00:00Z", 1):              "line 2",
		head + row + "# import 2 2026-11-24T10:00:00Z native - \"x\"\n": "line 5: is older",
		head + "# listed x\n":                                           "line 4",
	} {
		if a, err := ReadAdditions([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %q", text, a, err, want)
		}
	}
	if a, err := ReadAdditions(nil); err != nil || len(a.Imports) != 0 {
		t.Errorf("no file: %v", err)
	}
}

func FuzzReadAdditions(f *testing.F) {
	f.Add([]byte(fileHead + "\n# import 1 2026-11-25T10:00:00Z native - \"x\" forced\n# listed \"a\" \"b\"\n" + fileColumn + "\nacme,m,,,,,2026-11-25,,1,,,,2,USD,,,,approx,s\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ReadAdditions(data)
		if err != nil {
			return
		}
		again, err := ReadAdditions(a.Encode())
		if err != nil || string(again.Encode()) != string(a.Encode()) {
			t.Fatalf("%v: not what was written:\n%s", err, a.Encode())
		}
		b, err := Embedded().Adding(a)
		if err != nil {
			t.Fatal(err)
		}
		b.List(time.Unix(1793000000, 0))
		b.Versions()
	})
}
