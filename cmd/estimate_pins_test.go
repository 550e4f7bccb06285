package cmd

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/tui/estimate"
	"tokpit/tui/ui"
)

// answerAll runs a command of a page and all that follows from it.
func answerAll(p ui.Page, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			answerAll(p, c)
		}
	case ui.To:
		answerAll(p, p.Update(msg.Msg))
	}
}

// estimatingOver is the page of estimates over the demo's store, as over anybody's
// own, with a text.
func estimatingOver(t *testing.T, d *desk, text string) *estimate.Page {
	t.Helper()
	s, err := d.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own := *s
	own.Demo = false // the demo is not read request by request
	p := estimate.New(estimate.Options{Context: t.Context(), Desk: prompter{d}})
	p.SetSize(200, 57)
	p.SetSnapshot(&own)
	answerAll(p, p.Update(ui.Shown{}))
	answerAll(p, p.Update(tea.PasteMsg{Content: text}))
	return p
}

// Models that are pinned on the page cost what the command says of the same names,
// and are compared with the same one.
func TestPinnedModelsSayWhatTheCommandSays(t *testing.T) {
	t.Parallel()
	const text = "Which of these three is worth its price? Answer in one word.\n"
	names := []string{"claude-sonnet-5-5", "gpt-5.4-mini", "gemini-3.7-flash"}
	d, _ := demoDesk(t)
	p := estimatingOver(t, d, text)
	key := func(k string) {
		msg := tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		switch k {
		case "enter":
			msg = tea.KeyPressMsg{Code: tea.KeyEnter}
		case "esc":
			msg = tea.KeyPressMsg{Code: tea.KeyEscape}
		case "space":
			msg = tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
		}
		answerAll(p, p.Update(msg))
	}
	for _, name := range names {
		key("/")
		answerAll(p, p.Update(tea.PasteMsg{Content: name}))
		for _, k := range []string{"enter", "space", "esc"} {
			key(k)
		}
	}
	clips := p.Clips()
	if len(clips) < 2 || !strings.Contains(clips[1].Name, "3 pinned as CSV") {
		t.Fatalf("%d clips, the second is %q", len(clips), clips[1].Name)
	}
	content, err := clips[1].Make()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%v:\n%s", err, content)
	}

	type cost struct{ Low, High, Point string }
	var says1 struct {
		Models []struct {
			Model, Provider string
			Tokens          struct{ Low, High, Point int64 }
			OutputTokens    int64 `json:"output_tokens"`
			Total           cost
			Difference      *cost
			Baseline        bool
		}
	}
	path := filepath.Join(t.TempDir(), "prompt.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, d.app, &says1, "estimate", path, "--model", strings.Join(names, ","), "--output-tokens", "p50", "--json")
	if len(says1.Models) != 3 {
		t.Fatalf("the command knows %d models", len(says1.Models))
	}
	for i, row := range rows[1:] {
		cell := func(name string) string {
			for k, title := range rows[0] {
				if title == name {
					return row[k]
				}
			}
			t.Fatalf("no column %s in %v", name, rows[0])
			return ""
		}
		if cell("model") != names[i] {
			t.Errorf("row %d is %s", i, cell("model"))
		}
		for _, m := range says1.Models {
			if m.Model != names[i] {
				continue
			}
			same := func(what, page, command string) {
				a, errA := money.Parse(page)
				b, errB := money.Parse(command)
				if errA != nil || errB != nil || a != b {
					t.Errorf("%s, %s: the page says %q, the command %q", m.Model, what, page, command)
				}
			}
			same("input", cell("input_tokens"), strconv.FormatInt(m.Tokens.Point, 10))
			same("answer", cell("output_tokens"), strconv.FormatInt(m.OutputTokens, 10))
			same("cost", cell("cost"), m.Total.Point)
			same("low", cell("cost_low"), m.Total.Low)
			same("high", cell("cost_high"), m.Total.High)
			if m.Baseline != (i == 0) {
				t.Errorf("%s: the command compares with another model than the first", m.Model)
			}
			if i > 0 && m.Difference != nil {
				same("difference", cell("cost_difference"), m.Difference.Point)
			} else if i > 0 {
				t.Errorf("%s: the command knows no difference", m.Model)
			}
		}
	}
}

// Reading the person's own requests a day at a time finds what reading them at once
// does.
func TestHabitsInTurnsAreTheHabits(t *testing.T) {
	t.Parallel()
	d, _ := demoDesk(t)
	if _, err := d.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, err := d.app.habits(t.Context(), true)
	if err != nil || want.All().Requests == 0 {
		t.Fatalf("%v, %d requests", err, want.All().Requests)
	}
	got, err := d.app.habitsInTurns(t.Context())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %d requests, not %d", err, got.All().Requests, want.All().Requests)
	}
}
