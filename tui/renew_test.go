package tui

import (
	"testing"
	"time"

	"tokpit/tui/tuitest"
)

// A cockpit that is left open over midnight, with no new usage, must not show
// yesterday as today.
func TestTimePasses(t *testing.T) {
	now := tuitest.Now()
	first := tuitest.Sample()
	first.AsOf = now
	f := &fake{snap: first}
	m := New(t.Context(), f, Options{Now: func() time.Time { return now }})
	load(m)
	loads := f.loads

	now = now.Add(renewEvery - time.Second)
	if m.applyTick(ticked{}); m.load.running {
		t.Error("a fresh snapshot is loaded again")
	}
	now = now.Add(10 * time.Hour)
	next := *first
	next.AsOf = now
	f.set(&next, nil)
	if m.applyTick(ticked{}); !m.load.running {
		t.Fatal("ten hours later nothing is loaded")
	}
	load(m)
	if f.loads != loads+1 || m.snap.AsOf != now {
		t.Errorf("%d loads, the screen is of %s", f.loads-loads, m.snap.AsOf)
	}
	if m.applyTick(ticked{}); m.load.running {
		t.Error("it loads without end")
	}

	demo := *first
	demo.Demo = true
	f.set(&demo, nil)
	load(m)
	if m.applyTick(ticked{}); m.load.running {
		t.Error("demo data is loaded again, though its clock stands still")
	}
}
