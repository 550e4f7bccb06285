package explore

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Random keys, clicks, sizes and data: no panic, nothing drawn past the edges,
// and always an answer in the end.
func TestMonkey(t *testing.T) {
	keys := strings.Split("enter esc < > b w v left right t m / f = x o n u d a y Y e i s S up down end home tab backspace c z 7 1 space", " ")
	snaps := []func() *report.Snapshot{tuitest.Explored, tuitest.HostileExplored, tuitest.Sparse, tuitest.Huge}
	steps := 2500
	if testing.Short() {
		steps = 500
	}
	seed := uint32(20261121)
	random := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	d := newPage(t, sample(), 120, 37)
	for range steps {
		switch random(14) {
		case 0:
			d.SetSize(30+random(200), 6+random(60))
		case 1:
			d.Run(d.Update(tea.MouseClickMsg{X: random(d.width), Y: random(d.height), Button: tea.MouseLeft}))
		case 2:
			d.SetSnapshot(snaps[random(len(snaps))]())
			d.Run(d.Update(ui.Shown{}))
		case 3:
			d.SetLens(ui.Lens{Cash: random(2) == 0})
			d.Run(d.Update(ui.Shown{}))
		case 4:
			d.act.err = nil
			if random(4) == 0 {
				d.act.err = errStore
			}
		default:
			d.Keys(keys[random(len(keys))])
		}
		lines := strings.Split(d.View(), "\n")
		if len(lines) != d.height {
			t.Fatalf("%d lines of %d", len(lines), d.height)
		}
		for _, l := range lines {
			if w := ansi.StringWidth(ansi.Strip(l)); w > d.width {
				t.Fatalf("a line of %d columns of %d: %q", w, d.width, ansi.Strip(l))
			}
		}
		if d.work.running || !d.asked {
			t.Fatalf("no answer to %+v", d.step())
		}
	}
}

// many is the sample with so many projects.
func many(projects int) *report.Snapshot {
	s := tuitest.Explored()
	b := usage.NewBuilder(projects)
	for i := range projects {
		d := usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5.2", Basis: usage.Reported, Band: usage.Band{End: 1000}, Project: fmt.Sprintf("project-%06d", i*7919%projects)}
		n := int64(1000 + i%977)
		b.Add(usage.SlotOf(s.CycleStart.Add(time.Duration(i*400/projects)*time.Hour)), 4, b.Set(d), usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: n * 100, Output: n}})
	}
	s.Cube = b.Cube()
	return s
}

// With many rows every key is answered at once: what takes long is done in
// commands.
func TestKeysAreQuickWithManyRows(t *testing.T) {
	if testing.Short() {
		t.Skip("timing")
	}
	d := newPage(t, many(100_000), 200, 57)
	d.Keys("b")
	d.Typed("project")
	d.Keys("enter")
	if len(d.reply.lines) != 100_000 {
		t.Fatalf("%d rows", len(d.reply.lines))
	}
	down := true
	key := func() {
		code := tea.KeyDown
		if down = !down; down {
			code = tea.KeyUp
		}
		d.Update(tea.KeyPressMsg{Code: code})
		d.View()
	}
	key()
	if a := testing.AllocsPerRun(50, key); a > 600 {
		t.Errorf("%.0f allocations a key", a)
	}
	best := time.Hour
	for range 60 {
		start := time.Now()
		key()
		best = min(best, time.Since(start))
	}
	slack := time.Duration(10) // what is left is a guard against work that grows with the rows
	if os.Getenv("TOKPIT_SPEED") != "" {
		slack = 1
	}
	if best > slack*time.Millisecond {
		t.Errorf("a key takes %v", best)
	}
	typed := time.Hour
	d.Update(tea.KeyPressMsg{Code: '/', Text: "/"})
	for range 10 {
		start := time.Now()
		cmd := d.Update(tea.KeyPressMsg{Code: '9', Text: "9"})
		d.View()
		typed = min(typed, time.Since(start))
		d.Run(cmd)
		d.Run(d.Update(tea.KeyPressMsg{Code: tea.KeyBackspace}))
	}
	if typed > slack*3*time.Millisecond {
		t.Errorf("a typed letter takes %v", typed)
	}
	t.Logf("a key %v, a letter %v", best, typed)
}

// How long filtering and sorting a hundred thousand rows takes, in its command.
func BenchmarkShape(b *testing.B) {
	d := newPage(b, many(100_000), 200, 57)
	d.Keys("b")
	d.Typed("project")
	d.Keys("enter")
	s := d.shape()
	s.text = "9"
	for b.Loop() {
		shapeOf(d.reply, s)
	}
}
