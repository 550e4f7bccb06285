package cmd

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui"
	"tokpit/tui/tuitest"
)

// writer is a desk of prompts on a machine of its own, and its runtime folder.
func writer(t *testing.T, editor string) (prompter, string) {
	t.Helper()
	a, _ := stage(t)
	run := t.TempDir()
	was := a.env.Getenv
	a.env.Getenv = func(name string) string {
		switch name {
		case "XDG_RUNTIME_DIR":
			return run
		case "EDITOR":
			return editor
		}
		return was(name)
	}
	return prompter{newDesk(a, 0)}, run
}

// left lists what is in a folder.
func left(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if path != dir {
			out = append(out, strings.TrimPrefix(path, dir))
		}
		return err
	})
	return out
}

func TestTheEditorGetsAFileThatDoesNotStay(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the editor is a shell script")
	}
	note := filepath.Join(t.TempDir(), "modes")
	script := filepath.Join(t.TempDir(), "my editor")
	body := "#!/bin/sh\nls -ld \"$(dirname \"$2\")\" \"$2\" | cut -c1-10 >'" + note + "'\necho swap >\"$2.swp\"\nprintf '%s, edited\\n' \"$(cat \"$2\")\" >\"$2\"\nexit $1\n"
	if err := os.WriteFile(script, []byte(body), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		exit int
		want string
	}{{0, "a prompt, edited\n"}, {1, "a prompt, edited\n"}} {
		p, run := writer(t, "'"+script+"' "+strconv.Itoa(c.exit)) // arguments and quotes, as for git
		e, err := p.Edit([]byte("a prompt"))
		if err != nil {
			t.Fatal(err)
		}
		e.SetStdout(io.Discard)
		if err := e.Run(); (err != nil) != (c.exit != 0) {
			t.Errorf("exit %d: %v", c.exit, err)
		}
		text, err := e.Result()
		if err != nil || string(text) != c.want {
			t.Errorf("exit %d: %q, %v", c.exit, text, err)
		}
		if modes, _ := os.ReadFile(note); string(modes) != "drwx------\n-rw-------\n" {
			t.Errorf("the folder and the file have the modes %q", modes)
		}
		if files := left(t, run); len(files) != 0 {
			t.Errorf("exit %d leaves %v", c.exit, files)
		}
	}
	p, run := writer(t, "/nowhere/editor")
	e, err := p.Edit([]byte("a prompt"))
	if err != nil {
		t.Fatal(err)
	}
	e.SetStderr(io.Discard)
	if err := e.Run(); err == nil || strings.Contains(err.Error(), "a prompt") {
		t.Errorf("an editor that is not there: %v", err)
	}
	if _, err := e.Result(); err != nil || len(left(t, run)) != 0 {
		t.Errorf("%v, left %v", err, left(t, run))
	}
}

// A program that is killed while its editor is open leaves a file; the next one
// removes it, and none that is in use.
func TestWhatAKilledProgramLeftIsRemoved(t *testing.T) {
	p, run := writer(t, "true")
	gone := exec.Command(os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(run, editPrefix+strconv.Itoa(gone.Process.Pid)+"-123")
	alive := filepath.Join(run, editPrefix+strconv.Itoa(os.Getpid())+"-456")
	other := filepath.Join(run, editPrefix+"mine")
	for _, dir := range []string{dead, alive, other} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "prompt.md"), []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.app.env.sweepEdits()
	for path, want := range map[string]bool{dead: false, alive: true, other: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s is there: %v", filepath.Base(path), err == nil)
		}
	}
}

