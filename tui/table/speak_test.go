package table

import (
	"strings"
	"testing"

	"tokpit/tui/ui"
)

// spoken is rows of cells; a row of one cell is a head.
type spoken [][]string

func (s spoken) Columns() []Column {
	return []Column{{Title: "name", Width: 8, Flex: 1}, {Title: "ends", Width: 4}, {Title: "requests", Width: 8, Right: true}}
}
func (s spoken) Len() int           { return len(s) }
func (s spoken) Key(row int) string { return s[row][0] }
func (s spoken) Sort(int, bool)     {}
func (s spoken) Draw(p *ui.Pen, st *ui.Styles, row, col, width int) {
	p.Left(st.Text, s[row][col], width)
}
func (s spoken) Head(row int) (string, bool) { return s[row][0], len(s[row]) == 1 }

// Heads stand by themselves, rows are counted without them, and what a cell does
// not know is not said.
func TestSpeak(t *testing.T) {
	s := ui.NewSpeech()
	Speak(s, spoken{{"Proven"}, {"mini", "–", "12"}, {"nano", "1 Apr", "–"}, {"Doubtful"}, {"luna", "? part", "≤3"}})
	if got, want := strings.Join(s.Lines(), "\n"), "Proven.\n1. mini: requests 12\n2. nano: ends 1 Apr\n\nDoubtful.\n3. luna: ends ? part, requests at most 3"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
