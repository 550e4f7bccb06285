package tui

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/tuitest"
)

// Random keys, words, pastes, clicks, drags and sizes over every kind of data, with
// everything they set off at work beside them: no panic, nothing drawn past the
// edges, always a way out. TOKPIT_SOAK=1 presses 100,000 keys and more.
func TestMonkey(t *testing.T) {
	seeds, steps := 2, 2000
	switch {
	case os.Getenv("TOKPIT_SOAK") != "":
		seeds, steps = 10, 8_000
	case testing.Short():
		steps = 400
	}
	snaps := monkeyData()
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			newMonkey(t, uint64(seed), snaps).play(steps)
		})
	}
}

// monkeyData is every kind of data; several monkeys read them at the same time.
func monkeyData() []*report.Snapshot {
	return []*report.Snapshot{tuitest.Sample(), tuitest.Hostile(), tuitest.Huge(), tuitest.Sparse(), tuitest.Empty(), tuitest.Connected(), tuitest.HostileConnected(),
		tuitest.Explored(), tuitest.HostileExplored(), tuitest.Budgeted(), tuitest.HostileBudgets()}
}

// monkey sits at a cockpit.
type monkey struct {
	*rand.Rand
	t       *testing.T
	m       *Model
	f       *fake
	snaps   []*report.Snapshot
	w, h    int
	keys    []tea.KeyPressMsg
	answers chan tea.Msg
	fits    map[string]int // the narrowest screen that a line was found to fit
	last    []string       // what it did lately

	count, drawn      int
	pages, boxes      map[string]int
	slowest, slowDraw time.Duration
	slow              string
}

func newMonkey(t *testing.T, seed uint64, snaps []*report.Snapshot) *monkey {
	f := &fake{snap: snaps[0]}
	p := &monkey{
		Rand: rand.New(rand.NewPCG(20261120, seed)), t: t, f: f, snaps: snaps, answers: make(chan tea.Msg, 64),
		fits: map[string]int{}, pages: map[string]int{}, boxes: map[string]int{}, keys: monkeyKeys(),
	}
	p.m = New(t.Context(), f, Options{Syncer: f, Demo: f, Connector: f, Exporter: nowhere{}, Ledger: someBooks().of, Desk: desk{}, Budgets: &keeper{}, Now: tuitest.Now})
	return p
}

// nowhere takes exports and keeps nothing.
type nowhere struct{}

func (nowhere) Export(_ context.Context, name string, _ []byte) (string, error) { return name, nil }

// monkeyKeys is every key that means something somewhere, and some that do not.
func monkeyKeys() []tea.KeyPressMsg {
	var keys []tea.KeyPressMsg
	for r := ' '; r < 0x7f; r++ {
		keys = append(keys, press(string(r)))
	}
	for _, text := range []string{"é", "漢", "👩\u200d💻", "\u0301"} {
		keys = append(keys, tea.KeyPressMsg{Code: tea.KeyExtended, Text: text})
	}
	for _, r := range "kztsrwuayoldc" {
		keys = append(keys, tea.KeyPressMsg{Code: r, Mod: tea.ModCtrl})
	}
	named := []rune{tea.KeyUp, tea.KeyDown, tea.KeyLeft, tea.KeyRight, tea.KeyEnter, tea.KeyEscape, tea.KeyTab, tea.KeyPgDown, tea.KeyPgUp, tea.KeyEnd, tea.KeyHome,
		tea.KeyBackspace, tea.KeyDelete, tea.KeyF1}
	for _, r := range named {
		for range 3 { // as often as people press them
			keys = append(keys, tea.KeyPressMsg{Code: r})
		}
		keys = append(keys, tea.KeyPressMsg{Code: r, Mod: tea.ModShift}, tea.KeyPressMsg{Code: r, Mod: tea.ModAlt}, tea.KeyPressMsg{Code: r, Mod: tea.ModCtrl})
	}
	return keys
}

// play does so many things at random.
func (p *monkey) play(steps int) {
	defer func() {
		if e := recover(); e != nil || p.t.Failed() {
			p.t.Logf("%dx%d, page %s; the last was:\n%s", p.w, p.h, p.m.page().Title(), strings.Join(p.last, "\n"))
			if e != nil {
				panic(e)
			}
		}
	}()
	start := time.Now()
	p.run(p.m.Init())
	p.w, p.h = 100, 30
	p.send(tea.WindowSizeMsg{Width: p.w, Height: p.h})
	for p.m.snap == nil {
		p.hear(time.Millisecond)
	}
	for i := range steps {
		p.pages[p.m.page().Title()]++
		if top, open := p.m.modals.Top(); open {
			p.boxes[fmt.Sprintf("%T", top)]++
		}
		p.act()
		if every := min(60, steps/10); i%every == every-1 {
			p.leave()
		}
	}
	if len(p.pages) < len(p.m.pages) || len(p.boxes) < min(4, steps/100) {
		p.t.Errorf("it saw no more than %v and %v", p.pages, p.boxes)
	}
	p.t.Logf("%d keys and other messages, %d screens in %.1fs; the slowest took %v (%s), the slowest screen %v; pages %v, boxes %v",
		p.count, p.drawn, time.Since(start).Seconds(), p.slowest, p.slow, p.slowDraw, p.pages, p.boxes)
}

