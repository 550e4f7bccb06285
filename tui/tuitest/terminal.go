package tuitest

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// Terminal is a program running in a terminal in memory: what a person would
// see and type, without a pseudo-terminal.
type Terminal struct {
	tb      testing.TB
	program *tea.Program
	keys    *io.PipeWriter
	done    chan error

	mu  sync.Mutex
	emu *vt.Emulator
}

// Start runs a model in a terminal of the given size until the test ends.
func Start(tb testing.TB, m tea.Model, width, height int, opts ...tea.ProgramOption) *Terminal {
	tb.Helper()
	keys, typed := io.Pipe()
	t := &Terminal{tb: tb, keys: typed, done: make(chan error, 1), emu: vt.NewEmulator(width, height)}
	// The output is no terminal device, so the renderer writes bare line feeds;
	// LNM has them begin a line.
	_, _ = t.Write([]byte("\x1b[20h"))
	go func() { _, _ = io.Copy(io.Discard, t.emu) }() // its answers to queries
	all := []tea.ProgramOption{
		tea.WithInput(keys), tea.WithOutput(t), tea.WithWindowSize(width, height), tea.WithoutSignals(),
		tea.WithColorProfile(colorprofile.TrueColor), tea.WithEnvironment([]string{"TERM=xterm-256color"}),
	}
	t.program = tea.NewProgram(m, append(all, opts...)...)
	go func() {
		_, err := t.program.Run()
		t.done <- err
		close(t.done)
	}()
	tb.Cleanup(func() {
		t.program.Kill()
		<-t.done
		_ = typed.Close()
		if c, ok := t.emu.InputPipe().(io.Closer); ok {
			_ = c.Close()
		}
	})
	return t
}

// Write is the program's output.
func (t *Terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emu.Write(b)
}

// Screen returns what is on screen, without colours.
func (t *Terminal) Screen() string { return ansi.Strip(t.Styled()) }

// Styled returns what is on screen with its escape sequences.
func (t *Terminal) Styled() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emu.Render()
}

// patience is how long a screen may take to show something; generous, because
// the race detector and a loaded machine are slow.
const patience = 10 * time.Second

// Until waits for a condition on the screen and returns it.
func (t *Terminal) Until(what string, ok func(screen string) bool) string {
	t.tb.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(3 * time.Millisecond) {
		s := t.Screen()
		if ok(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.tb.Fatalf("the screen never showed %s:\n%s", what, s)
		}
	}
}

// See waits until the screen shows a text.
func (t *Terminal) See(text string) string {
	t.tb.Helper()
	return t.Until(fmt.Sprintf("%q", text), func(s string) bool { return strings.Contains(s, text) })
}

// Miss waits until the screen does not show a text.
func (t *Terminal) Miss(text string) string {
	t.tb.Helper()
	return t.Until(fmt.Sprintf("anything without %q", text), func(s string) bool { return !strings.Contains(s, text) })
}

// Type sends keys as a terminal would.
func (t *Terminal) Type(keys string) {
	t.tb.Helper()
	if _, err := io.WriteString(t.keys, keys); err != nil {
		t.tb.Fatalf("type %q: %v", keys, err)
	}
}

// Paste sends a bracketed paste.
func (t *Terminal) Paste(text string) { t.Type("\x1b[200~" + text + "\x1b[201~") }

// Click presses and releases the left button, from 0 at the top left.
func (t *Terminal) Click(x, y int) {
	t.Type(fmt.Sprintf("\x1b[<0;%d;%dM\x1b[<0;%d;%dm", x+1, y+1, x+1, y+1))
}

// Wheel turns the wheel by one notch.
func (t *Terminal) Wheel(x, y int, down bool) {
	button := 64
	if down {
		button = 65
	}
	t.Type(fmt.Sprintf("\x1b[<%d;%d;%dM", button, x+1, y+1))
}

// Hover moves the mouse without a button.
func (t *Terminal) Hover(x, y int) { t.Type(fmt.Sprintf("\x1b[<35;%d;%dM", x+1, y+1)) }

// Resize changes the size of the terminal.
func (t *Terminal) Resize(width, height int) {
	t.mu.Lock()
	t.emu.Resize(width, height)
	t.mu.Unlock()
	t.program.Send(tea.WindowSizeMsg{Width: width, Height: height})
}

// Send delivers a message from outside.
func (t *Terminal) Send(msg tea.Msg) { t.program.Send(msg) }

// Find returns where a text stands on screen.
func (t *Terminal) Find(text string) (x, y int) {
	t.tb.Helper()
	for y, line := range strings.Split(t.See(text), "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			return ansi.StringWidth(before), y
		}
	}
	return 0, 0
}

// Ended waits until the program has ended and returns its error.
func (t *Terminal) Ended() error {
	t.tb.Helper()
	select {
	case err := <-t.done:
		return err
	case <-time.After(patience):
		t.tb.Fatalf("the program never ended:\n%s", t.Screen())
		return nil
	}
}
