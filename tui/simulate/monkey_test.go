package simulate

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// Random keys, clicks, drags, sizes and data: no panic, nothing drawn past the
// edges, and the levers always add up.
func TestMonkey(t *testing.T) {
	keys := strings.Fields("enter esc tab up down left right shift+left shift+right H L space 0 x X a m w f u v b p d s S o n y e t i W home end pgdown backspace delete j k h l 7 c")
	typed := append(tuitest.HostileNames(), "", "60%", "-20%", "swap gpt-5.2=gpt-5-mini:40%", "fine-tune gpt-5.2=gpt-5-mini:50% training=300 rate=2x saved=40%", "output-cap 400", "prices-at 2027-02-01",
		"price * -15%", "choices 3", "growth -10%..+20%..+90%", "tier priority 10%", "7d", "2026-10", "project=proj_web", "one", "two")
	snaps := []func() *report.Snapshot{tuitest.Explored, tuitest.HostileExplored, tuitest.Sparse, tuitest.Huge, tuitest.Empty, tuitest.Explored}
	steps := 4000
	if testing.Short() {
		steps = 600
	}
	seed := uint32(20261121)
	random := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	d := newPage(t, sample(), 120, 37)
	d.act.sets = scored()
	for range steps {
		switch random(16) {
		case 0:
			d.SetSize(1+random(230), 1+random(66))
		case 1:
			d.Run(d.Update(tea.MouseClickMsg{X: random(d.width + 1), Y: random(d.height + 1), Button: tea.MouseLeft}))
		case 2:
			d.Run(d.Update(tea.MouseMotionMsg{X: random(d.width+9) - 4, Y: random(d.height + 1), Button: tea.MouseLeft}))
		case 3:
			d.Run(d.Update(tea.MouseReleaseMsg{X: random(d.width + 1), Y: random(d.height + 1)}))
		case 4:
			if random(4) == 0 {
				d.SetSnapshot(snaps[random(len(snaps))]())
				d.Run(d.Update(ui.Shown{}))
			}
		case 5:
			d.SetLens(ui.Lens{Cash: random(2) == 0})
		case 6:
			d.act.err = nil
			if random(6) == 0 {
				d.act.err = errStore
			}
		case 7:
			if top, open := d.Modals.Top(); open {
				top.Update(tea.PasteMsg{Content: typed[random(len(typed))]})
				d.Keys("enter")
			}
		case 8:
			d.Run(d.Update(tea.MouseWheelMsg{X: random(d.width + 1), Y: random(d.height + 1), Button: tea.MouseWheelDown}))
		default:
			d.Keys(keys[random(len(keys))])
		}
		d.Check()
		if err := scenario.Check(d.on()); err != nil {
			t.Fatalf("the levers %v mean nothing: %v", d.on(), err)
		}
	}
}

// Every state fills every size, also those that are too small for it.
// In short, a sixth of them.
func TestFitsEverySize(t *testing.T) {
	states := map[string]func(d *driver){
		"ranking":  func(*driver) {},
		"levers":   func(d *driver) { d.lever("swap gpt-5.2=gpt-5-mini:60%"); d.lever("input -20%"); d.lever("batch 30%") },
		"frontier": func(d *driver) { d.Keys("F") },
		"compare":  func(d *driver) { d.lever("input -20%"); d.Keys("v", "enter") },
		"traffic":  func(d *driver) { d.Keys("N") },
		"many": func(d *driver) {
			for range 12 {
				d.lever("input -5%")
			}
		},
	}
	for name, bring := range states {
		for kind, snap := range map[string]func() *report.Snapshot{"plain": tuitest.Explored, "hostile": tuitest.HostileExplored} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				d := newPage(t, snap(), 120, 37)
				if kind == "plain" {
					d.act.sets = scored()
				}
				bring(d)
				for w := 0; w <= 220; w += 11 {
					for h := 1; h <= 66; h += 3 {
						if testing.Short() && (w/11+h/3)%6 != 0 {
							continue
						}
						d.SetSize(w, h)
						d.Check()
					}
				}
				for _, size := range [][2]int{{60, 17}, {40, 7}, {80, 21}} {
					d.SetSize(size[0], size[1])
					d.Check()
				}
			})
		}
	}
}

// Names that come from outside are harmless wherever they stand, and without
// colours everything is still told apart by signs.
func TestHostileNames(t *testing.T) {
	d := newPage(t, tuitest.HostileExplored(), 160, 47)
	d.SetTheme(ui.NewStyles(ui.Theme{Mono: true}))
	for _, k := range []string{"enter", "m", "F", "w", "N", "esc", "a", "esc"} {
		d.Keys(k)
		for _, r := range d.Screen() {
			if r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x200b && r <= 0x200f {
				t.Fatalf("after %s: %q is drawn", k, r)
			}
		}
		d.Check()
	}
}
