package sources

import (
	"strings"
	"testing"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/usage"
)

// Sources with data come first; tools that are not on this machine are one line,
// whose details say where each was looked for.
func TestAbsentToolsAreOneLine(t *testing.T) {
	s := tuitest.Connected()
	var absentees []report.SourceStatus
	for _, name := range []string{"amp", "droid", "zed"} {
		absentees = append(absentees, report.SourceStatus{Name: name, Kind: "agent log", Basis: usage.Logged, Synced: s.AsOf,
			Places: []usage.Place{{Path: "/home/kim/." + name}}})
	}
	before := len(s.Sources)
	s.Sources = append(absentees, s.Sources...)
	p := New(Options{})
	p.SetSize(120, 40)
	p.SetSnapshot(s)
	p.take()
	if got := p.rows.Len(); got != before+1 {
		t.Fatalf("%d rows, want %d", got, before+1)
	}
	last := p.rows.At(before)
	if p.rows.At(0).Records == 0 || last.tools() != "amp, droid, zed" {
		t.Errorf("first %s, last %s", p.rows.At(0).Name, last.tools())
	}
	if last.removable() || last.connected() {
		t.Error("what is not there can be removed")
	}
	p.table.SetCursor(before)
	p.redraw()
	for _, want := range []string{"not found", "amp, droid, zed", "/home/kim/.droid"} {
		if text := strings.Join(p.Plain(), "\n") + p.View(); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, p.View())
		}
	}
	// A name of theirs is taken all the same.
	if f := newForm(p.taken(), s.AsOf); f == nil || !strings.Contains(strings.Join(p.taken(), " "), "droid") {
		t.Errorf("taken: %v", p.taken())
	}
}

// One alone keeps its name.
func TestOneAbsentToolKeepsItsLine(t *testing.T) {
	items := ordered([]item{{SourceStatus: &report.SourceStatus{Name: "amp"}, state: absent}, {SourceStatus: &report.SourceStatus{Name: "codex", Records: 3}}})
	if len(items) != 2 || items[0].Name != "codex" || items[1].Name != "amp" {
		t.Errorf("got %v, %v", items[0].Name, items[1].Name)
	}
}
