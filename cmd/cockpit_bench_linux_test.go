package cmd_test

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkCockpit reports how the cockpit feels over a large store, run as a
// program of its own in a pseudo-terminal:
//
//	go run ./.ci/bigstore /tmp/ten.db
//	TOKPIT_TEN=/tmp/ten.db go test ./cmd -run '^$' -bench Cockpit -benchtime 5x
//
// Times depend on what else the machine does; processor times (cpu-ms) hardly.
func BenchmarkCockpit(b *testing.B) {
	ten := os.Getenv("TOKPIT_TEN")
	if ten == "" {
		b.Skip("TOKPIT_TEN names no store")
	}
	m := newMachine(b)
	store, program := copied(b, ten), built(b)
	open := func(b *testing.B, width, height int) *seat {
		c := m.command()
		c.Path = program
		c.Env = append(c.Env, "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "EDITOR=true", "TOKPIT_STORE="+store)
		return sit(b, c, width, height)
	}
	b.Run("start", func(b *testing.B) {
		var first, full, cpu []time.Duration
		for b.Loop() {
			s := open(b, 120, 40)
			f, at := s.opened()
			first, full, cpu = append(first, f.Sub(s.started)), append(full, at.Sub(s.started)), append(cpu, s.cpu())
			_ = s.command.Process.Kill()
		}
		spread(b, "first-ms", first)
		spread(b, "full-ms", full)
		spread(b, "full-cpu-ms", cpu)
	})
	b.Run("pages", func(b *testing.B) {
		s := open(b, 120, 40)
		s.opened()
		s.press("\x1b[27u") // what a first start offers
		s.rest(2 * time.Second)
		var all tries
		for b.Loop() {
			for page := range 7 {
				all = append(all, s.try(fmt.Sprint("to page ", page+1), fmt.Sprint(page+1)))
			}
		}
		all.report(b)
	})
	b.Run("keys", func(b *testing.B) {
		s := open(b, 120, 40)
		s.opened()
		s.rest(2 * time.Second)
		var all tries
		for page := range 7 {
			for _, k := range everyKey() {
				s.press("\x1b[27u\x1b[27u" + fmt.Sprint(page+1))
				s.rest(60 * time.Millisecond)
				all = append(all, s.try(fmt.Sprintf("%s on page %d", k[0], page+1), k[1]))
			}
		}
		for b.Loop() { // the keys are the loop
		}
		all.report(b)
		now, peak := s.memory()
		b.ReportMetric(float64(now)/1024, "MiB")
		b.ReportMetric(float64(peak)/1024, "peak-MiB")
	})
	b.Run("idle", func(b *testing.B) {
		s := open(b, 120, 40)
		s.opened()
		s.rest(3 * time.Second)
		before, begun := s.cpu(), time.Now()
		time.Sleep(10 * time.Second)
		used, passed := s.cpu()-before, time.Since(begun)
		for b.Loop() { // one wait is the loop
		}
		now, peak := s.memory()
		b.ReportMetric(100*float64(used)/float64(passed), "cpu-%")
		b.ReportMetric(float64(len(s.rest(time.Millisecond))), "frames")
		b.ReportMetric(float64(now)/1024, "MiB")
		b.ReportMetric(float64(peak)/1024, "peak-MiB")
	})
}

// opened waits for the first frame and for the first one with figures.
func (s *seat) opened() (first, full time.Time) {
	s.tb.Helper()
	for {
		f, ok := s.next(30 * time.Second)
		if !ok {
			s.tb.Fatalf("nothing is drawn:\n%s", s.screen())
		}
		if first.IsZero() {
			first = f.at
		}
		// The footer is drawn last; a first start offers a tour there.
		if text := s.screen(); strings.Contains(text, "f filter") || strings.Contains(text, "esc not now") {
			return first, f.at
		}
	}
}

// try is what a key did.
type try struct {
	name          string
	first, last   time.Duration // until the first and the last frame; 0 if nothing was drawn
	cpu           time.Duration
	frames, bytes int
}

type tries []try

// quiet is how long nothing is drawn after the last frame of a key.
const quiet = 120 * time.Millisecond

// anyMoment is longer than the time between two frames. Keys that were pressed in
// step with the frames would all wait equally long.
const anyMoment = 50 * time.Millisecond

// try presses a key at any moment and watches what becomes of it.
func (s *seat) try(name, keys string) try {
	s.rest(time.Millisecond)
	time.Sleep(rand.N(anyMoment))
	t, before, begun := try{name: name}, s.cpu(), time.Now()
	s.press(keys)
	for _, f := range s.rest(quiet) {
		t.frames, t.bytes, t.last = t.frames+1, t.bytes+f.bytes, f.at.Sub(begun)
		t.first = cmp.Or(t.first, t.last)
	}
	t.cpu = s.cpu() - before
	return t
}

// slowest is how many keys are named, by time and by processor time.
const slowest = 5

func (all tries) report(b *testing.B) {
	var drawn tries
	var first, last, cpu []time.Duration
	frames, bytes := 0, 0
	for _, t := range all {
		cpu = append(cpu, t.cpu)
		if t.frames == 0 {
			continue
		}
		drawn, first, last = append(drawn, t), append(first, t.first), append(last, t.last)
		frames, bytes = frames+t.frames, bytes+t.bytes
	}
	if len(drawn) == 0 {
		b.Fatalf("none of %d keys drew anything", len(all))
	}
	spread(b, "first-ms", first)
	spread(b, "last-ms", last)
	spread(b, "cpu-ms", cpu)
	b.ReportMetric(float64(frames)/float64(len(drawn)), "frames/key")
	b.ReportMetric(float64(bytes)/float64(frames), "B/frame")
	b.ReportMetric(float64(len(drawn))/float64(len(all)), "drawn/key")
	b.ReportMetric(0, "ns/op")
	slices.SortStableFunc(drawn, func(x, y try) int { return cmp.Compare(y.first, x.first) })
	for _, t := range drawn[:min(len(drawn), slowest)] {
		b.Logf("%-28s first %5.1f ms, last %6.1f ms, %5.1f ms of cpu, %d frames, %d bytes", t.name, ms(t.first), ms(t.last), ms(t.cpu), t.frames, t.bytes)
	}
	slices.SortStableFunc(drawn, func(x, y try) int { return cmp.Compare(y.cpu, x.cpu) })
	for _, t := range drawn[:min(len(drawn), slowest)] {
		b.Logf("%-28s %5.1f ms of cpu, first %5.1f ms, last %6.1f ms, %d frames, %d bytes", t.name, ms(t.cpu), ms(t.first), ms(t.last), t.frames, t.bytes)
	}
}

// spread gives the median and the worst.
func spread(b *testing.B, unit string, all []time.Duration) {
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	b.ReportMetric(ms(all[len(all)/2]), unit)
	b.ReportMetric(ms(all[len(all)*9/10]), "p90-"+unit)
	b.ReportMetric(ms(all[len(all)-1]), "worst-"+unit)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// everyKey lists what a keyboard can send, without what ends the program.
func everyKey() (out [][2]string) {
	for c := ' '; c <= '~'; c++ {
		if c != 'q' {
			out = append(out, [2]string{string(c), string(c)})
		}
	}
	for name, seq := range map[string]string{"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
		"pgup": "\x1b[5~", "pgdown": "\x1b[6~", "insert": "\x1b[2~", "delete": "\x1b[3~", "enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z",
		"backspace": "\x7f", "esc": "\x1b[27u", "f1": "\x1bOP", "shift+up": "\x1b[1;2A", "shift+down": "\x1b[1;2B", "shift+left": "\x1b[1;2D",
		"shift+right": "\x1b[1;2C", "alt+left": "\x1b[1;3D", "alt+right": "\x1b[1;3C", "ctrl+k": "\x0b", "ctrl+n": "\x0e", "ctrl+p": "\x10",
		"ctrl+d": "\x04", "ctrl+u": "\x15", "ctrl+s": "\x13", "ctrl+e": "\x05", "ctrl+r": "\x12", "ctrl+pgdown": "\x1b[6;5~", "ctrl+pgup": "\x1b[5;5~"} {
		out = append(out, [2]string{name, seq})
	}
	slices.SortFunc(out, func(a, b [2]string) int { return cmp.Or(cmp.Compare(len(a[0]), len(b[0])), cmp.Compare(a[0], b[0])) })
	return out
}

// copied is a store of the benchmark's own.
func copied(b *testing.B, path string) string {
	b.Helper()
	from, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(b.TempDir(), "ten.db"))
	if err == nil {
		_, err = io.Copy(to, from)
	}
	if err != nil {
		b.Fatal(err)
	}
	defer to.Close()
	return to.Name()
}

// built is the program as it is shipped: the test binary starts slower. It may
// be given, to compare two.
func built(b *testing.B) string {
	b.Helper()
	if path := os.Getenv("TOKPIT_BINARY"); path != "" {
		return path
	}
	path := filepath.Join(b.TempDir(), "tokpit")
	c := exec.Command("go", "build", "-o", path, "tokpit")
	c.Stderr = os.Stderr
	if err := c.Run(); err != nil {
		b.Fatal(err)
	}
	return path
}