// act does one thing.
func (p *monkey) act() {
	switch n := p.IntN(100); {
	case n < 66:
		p.send(p.keys[p.IntN(len(p.keys))])
	case n < 70:
		words := []string{"gpt-5.2", "7d", "2026-10", "project=Search", "250", "60%", "-1", "99999999999999999999", "env:MY_ADMIN_KEY", "claude", "theme", "σ", ""}
		for _, r := range words[p.IntN(len(words))] {
			p.send(press(string(r)))
		}
		if p.IntN(2) == 0 {
			p.send(tea.KeyPressMsg{Code: tea.KeyEnter})
		}
	case n < 78:
		x, y := p.place()
		p.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
		if p.IntN(3) == 0 {
			x, y = p.place()
			p.send(tea.MouseMotionMsg{X: x, Y: y, Button: tea.MouseLeft})
		}
		p.send(tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
	case n < 83:
		x, y := p.place()
		p.send(tea.MouseMotionMsg{X: x, Y: y})
	case n < 88:
		x, y := p.place()
		p.send(tea.MouseWheelMsg{X: x, Y: y, Button: tea.MouseWheelUp + tea.MouseButton(p.IntN(4))})
	case n < 91:
		pasted := append(tuitest.HostileNames(), prompt, "a\rb\tc", strings.Repeat("long ", 2000), "12.50", "project=x,y")
		p.send(tea.PasteMsg{Content: pasted[p.IntN(len(pasted))]})
	case n < 95:
		p.resize()
	default:
		p.outside()
	}
}

// place is somewhere on the screen, now and then on a key of the footer or
// outside.
func (p *monkey) place() (x, y int) {
	if n := len(p.m.spots); n > 0 && p.IntN(4) == 0 {
		return p.m.spots[p.IntN(n)].from, p.h - 1
	}
	return p.IntN(p.w+2) - 1, p.IntN(p.h+2) - 1
}

func (p *monkey) resize() {
	switch p.IntN(6) {
	case 0:
		p.w, p.h = 1+p.IntN(60), 1+p.IntN(20)
	case 1:
		p.w, p.h = 60, 20
	default:
		p.w, p.h = 40+p.IntN(200), 10+p.IntN(60)
	}
	p.send(tea.WindowSizeMsg{Width: p.w, Height: p.h})
}

// outside is what happens without a person.
func (p *monkey) outside() {
	switch p.IntN(8) {
	case 0:
		p.send(Failed{errBusy})
	case 1:
		p.send(Syncing{Done: p.Int64N(9), Total: 9})
		p.send(Syncing{})
	case 2:
		p.send(tea.BackgroundColorMsg{})
	case 3:
		p.f.set(p.snaps[p.IntN(len(p.snaps))], errBusy)
		p.send(DataChanged{})
	default:
		p.f.set(p.snaps[p.IntN(len(p.snaps))], nil)
		p.send(DataChanged{})
	}
}

// leave goes out of what is open, which must always be possible, and to another
// page, one that has not been seen if there is any.
func (p *monkey) leave() {
	for try := 0; ; try++ {
		_, open := p.m.modals.Top()
		if !open && !p.m.page().CapturesText() {
			break
		}
		if try == 30 {
			p.t.Fatalf("no way out of page %s:\n%s", p.m.page().Title(), plain(p.m.render()))
		}
		key := tea.KeyPressMsg{Code: tea.KeyEscape}
		if try%6 == 1 {
			key = press("y") // what was typed may be lost
		}
		p.send(key)
		p.hear(time.Millisecond)
	}
	to := p.IntN(len(p.m.pages))
	for i, page := range p.m.pages {
		if p.pages[page.Title()] == 0 {
			to = i
		}
	}
	p.send(press(fmt.Sprint(1 + to)))
}

// send is a message that the program gets, what comes of it, and the screen.
func (p *monkey) send(msg tea.Msg) {
	p.count++
	p.last = append(p.last[max(0, len(p.last)-40):], fmt.Sprintf("%T %.60q", msg, fmt.Sprint(msg)))
	p.update(msg)
	wait := time.Duration(0)
	if p.IntN(6) == 0 {
		wait = 2 * time.Millisecond // what was asked for comes; else what comes next is first
	}
	p.hear(wait)
	p.draw()
}

func (p *monkey) update(msg tea.Msg) {
	start := time.Now()
	_, cmd := p.m.Update(msg)
	if took := time.Since(start); took > p.slowest {
		p.slowest, p.slow = took, fmt.Sprintf("%s: %T %.40q", p.m.page().Title(), msg, fmt.Sprint(msg))
	}
	p.run(cmd)
}

// hear takes what commands answered.
func (p *monkey) hear(wait time.Duration) {
	for {
		select {
		case msg := <-p.answers:
			p.update(msg)
			continue
		default:
		}
		if wait == 0 {
			return
		}
		select {
		case msg := <-p.answers:
			p.update(msg)
		case <-time.After(wait):
			return
		}
	}
}

// run has a command answer some time, as the program does.
func (p *monkey) run(cmd tea.Cmd) {
	if cmd != nil {
		go p.answer(cmd)
	}
}

func (p *monkey) answer(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tea.QuitMsg:
	case tea.BatchMsg:
		for _, c := range msg {
			go p.answer(c)
		}
	default:
		if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
			for i := range v.Len() { // a sequence
				p.answer(v.Index(i).Interface().(tea.Cmd))
			}
			return
		}
		select {
		case p.answers <- msg:
		case <-p.t.Context().Done():
		}
	}
}

// draw looks at the screen. A line that was found to be right is not measured
// again.
func (p *monkey) draw() {
	start := time.Now()
	screen := p.m.render()
	p.slowDraw = max(p.slowDraw, time.Since(start))
	p.drawn++
	lines := strings.Split(screen, "\n")
	if len(lines) != p.h {
		checkFits(p.t, screen, p.w, p.h)
	}
	if len(p.fits) > 50_000 {
		clear(p.fits)
	}
	for _, line := range lines {
		if fit, known := p.fits[line]; !known || p.w < fit {
			checkFits(p.t, line, p.w, 1)
			p.fits[line] = p.w
		}
	}
}
