package period

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/tuitest"
)

// Every period that is offered has a name, can be read, and is written in words.
func TestUsual(t *testing.T) {
	c := Calendar(tuitest.Explored())
	for _, text := range Usual() {
		s, err := Parse(c, text)
		if err != nil || Name(text) == "" || Words(c, s) == "" {
			t.Errorf("%q is %v, named %q, %v", text, s, Name(text), err)
		}
	}
	if Name("2026-10") != "" {
		t.Error("a period of one's own has a name")
	}
}

// Words of a span can be told from those of the span that it is compared with.
func TestBefore(t *testing.T) {
	c := report.Calendar{Now: tuitest.Now(), Anchor: 1}
	for _, text := range Usual() {
		s, err := Parse(c, text)
		if err != nil {
			t.Fatal(err)
		}
		before := Before(c, text, s)
		if text == All {
			if !before.Until.IsZero() {
				t.Errorf("all history is compared with %v", before)
			}
			continue
		}
		if !before.Since.Before(s.Since) || before.Until.After(s.Since) || Words(c, before) == Words(c, s) {
			t.Errorf("%s: %v is compared with %v", text, s, before)
		}
	}
}

func TestPicker(t *testing.T) {
	c := Calendar(tuitest.Explored())
	var taken string
	p := Picker(c, Usual(), "30d", func(text string) tea.Msg { taken = text; return nil })
	if p == nil || taken == "" {
		t.Fatal("nothing is offered")
	}
}
