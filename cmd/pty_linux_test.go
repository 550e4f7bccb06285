package cmd_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// seat is a person in front of a terminal in which the cockpit runs, as a
// process of its own. The terminal says that it knows synchronized output, so
// that it sees where each frame ends.
type seat struct {
	tb      testing.TB
	file    *os.File
	command *exec.Cmd
	started time.Time
	frames  chan shownFrame
	whole   int // bytes since the last frame
	tail    []byte
	synced  bool // frames have an end

	mu  sync.Mutex
	emu *vt.Emulator
}

// shownFrame is the end of a frame, and how many bytes it took.
type shownFrame struct {
	at    time.Time
	bytes int
}

// openPTY returns the two ends of a new pseudo-terminal.
func openPTY(width, height int) (ours, theirs *os.File, err error) {
	if ours, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	control := func(request uintptr, p unsafe.Pointer) {
		if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, ours.Fd(), request, uintptr(p)); no != 0 && err == nil {
			err = no
		}
	}
	var unlocked, number int32
	size := [4]uint16{uint16(height), uint16(width)}
	control(syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	control(syscall.TIOCGPTN, unsafe.Pointer(&number))
	control(syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	if err == nil {
		theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	return ours, theirs, err
}

// sit starts a command in a terminal.
func sit(tb testing.TB, c *exec.Cmd, width, height int) *seat {
	tb.Helper()
	ours, theirs, err := openPTY(width, height)
	if err != nil {
		tb.Skip("no pseudo-terminal: ", err)
	}
	c.Stdin, c.Stdout, c.Stderr = theirs, theirs, theirs
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	s := &seat{tb: tb, file: ours, command: c, frames: make(chan shownFrame, 1<<16), emu: vt.NewEmulator(width, height), started: time.Now()}
	if err := c.Start(); err != nil {
		tb.Fatal(err)
	}
	_ = theirs.Close()
	done := make(chan struct{})
	go func() { s.look(); close(done) }()
	go func() { _, _ = io.Copy(io.Discard, s.emu) }() // its answers: look gives them
	tb.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		_ = ours.Close()
		<-done
		if c, ok := s.emu.InputPipe().(io.Closer); ok {
			_ = c.Close()
		}
	})
	return s
}

// look reads what is drawn and answers what the program asks its terminal.
func (s *seat) look() {
	const end = "\x1b[?2026l"
	answers := map[string]string{"\x1b[?2026$p": "\x1b[?2026;2$y", "\x1b[?u": "\x1b[?1u", "\x1b]11;?": "\x1b]11;rgb:0000/0000/0000\a"}
	buf := make([]byte, 1<<16)
	for {
		n, err := s.file.Read(buf)
		now := time.Now()
		if n > 0 {
			for question, answer := range answers {
				if bytes.Contains(buf[:n], []byte(question)) {
					_, _ = s.file.WriteString(answer)
				}
			}
			s.mu.Lock()
			_, _ = s.emu.Write(buf[:n])
			s.mu.Unlock()
			all := append(s.tail, buf[:n]...)
			s.whole += n
			s.synced = s.synced || bytes.Contains(all, []byte(end))
			switch count := bytes.Count(all, []byte(end)); {
			case count > 0:
				for range count {
					s.frames <- shownFrame{now, s.whole / count}
				}
				s.whole = 0
			case !s.synced: // the program has not asked yet, or not heard the answer
				s.frames <- shownFrame{now, n}
				s.whole = 0
			}
			s.tail = bytes.Clone(all[max(0, len(all)-len(end)+1):])
		}
		if err != nil {
			return
		}
	}
}

// next waits for the end of a frame.
func (s *seat) next(patience time.Duration) (shownFrame, bool) {
	select {
	case f := <-s.frames:
		return f, true
	case <-time.After(patience):
		return shownFrame{}, false
	}
}

// rest waits until nothing has been drawn for a while.
func (s *seat) rest(quiet time.Duration) (frames []shownFrame) {
	for {
		f, ok := s.next(quiet)
		if !ok {
			return frames
		}
		frames = append(frames, f)
	}
}

func (s *seat) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ansi.Strip(s.emu.Render())
}

func (s *seat) press(keys string) {
	if _, err := s.file.WriteString(keys); err != nil {
		s.tb.Fatalf("the cockpit has ended: %v\n%s", err, s.screen())
	}
}

// cpu is the processor time that the program has taken.
func (s *seat) cpu() (sum time.Duration) {
	all, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.command.Process.Pid))
	for _, path := range all {
		b, _ := os.ReadFile(path)
		first, _, _ := strings.Cut(string(b), " ")
		n, _ := strconv.ParseInt(first, 10, 64)
		sum += time.Duration(n)
	}
	return sum
}

// memory is what the program has resident, now and at most, in KiB.
func (s *seat) memory() (now, peak int64) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "VmRSS:":
			now = n
		case "VmHWM:":
			peak = n
		}
	}
	return now, peak
}
