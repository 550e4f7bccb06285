package tui

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// crashing is a page that fails where a key says.
type crashing struct {
	ui.Page
	drawing bool
}

func (c *crashing) Update(msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.Text {
		case "p":
			panic("in Update")
		case "v":
			c.drawing = true
		case "o":
			return func() tea.Msg { panic("in a command") }
		}
	}
	return c.Page.Update(msg)
}

func (c *crashing) View() string {
	if c.drawing {
		panic("in View")
	}
	return c.Page.View()
}

// inTerminal is set for the process that fails.
const inTerminal = "TOKPIT_TEST_CRASH"

// TestCrashingProgram is the program of [TestTheTerminalIsRestored].
func TestCrashingProgram(t *testing.T) {
	if os.Getenv(inTerminal) == "" {
		t.Skip("is run by another test")
	}
	m, _ := newModel(t, tuitest.Sample())
	m.pages[0] = &crashing{Page: m.pages[0]}
	_, _ = NewProgram(m).Run()
	os.Exit(0)
}

func ioctl(f *os.File, request uintptr, arg unsafe.Pointer) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}

// terminal opens a new one.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there are no terminals here: ", err)
	}
	var unlock, n int32
	if err := ioctl(master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock)); err != nil {
		t.Skip(err)
	}
	if err := ioctl(master, syscall.TIOCGPTN, unsafe.Pointer(&n)); err != nil {
		t.Skip(err)
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(n)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	size := [4]uint16{24, 80}
	if err := ioctl(slave, syscall.TIOCSWINSZ, unsafe.Pointer(&size)); err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// Whatever ends the program (a key, a panic in Update, View or a command, a
// signal) leaves the terminal as it was: no other screen, cursor and mouse as
// before, and lines are edited and echoed again.
func TestTheTerminalIsRestored(t *testing.T) {
	for _, end := range []string{"q", "p", "v", "o", "SIGTERM", "SIGINT"} {
		t.Run(end, func(t *testing.T) {
			master, slave := terminal(t)
			defer slave.Close()
			defer master.Close()
			var before, after syscall.Termios
			if err := ioctl(slave, syscall.TCGETS, unsafe.Pointer(&before)); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0], "-test.run=^TestCrashingProgram$")
			cmd.Env = append(os.Environ(), inTerminal+"=1", "TERM=xterm-256color")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			var out strings.Builder
			go func() {
				buf := make([]byte, 4096)
				for {
					n, err := master.Read(buf)
					mu.Lock()
					out.Write(buf[:n])
					mu.Unlock()
					if err != nil {
						return
					}
				}
			}()
			wrote := func() string { mu.Lock(); defer mu.Unlock(); return out.String() }
			until := func(what string, ok func() bool) {
				t.Helper()
				for start := time.Now(); !ok(); time.Sleep(10 * time.Millisecond) {
					if time.Since(start) > 30*time.Second {
						_ = cmd.Process.Kill()
						t.Fatalf("never %s: %q", what, wrote())
					}
				}
			}
			until("drawn", func() bool { return strings.Contains(wrote(), "\x1b[?1049h") && strings.Contains(wrote(), "Models") })
			switch end {
			case "SIGTERM":
				_ = cmd.Process.Signal(syscall.SIGTERM)
			case "SIGINT":
				_ = cmd.Process.Signal(os.Interrupt)
			default:
				_, _ = master.WriteString(end)
			}
			ended := make(chan struct{})
			go func() { _ = cmd.Wait(); close(ended) }()
			until("ended", func() bool {
				select {
				case <-ended:
					return true
				default:
					return false
				}
			})
			until("back on the usual screen", func() bool { return strings.Contains(wrote(), "\x1b[?1049l") })
			for _, mode := range []string{"1049", "1003", "2004"} {
				on, off := strings.LastIndex(wrote(), "\x1b[?"+mode+"h"), strings.LastIndex(wrote(), "\x1b[?"+mode+"l")
				if on > off {
					t.Errorf("mode %s is left on", mode)
				}
			}
			if strings.LastIndex(wrote(), "\x1b[?25h") < strings.LastIndex(wrote(), "\x1b[?25l") {
				t.Error("the cursor is left hidden")
			}
			if err := ioctl(slave, syscall.TCGETS, unsafe.Pointer(&after)); err != nil {
				t.Fatal(err)
			}
			if after.Lflag != before.Lflag || after.Iflag != before.Iflag || after.Oflag != before.Oflag {
				t.Errorf("the terminal's modes were %x %x %x and are %x %x %x", before.Lflag, before.Iflag, before.Oflag, after.Lflag, after.Iflag, after.Oflag)
			}
		})
	}
}