func TestPromptsAreOpenedAsTheyAre(t *testing.T) {
	p, _ := writer(t, "")
	home := p.app.env.Home
	raw := "a\r\nb\x1b[31m\xff\x00"
	for name, text := range map[string]string{"raw.txt": raw, "read me.md": "x", ".hidden": "y"} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(home, "reads"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"~/raw.txt", filepath.Join(home, "raw.txt")} {
		if text, err := p.Open(t.Context(), path); err != nil || string(text) != raw {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	for _, path := range []string{"~", "~/nowhere", "~/reads", os.DevNull, ""} {
		if text, err := p.Open(t.Context(), path); err == nil {
			t.Errorf("%q opens as %q", path, text)
		}
	}
	if got := p.Complete(t.Context(), "~/r"); !slices.Equal(got, []string{"~/raw.txt", "~/read me.md", "~/reads/"}) {
		t.Errorf("completions %q", got)
	}
	if got := p.Complete(t.Context(), "~/.h"); !slices.Equal(got, []string{"~/.hidden"}) {
		t.Errorf("completions %q", got)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "p.png"), picture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if img, err := p.Image(t.Context(), "~/p.png"); err != nil || img.Width != 30 || img.Height != 20 {
		t.Errorf("%+v, %v", img, err)
	}
	if _, err := p.Image(t.Context(), "~/raw.txt"); err == nil || strings.Contains(err.Error(), "b\x1b") {
		t.Errorf("a text as an image: %v", err)
	}
	if h, err := p.History(t.Context(), new(report.Snapshot)); err != nil || h.All().Requests != 0 {
		t.Errorf("%v", err)
	}
}

// secretPrompt is a text that must be nowhere but in memory.
const secretPrompt = "CANARY-prompt-8vQ2xW7n that nobody may read"

// trips crashes while the page works on a text.
type trips struct{ *tui.Model }

type trip struct{}

func (m trips) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(trip); ok {
		var text []string
		_ = m.Model.View()
		_ = text[len(secretPrompt)] // out of range
	}
	_, cmd := m.Model.Update(msg)
	return m, cmd
}

const crashing = "TOKPIT_TEST_CRASH"

// TestCrashing is the program that TestAPromptIsNowhere starts.
func TestCrashing(t *testing.T) {
	dir := os.Getenv(crashing)
	if dir == "" {
		t.Skip("started by another test")
	}
	if err := os.Chdir(dir); err != nil {
		t.Fatal(err)
	}
	p, _ := writer(t, "")
	model := tui.New(t.Context(), p.desk, tui.Options{Desk: p, Now: p.app.now})
	term := tuitest.Start(t, trips{model}, 120, 40)
	term.See("Overview")
	term.Type("3")
	term.See("What will this prompt cost?")
	term.Paste(secretPrompt)
	term.See("CANARY-prompt")
	term.Type("w")
	term.See("2 messages")
	fmt.Println("the screen has shown it")
	term.Send(trip{})
	fmt.Println("ended with:", term.Ended())
}

// A text is in no file, in no log and in no report of a crash.
func TestAPromptIsNowhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := exec.Command(os.Args[0], "-test.run=^TestCrashing$", "-test.v")
	c.Env = append(os.Environ(), crashing+"="+dir, "TMPDIR="+dir, "HOME="+dir, "XDG_RUNTIME_DIR="+dir, "TEA_DEBUG=true")
	out, _ := c.CombinedOutput()
	if !bytes.Contains(out, []byte("the screen has shown it")) || !bytes.Contains(out, []byte("out of range")) {
		t.Fatalf("it did not crash as it should:\n%s", out)
	}
	if bytes.Contains(out, []byte("CANARY")) || bytes.Contains(out, []byte("8vQ2xW7n")) {
		t.Errorf("the crash shows the text:\n%s", out)
	}
	for _, path := range left(t, dir) {
		if text, err := os.ReadFile(filepath.Join(dir, path)); err == nil && bytes.Contains(text, []byte("8vQ2xW7n")) {
			t.Errorf("%s holds the text", path)
		}
	}
}

// Nothing of a text reaches the store, whatever is done with it.
func TestAPromptIsNotStored(t *testing.T) {
	t.Parallel()
	p, run := writer(t, "true")
	model := tui.New(t.Context(), p.desk, tui.Options{Desk: p, Now: p.app.now, Syncer: p.desk})
	term := tuitest.Start(t, model, 120, 40)
	term.See("Overview")
	if err := os.WriteFile(filepath.Join(p.app.env.Home, "in.txt"), []byte(secretPrompt), 0o600); err != nil {
		t.Fatal(err)
	}
	term.Type("3")
	term.See("What will this prompt cost?")
	term.Type("o")
	term.See("Open a file")
	term.Type("~/in.txt\r")
	term.See("CANARY-prompt")
	term.Type("\t more")
	term.See("moreCANARY")
	term.Type("\x1b")
	term.Miss("Text, typing")
	term.Type("yy")
	term.See("Copied")
	term.Type("r")
	time.Sleep(50 * time.Millisecond)
	term.Type("q")
	term.See("Not saved")
	term.Type("lose\r")
	if err := term.Ended(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(p.app.env.Home, "in.txt")); err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, root := range []string{p.app.env.Home, run} {
		for _, path := range left(t, root) {
			text, err := os.ReadFile(filepath.Join(root, path))
			if err == nil {
				files++
			}
			if bytes.Contains(text, []byte("8vQ2xW7n")) {
				t.Errorf("%s holds the text", path)
			}
		}
	}
	if files == 0 {
		t.Error("there is no store to look at")
	}
}
