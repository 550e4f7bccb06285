package cmd

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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

// estimatingOver is the page of estimates over the demo's store, with a text.
func estimatingOver(t *testing.T, d *desk, text string) *estimate.Page {
	t.Helper()
	s, err := d.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := estimate.New(estimate.Options{Context: t.Context(), Desk: prompter{d}})
	p.SetSize(200, 57)
	p.SetSnapshot(s)
	answerAll(p, p.Update(ui.Shown{}))
	answerAll(p, p.Update(tea.PasteMsg{Content: text}))
	return p
}

// pinOn finds models on the page and pins them, and returns what is copied of them:
// rows of CSV below their head.
func pinOn(t *testing.T, p *estimate.Page, names []string) [][]string {
	t.Helper()
	for _, name := range names {
		answerAll(p, p.Update(tea.KeyPressMsg{Code: '/', Text: "/"}))
		answerAll(p, p.Update(tea.PasteMsg{Content: name}))
		for _, k := range []tea.KeyPressMsg{{Code: tea.KeyEnter}, {Code: tea.KeySpace, Text: " "}, {Code: tea.KeyEscape}} {
			answerAll(p, p.Update(k))
		}
	}
	clips := p.Clips()
	if len(clips) < 2 || !strings.Contains(clips[1].Name, "3 pinned as CSV") {
		t.Fatalf("%d clips", len(clips))
	}
	content, err := clips[1].Make()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	if err != nil || len(rows) != len(names)+1 {
		t.Fatalf("%v:\n%s", err, content)
	}
	return rows
}

// estimated is a model in the JSON form of estimates.
type estimated struct {
	Model        string
	Tokens       struct{ Point int64 }
	OutputTokens int64 `json:"output_tokens"`
	Total        struct{ Low, High, Point string }
	Difference   *struct{ Point string }
	Baseline     bool
}

// Models that are pinned on the page cost what the command says of the same names,
// and are compared with the same one.
func TestPinnedModelsSayWhatTheCommandSays(t *testing.T) {
	t.Parallel()
	const text = "Which of these three is worth its price? Answer in one word.\n"
	names := []string{"claude-sonnet-5-5", "gpt-5.4-mini", "gemini-3.7-flash"}
	d, _ := demoDesk(t)
	rows := pinOn(t, estimatingOver(t, d, text), names)
	path := filepath.Join(t.TempDir(), "prompt.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said struct{ Models []estimated }
	says(t, d.app, &said, "estimate", path, "--model", strings.Join(names, ","), "--output-tokens", "p50", "--json")
	if len(said.Models) != len(names) {
		t.Fatalf("the command knows %d models", len(said.Models))
	}
	for i, name := range names {
		at := slices.IndexFunc(said.Models, func(m estimated) bool { return m.Model == name })
		if at < 0 {
			t.Fatalf("the command says nothing of %s", name)
		}
		m := said.Models[at]
		if m.Baseline != (i == 0) || m.Difference == nil && i > 0 {
			t.Errorf("%s: the command compares with another model than the first", name)
		}
		want := map[string]string{"model": name, "input_tokens": strconv.FormatInt(m.Tokens.Point, 10), "output_tokens": strconv.FormatInt(m.OutputTokens, 10),
			"cost": m.Total.Point, "cost_low": m.Total.Low, "cost_high": m.Total.High}
		if m.Difference != nil && i > 0 {
			want["cost_difference"] = m.Difference.Point
		}
		for title, command := range want {
			page := rows[i+1][slices.Index(rows[0], title)]
			a, errA := money.Parse(page)
			b, errB := money.Parse(command)
			if page != command && (errA != nil || errB != nil || a != b) {
				t.Errorf("%s, %s: the page says %q, the command %q", name, title, page, command)
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
