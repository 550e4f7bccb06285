package cmd_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// The manual is the same every time, names every command and flag that helps
// name, and formatters have nothing to complain of.
func TestManual(t *testing.T) {
	m := newMachine(t)
	page := m.run("man").ok().stdout
	if page != m.run("man").ok().stdout {
		t.Error("two runs print two pages")
	}
	for _, want := range []string{".SS \"budget set NAME", ".SS \"statusline", "\\-\\-store file", ".SH \"ENVIRONMENT\"", "NO_COLOR", ".SH \"EXIT STATUS\"", ".SH \"FILES\"", ".SH EXAMPLES"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for i, line := range strings.Split(page, "\n") {
		for _, r := range line {
			if r > 0x7e || r < 0x20 {
				t.Fatalf("line %d holds %q, which not every formatter knows", i+1, r)
			}
		}
	}
	for _, tool := range [][]string{{"groff", "-ww", "-man", "-Tutf8", "-rLL=80n"}, {"mandoc", "-Tlint", "-Wwarning"}} {
		path, err := exec.LookPath(tool[0])
		if err != nil {
			t.Logf("no %s here", tool[0])
			continue
		}
		c := exec.Command(path, tool[1:]...)
		var said bytes.Buffer
		c.Stdin, c.Stderr = strings.NewReader(page), &said
		out, err := c.Output()
		if tool[0] == "mandoc" {
			said.Write(out)
		}
		if err != nil || said.Len() > 0 {
			t.Errorf("%s: %v\n%.2000s", tool[0], err, &said)
		}
	}
}
