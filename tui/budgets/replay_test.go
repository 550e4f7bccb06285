package budgets

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/tui/tuitest"
	"tokpit/usage"
)

// trying is a page with a replay of the first budget, at a limit.
func trying(t *testing.T, a *actions, limit int64) *Page {
	t.Helper()
	p := pageOf(a, tuitest.Budgeted(), 140, 40)
	press(p, "home", "p")
	if p.replay == nil || !p.replay.ready() {
		t.Fatalf("no replay:\n%s", view(p))
	}
	run(p, p.Update(typedLimit{p.replay, units(limit)}))
	return p
}

// The answer is the one that the budget's replay gives, whatever the controls
// say.
func TestReplayAnswers(t *testing.T) {
	a := spender()
	p := trying(t, a, 100)
	r := p.replay
	want(t, view(p), "a simulation: nothing is refused", "A limit of $100.00 would have refused", "$100.00", "10 minutes", "1–30 Nov, so far", "Refused by key", "untracked", "unallocated", "gpt-5-mini", "mara", "▒ refused", "stopped")
	check := func() {
		t.Helper()
		o := budget.NewReplay(r.period, a.pieces).Ask(r.limit, r.delay, r.budget.Warn)
		if o.Saved != r.out.Saved || o.Refused != r.out.Refused || !o.StopsAt.Equal(r.out.StopsAt) {
			t.Fatalf("limit %s, delay %v: %+v instead of %+v", r.limit, r.delay, r.out, o)
		}
		for i := range groupings() {
			sum, n := units(0), int64(0)
			for _, x := range r.refused[i] {
				sum, n = sum.Add(x.Cost), n+x.Pieces
			}
			if sum != o.Saved || n != o.Refused {
				t.Fatalf("by %s: %s and %d refused", groupings()[i], sum, n)
			}
		}
	}
	check()
	for _, k := range []string{"left", "shift+left", "right", "down", "right", "right", "shift+right", "shift+right", "left"} {
		press(p, k)
		check()
	}
	if r.at != controlDelay || r.delay != 14*time.Minute+30*time.Second {
		t.Errorf("control %d, delay %v", r.at, r.delay)
	}
	want(t, view(p), "14m30s")
	press(p, "down", "left")
	want(t, view(p), "1–31 Oct, the month before", "would not have been reached")
	press(p, "left", "right", "right")
	if r.back != 0 || !r.period.Contains(p.snap.AsOf) {
		t.Errorf("back %d, period %v", r.back, r.period)
	}
}

// Where there is little room, the chart and the tables take turns.
func TestReplayInLittleRoom(t *testing.T) {
	p := trying(t, spender(), 100)
	p.SetSize(80, 16)
	want(t, view(p), "Served and refused")
	for _, by := range []string{"key", "project", "model", "user"} {
		press(p, "g")
		want(t, view(p), "Refused by "+by)
	}
	press(p, "g")
	want(t, view(p), "Served and refused")
}

// Buckets and plans: what is not exact is said.
func TestReplayIsHonest(t *testing.T) {
	a := spender()
	for i := range a.pieces {
		a.pieces[i].Bucket, a.pieces[i].Requests = true, usage.Absent
	}
	a.unseen = 7
	p := trying(t, a, 100)
	want(t, view(p), "not exact: 471 buckets of hours or days, each taken as one request", "7 records that a plan pays for are not in it", "not all requests are counted")
}

