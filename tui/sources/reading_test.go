package sources

import (
	"testing"
	"time"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// While a provider is read for the first time it is not said that all is there.
func TestFirstRead(t *testing.T) {
	s := tuitest.Connected()
	s.Sources = s.Sources[2:3]
	src := &s.Sources[0]
	src.Err, src.Hint, src.Synced, src.Coverage = "", "", time.Time{}, src.Coverage[:1]
	p := newPage(s, 120, 37)
	want(t, view(p), "◐ read in part", "1 needs a look", "acme-openai is not read in full yet", "s goes on with reading it")
	p.Update(ui.Reading{Source: "acme-openai", Done: 2, Total: 5})
	p.Update(ui.Reading{Source: "other", Done: 1, Total: 5})
	want(t, view(p), "◐ first read", "reading 40%", "1 read for the first time", "is not read in full yet", "what is there counts already")
	reject(t, view(p), "no day is missing", "✓ ok", "all well")
	p.SetSnapshot(s) // new data in the meantime
	want(t, view(p), "reading 40%")
	p.Update(ui.Reading{Source: "acme-openai"})
	done := *s
	done.Sources = []report.SourceStatus{*src}
	done.Sources[0].Synced = s.AsOf
	p.SetSnapshot(&done)
	want(t, view(p), "✓ ok", "no day is missing", "all well")
	reject(t, view(p), "reading", "read in full")
}

// TestNobodyLooks: what is read while another page is on screen is known once
// this one is.
func TestNobodyLooks(t *testing.T) {
	p := New(Options{})
	p.SetSize(120, 37)
	s := tuitest.Connected()
	p.SetSnapshot(s)
	p.Update(ui.Reading{Source: s.Sources[0].Name, Done: 2, Total: 5})
	p.Update(ui.Reading{Source: s.Sources[1].Name, Done: 2, Total: 5})
	p.Update(ui.Reading{Source: s.Sources[1].Name})
	if p.snap != nil {
		t.Error("a page that nobody sees is worked out")
	}
	want(t, view(p), "reading 40%")
	if p.snap != s || len(p.reading) != 1 {
		t.Errorf("%v is being read", p.reading)
	}
}

// It is not said that all is well while days are missing.
func TestMissingDaysAreNotWell(t *testing.T) {
	s := tuitest.Connected()
	s.Sources = s.Sources[2:3] // with a hole in September
	s.Sources[0].Err, s.Sources[0].Hint, s.Sources[0].Synced = "", "", s.AsOf
	p := newPage(s, 120, 37)
	want(t, view(p), "✓ ok", "days are missing", "not read: ")
	reject(t, view(p), "all well")
}

// What nobody uses is told by the usage too, as on the page that explores it.
func TestUnusedNames(t *testing.T) {
	s := tuitest.Connected()
	old := s.AsOf.AddDate(0, 0, -200)
	src := &s.Sources[2]
	src.Entities = []usage.Known{
		{Entity: usage.Entity{Kind: usage.ByKey, ID: "k1", Name: "in use", Created: old}},
		{Entity: usage.Entity{Kind: usage.ByKey, ID: "k2", Name: "never in use", Created: old}},
		{Entity: usage.Entity{Kind: usage.ByKey, ID: "k3", Name: "used elsewhere", Created: old, LastUsed: s.AsOf.AddDate(0, 0, -2)}},
		{Entity: usage.Entity{Kind: usage.ByKey, ID: "k4", Name: "long ago", Created: old, LastUsed: s.AsOf.AddDate(0, 0, -40)}},
	}
	b := usage.NewBuilder(1)
	b.Add(usage.SlotOf(s.AsOf.Add(-time.Hour)), 1, b.Set(usage.Dims{Source: "openai", Key: "k1"}), usage.Measures{Records: 1})
	s.Cube = b.Cube()
	s.Names = report.NewNames(src.Entities)
	p := newPage(s, 200, 57)
	press(p, "down", "down")
	want(t, view(p), "key never in use, never used; key long ago since 11 Oct 2026")
	reject(t, view(p), "key in use", "key used elsewhere")
}
