package estimate

import (
	"context"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// slowDesk reads requests for as long as somebody waits for them.
type slowDesk struct {
	fakeDesk
	asked int
	ctx   context.Context
}

func (d *slowDesk) History(ctx context.Context, of *report.Snapshot) (*report.History, error) {
	d.asked++
	d.ctx = ctx
	return d.fakeDesk.History(ctx, of)
}

// The page is ready before the person's own requests have been read one by one, and
// they are read only while a text asks for them.
func TestRequestsAreReadWhenTheyMatter(t *testing.T) {
	d := &slowDesk{}
	p := New(Options{Context: t.Context(), Desk: d})
	p.SetSize(120, 37)
	snap := tuitest.Sample()
	snap.Book, snap.Demo = pricing.Embedded(), false
	b := usage.NewBuilder(0)
	b.Add(usage.SlotOf(snap.AsOf), 1, b.Set(usage.Dims{Provider: "openai", Model: "gpt-5.4"}), usage.Measures{Requests: 4, Tokens: usage.Tokens{Output: 1200}})
	snap.Cube = b.Cube()
	p.SetSnapshot(snap)
	settle(p, p.Update(ui.Shown{}))
	if p.estimator == nil || d.asked != 0 {
		t.Fatalf("ready: %v, read %d times without a text", p.estimator != nil, d.asked)
	}
	cmd := p.Update(tea.PasteMsg{Content: "What does this cost?"})
	if e := choose(t, p, "openai", "gpt-5.4"); e.Output != 300 || p.asked.cancel == nil {
		t.Errorf("until they are read an answer has %d tokens", e.Output)
	}
	settle(p, cmd)
	if e := p.current(); d.asked != 1 || e.Output != 1000 {
		t.Errorf("read %d times, an answer of %d tokens, %s", d.asked, e.Output, e.OutputBasis)
	}
	settle(p, p.Update(ui.Shown{}))
	if settle(p, p.Update(tea.PasteMsg{Content: "more"})); d.asked != 1 || p.current().Output != 1000 {
		t.Errorf("read %d times", d.asked)
	}
	later := *snap
	later.AsOf = snap.AsOf.Add(readAgain)
	p.SetSnapshot(&later)
	cmd = p.Update(ui.Shown{})
	settle(p, cmd)
	if d.asked != 2 {
		t.Errorf("after a while read %d times", d.asked)
	}
}

func TestAReadingEndsWithTheText(t *testing.T) {
	d := &slowDesk{}
	p := New(Options{Context: t.Context(), Desk: d})
	p.SetSize(120, 37)
	snap := tuitest.Sample()
	snap.Book, snap.Demo = pricing.Embedded(), false
	p.SetSnapshot(snap)
	settle(p, p.Update(ui.Shown{}))
	p.Update(tea.PasteMsg{Content: "What does this cost?"})
	read := p.readHistory()
	if p.asked.cancel == nil || read != nil {
		t.Fatal("it is not read, or twice at a time")
	}
	ended := p.asked.gen
	p.Update(named("d"))
	if p.asked.cancel != nil || p.asked.gen == ended {
		t.Error("it is read on without a text")
	}
}
