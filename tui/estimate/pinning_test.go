package estimate

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"tokpit/pricing"
)

// Pinning leaves the cursor on its row, as marking does in Explore: going down and
// pinning takes neighbours, and pinning twice takes it back.
func TestNeighboursArePinned(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 60}} {
		for _, from := range []int{0, 7} {
			p, _ := newPage(t, size[0], size[1]-3)
			press(p, "x")
			for range from {
				press(p, "down")
			}
			want := slices.Clone(p.rows.refs(false)[from : from+3])
			press(p, "space")
			if p.above || p.chosen != want[0] || p.table.Cursor() != from {
				t.Errorf("%v: after pinning row %d the cursor is on %d, %s", size, from, p.table.Cursor(), p.chosen.Model)
			}
			press(p, "down", "space", "down", "space")
			if !slices.Equal(p.ask.pins, want) || p.chosen != want[2] {
				t.Errorf("%v: from %d pinned %v with the cursor on %s, want %v", size, from, p.ask.pins, p.chosen.Model, want)
			}
			if from == 0 && size[1] > 24 && p.table.First() != 0 {
				t.Errorf("%v: pinning scrolls the list to row %d", size, p.table.First())
			}
			if rows := p.table.Lines(); !strings.Contains(ansi.Strip(strings.Join(rows, "\n")), "▸") {
				t.Errorf("%v: from %d the cursor is off the screen", size, from)
			}
			press(p, "space")
			if !slices.Equal(p.ask.pins, want[:2]) || p.chosen != want[2] {
				t.Errorf("%v: pinning again leaves %v, cursor on %s", size, p.ask.pins, p.chosen.Model)
			}
			press(p, "space", "up", "space")
			if !slices.Equal(p.ask.pins, []pricing.ModelRef{want[0], want[2]}) || p.chosen != want[1] {
				t.Errorf("%v: going up and letting go leaves %v, cursor on %s", size, p.ask.pins, p.chosen.Model)
			}
		}
	}
}

// Among the pinned rows themselves the cursor goes to the one that takes the place
// of what was let go, and from the last to where that model stands.
func TestPinnedRowsAreLetGoFromAbove(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	press(p, "x", "space", "down", "space", "down", "space", "g")
	pins := slices.Clone(p.ask.pins)
	if !p.above || p.chosen != pins[0] {
		t.Fatalf("g leads to %s", p.chosen.Model)
	}
	if press(p, "space"); !p.above || p.chosen != pins[1] {
		t.Errorf("the first let go leads to %s", p.chosen.Model)
	}
	if press(p, "down", "space"); !p.above || p.chosen != pins[1] {
		t.Errorf("the last let go leads to %s", p.chosen.Model)
	}
	if press(p, "space"); p.above || p.chosen != pins[1] || p.table.Cursor() != 1 {
		t.Errorf("the only one let go leads to %s", p.chosen.Model)
	}
}

// A pinned row keeps its place among the others, so that the list has no holes
// and the order is whole; each model counts once.
func TestPinnedRowsKeepTheirPlace(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	press(p, "x")
	before, remark := p.rows.refs(false), p.tableRemark()
	press(p, "down", "space")
	if after := p.rows.refs(false); !slices.Equal(before, after) {
		t.Error("pinning changes the order of the others")
	}
	if got, want := p.tableRemark(), "✓ 1 pinned · "+remark; got != want {
		t.Errorf("the title says %q, want %q", got, want)
	}
}
