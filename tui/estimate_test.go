package tui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tokenizer"
	"tokpit/tui/estimate"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// desk has one file, and no editor.
type desk struct{}

func (desk) Open(context.Context, string) ([]byte, error) { return []byte(prompt), nil }

func (desk) Complete(_ context.Context, path string) []string {
	return []string{path + "prompts/", path + "review.md"}
}

func (desk) Image(context.Context, string) (tokenizer.Image, error) {
	return tokenizer.Image{Width: 800, Height: 600}, nil
}

func (desk) Edit([]byte) (estimate.Editing, error) { return nil, errors.New("no editor is here") }

func (desk) History(context.Context, *report.Snapshot) (*report.History, error) { return nil, nil }

func (desk) Library(context.Context) (tokenizer.Library, error) { return tokenizer.Library{}, nil }

// prompt has what makes columns hard to line up.
const prompt = "Summarise the report in **three** sentences, then translate them.\n\n" +
	"func area(w, h int) int {\n\treturn w * h // tabs stand for four columns\n}\n" +
	"第一章：速い計算は安い。한국어도 있습니다。 naïve café, Привет, 👩\u200d💻 done\n" +
	"{\"total\": 1284.57, \"currency\": \"USD\"}\n"

// hostilePrompt is text that tries to break the screen.
func hostilePrompt() string { return strings.Join(tuitest.HostileNames(), "\n\t") + prompt }

// estimating returns a model on the page of estimates with a text that was
// pasted, after some keys.
func estimating(tb testing.TB, snap *report.Snapshot, text string, width, height int, keys ...string) *Model {
	tb.Helper()
	m := shown(tb, snap, width, height)
	send := func(msg tea.Msg) {
		_, cmd := m.Update(msg)
		run(m, cmd)
	}
	send(ui.Open("Estimate"))
	if text != "" {
		send(tea.PasteMsg{Content: text})
	}
	named := map[string]tea.KeyPressMsg{"tab": {Code: tea.KeyTab}, "down": {Code: tea.KeyDown}, "enter": {Code: tea.KeyEnter}, "ctrl+a": {Code: 'a', Mod: tea.ModCtrl}}
	for _, k := range keys {
		if msg, ok := named[k]; ok {
			send(msg)
		} else {
			send(press(k))
		}
	}
	return m
}

// From a paste to a figure, in a terminal in memory.
func TestEstimateInATerminal(t *testing.T) {
	m, _ := newModel(t, tuitest.Sample())
	term := tuitest.Start(t, m, 120, 40)
	term.See("Models ──")
	term.Type("3")
	term.See("What will this prompt cost?")
	term.Paste("What does this cost?\rAnd that?")
	term.See("Text ──")
	term.See("And that?")
	term.Type("\t")
	term.See("Text, typing")
	term.Type("q 1 ") // keys are text here
	term.See("q 1 What does this cost?")
	term.Miss("? help")
	term.Type("\x1b")
	term.Miss("Text, typing")
	term.Type("n")
	term.See("Number of calls")
	term.Type("1000/day\r")
	term.See("per month")
	term.Type("b")
	term.See("baseline")
	x, y := term.Find("q 1 What does this cost?")
	term.Click(x+9, y)
	term.See("Text, typing")
	term.Type("!")
	term.See("q 1 What !does this cost?")
	term.Type("\x1b")
	term.Miss("Text, typing")
	term.Type("o")
	term.See("Open a file")
	term.Type("f\r") // the path does not matter
	term.See("Summarise the report")
	term.Type("e")
	term.See("no editor is here")
	term.Type("q")
	if err := term.Ended(); err != nil {
		t.Fatal(err)
	}
}

// What was cleared comes back with the key for that, from any page, and clearing is
// no key of the whole cockpit.
func TestAClearedPromptComesBack(t *testing.T) {
	m := estimating(t, tuitest.Sample(), prompt, 120, 40, "d")
	wantText(t, m, "What will this prompt cost?")
	_, cmd := m.Update(press("6"))
	run(m, cmd)
	_, cmd = m.Update(press("u"))
	run(m, cmd)
	wantText(t, m, "Taken back: the text was cleared")
	wantText(t, m, "Summarise the report")
	for _, b := range m.global() {
		if b.Enabled() && slices.Contains(b.Keys(), "d") {
			t.Errorf("d is %s", b.Help().Desc)
		}
	}
}
