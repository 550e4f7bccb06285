package overlay

import (
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/ui"
)

func promptText(p *Prompt) string {
	return ansi.Strip(strings.Join(p.Lines(ui.NewStyles(ui.Theme{}), 40, 14), "\n"))
}

func TestPromptRefusesAndTakes(t *testing.T) {
	p := NewPrompt("Size", "12", "a number", []string{"Pixels."}, func(s string) (tea.Msg, error) {
		if s != "12x8" {
			return nil, errors.New(s + " is no size")
		}
		return s, nil
	})
	if _, done := p.Update(tea.KeyPressMsg{Code: tea.KeyEnter}); done || !strings.Contains(promptText(p), "! 12 is no size") {
		t.Errorf("a wrong answer is taken:\n%s", promptText(p))
	}
	p.Update(tea.PasteMsg{Content: "x\x1b\n8"}) // what cannot be seen is left out
	if s := promptText(p); !strings.Contains(s, "› 12x8") || strings.Contains(s, "!") {
		t.Errorf("typed:\n%s", s)
	}
	cmd, done := p.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	if !done || cmd() != tea.Msg("12x8") {
		t.Error("the right answer is not taken")
	}
}

func TestPromptEdits(t *testing.T) {
	p := NewPrompt("Path", "/home/ada/x", "", nil, func(s string) (tea.Msg, error) { return s, nil })
	for _, c := range []struct {
		key  tea.KeyPressMsg
		want string
	}{
		{tea.KeyPressMsg{Code: tea.KeyBackspace}, "/home/ada/"},
		{tea.KeyPressMsg{Code: 'w', Mod: tea.ModCtrl}, "/home/"},
		{tea.KeyPressMsg{Code: tea.KeyHome}, "/home/"},
		{tea.KeyPressMsg{Code: tea.KeyDelete}, "home/"},
		{tea.KeyPressMsg{Code: '~', Text: "~"}, "~home/"},
		{tea.KeyPressMsg{Code: tea.KeyEnd}, "~home/"},
		{tea.KeyPressMsg{Code: tea.KeyLeft}, "~home/"},
		{tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl}, "/"},
	} {
		if p.Update(c.key); p.text() != c.want {
			t.Errorf("after %s: %q, want %q", c.key, p.text(), c.want)
		}
	}
}

// Completions belong to what was typed when they were asked for.
func TestPromptCompletes(t *testing.T) {
	var asked []string
	p := NewPrompt("Path", "", "path", nil, func(s string) (tea.Msg, error) { return s, nil }).Completing(func(text string) tea.Cmd {
		asked = append(asked, text)
		return nil
	})
	p.Begin()
	p.Update(tea.KeyPressMsg{Code: 'a', Text: "a"})
	p.Offer("", []string{"late"})
	p.Offer("a", []string{"alpha/one", "alpha/two"})
	if s := promptText(p); strings.Contains(s, "late") || !strings.Contains(s, "alpha/two") {
		t.Errorf("offered:\n%s", s)
	}
	p.Update(tea.KeyPressMsg{Code: tea.KeyTab})
	if p.text() != "alpha/" || strings.Join(asked, ",") != ",a,alpha/" {
		t.Errorf("tab gives %q, asked %q", p.text(), asked)
	}
	p.Offer("alpha/", []string{"alpha/one", "alpha/two"})
	p.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	p.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	if p.Update(tea.KeyPressMsg{Code: tea.KeyTab}); p.text() != "alpha/two" {
		t.Errorf("the second is %q", p.text())
	}
	p.Offer("alpha/two", []string{"alpha/two/x", "alpha/two/y"})
	p.Update(tea.MouseClickMsg{Button: tea.MouseLeft, Y: p.top() + 1})
	if p.text() != "alpha/two/y" {
		t.Errorf("a click gives %q", p.text())
	}
}