// A limit that was tried can be taken over; nothing is written before it is
// saved.
func TestAdoptLimit(t *testing.T) {
	a := spender()
	p := trying(t, a, 120)
	box := modal(t, press(p, "enter"))
	box.Update(keyOf("ctrl+u"))
	for _, r := range "$1,250.75" {
		box.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	cmd, done := box.Update(keyOf("enter"))
	if run(p, cmd); !done || p.replay.limit != amount(t, "1250.75") {
		t.Fatalf("limit %s", p.replay.limit)
	}
	press(p, "e")
	if p.form == nil || p.form.text(spotAmount) != "1250.75" || !p.form.dirty() || len(a.told) > 0 {
		t.Fatalf("form %+v, told %v", p.form, a.told)
	}
	press(p, "ctrl+s")
	if len(a.saved) != 1 || a.saved[0].Amount != amount(t, "1250.75") || a.saved[0].Name != "all" {
		t.Errorf("saved %+v", a.saved)
	}
}

// Reading can be stopped, and an answer to an older question is dropped.
func TestReplayCanBeStopped(t *testing.T) {
	a := spender()
	a.gate = make(chan struct{})
	p := pageOf(a, tuitest.Budgeted(), 120, 37)
	press(p, "home")
	cmd := p.openReplay()
	answers := make(chan tea.Msg, 1)
	go func() { answers <- cmd() }()
	for p.replay.read.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	p.redraw()
	want(t, view(p), "reading the requests of 1–30 Nov… 12,345", "esc stops")
	press(p, "esc")
	if p.replay != nil {
		t.Fatal("not left")
	}
	select {
	case msg := <-answers:
		run(p, func() tea.Msg { return msg })
	case <-time.After(10 * time.Second):
		t.Fatal("reading goes on")
	}
	if p.replay != nil || p.waiting() {
		t.Error("the answer came back to life")
	}
	a.gate, a.err = nil, hinted{errors.New("the store is busy")}
	press(p, "p")
	want(t, view(p), "! the store is busy", "hint: ask whoever keeps the budgets")
}

// The mouse slides, wheels, and goes through periods.
func TestReplayMouse(t *testing.T) {
	p := trying(t, spender(), 100)
	pl := p.planReplay()
	at := func(c control, x int) (int, int) {
		return pl.sliders.Min.X + pl.sliderLeft + x, pl.sliders.Min.Y + int(c)
	}
	x, y := at(controlLimit, pl.sliderWidth/2)
	p.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	half := p.replay.limit
	if half.Cmp(units(2000)) < 0 || half.Cmp(units(3500)) > 0 {
		t.Errorf("half of the track is %s", half)
	}
	p.Update(tea.MouseMotionMsg{X: x + 10, Y: y, Button: tea.MouseLeft})
	if p.replay.limit.Cmp(half) <= 0 {
		t.Error("drawing does nothing")
	}
	x, y = at(controlDelay, 0)
	p.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	if p.replay.delay != 0 {
		t.Errorf("delay %v", p.replay.delay)
	}
	p.Update(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp})
	if p.replay.delay != 30*time.Second {
		t.Errorf("delay %v", p.replay.delay)
	}
	x, y = at(controlPeriod, 0)
	run(p, p.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}))
	if p.replay.back != 1 {
		t.Errorf("back %d", p.replay.back)
	}
}

// million is a month of a million requests of fifty models, four hundred keys and
// five hundred projects.
func million() *actions {
	r := rand.New(rand.NewPCG(1, 2))
	a := &actions{}
	for i := range 4000 {
		a.groups = append(a.groups, usage.Dims{Key: name("key", i%400), Project: name("project", i*7%500), Model: name("model", i%50), User: name("user", i%90)})
	}
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for range 1_000_000 {
		a.pieces = append(a.pieces, budget.Spent{At: start.Add(time.Duration(r.Int64N(int64(470 * time.Hour)))), Cost: money.FromAtto(r.Int64N(1e16)), Requests: 1, Group: uint32(r.IntN(4000))})
	}
	slices.SortFunc(a.pieces, func(x, y budget.Spent) int { return x.At.Compare(y.At) })
	return a
}

func name(kind string, i int) string {
	return kind + "-" + string(rune('a'+i%26)) + string(rune('a'+i/26%26))
}

// A slider move over a million requests, Update and View, takes one frame.
func TestSliderOverAMillion(t *testing.T) {
	if os.Getenv("TOKPIT_SPEED") == "" {
		t.Skip("set TOKPIT_SPEED on a quiet machine, as make soak does")
	}
	p := pageOf(million(), tuitest.Budgeted(), 200, 60)
	press(p, "home", "p")
	var all []time.Duration
	for i := range 200 {
		k := keyOf("left")
		if i%40 > 20 {
			k = keyOf("shift+right")
		}
		start := time.Now()
		p.Update(k)
		p.View()
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	t.Logf("median %v, nine in ten %v, longest %v", all[100], all[180], all[199])
	if all[180] > 16*time.Millisecond {
		t.Errorf("a move took %v", all[180])
	}
}

func BenchmarkSliderMove(b *testing.B) {
	p := pageOf(million(), tuitest.Budgeted(), 200, 60)
	press(p, "home", "p")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := keyOf("shift+left")
		if i/20%2 == 1 {
			k = keyOf("shift+right")
		}
		p.Update(k)
		p.View()
	}
}

func BenchmarkView(b *testing.B) {
	p := pageOf(spender(), tuitest.Budgeted(), 200, 60)
	b.ReportAllocs()
	for b.Loop() {
		p.Update(keyOf("down"))
		p.View()
	}
}
