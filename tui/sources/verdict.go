package sources

import (
	"errors"

	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// verdict is what became of asking a provider.
type verdict struct {
	gen     int // of the attempt; older answers are dropped
	source  string
	running bool
	done    bool
	text    string // what is wrong; "" if it answers
	hint    string
}

// begin starts an attempt and returns its generation.
func (v *verdict) begin(source string) int {
	*v = verdict{gen: v.gen + 1, source: source, running: true}
	return v.gen
}

// drop forgets a verdict, and the answer that is under way.
func (v *verdict) drop() { *v = verdict{gen: v.gen + 1} }

// end takes an answer; it reports false for one that nobody waits for.
func (v *verdict) end(gen int, err error) bool {
	if gen != v.gen || !v.running {
		return false
	}
	v.running, v.done = false, true
	v.text, v.hint = worded(err)
	return true
}

// worded is an error in harmless words, with what to do about it.
func worded(err error) (text, hint string) {
	if err == nil {
		return "", ""
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		hint = ui.Text(hinted.Hint())
	}
	return ui.Text(err.Error()), hint
}

// draw writes the verdict over as many lines as it needs; spinner is a sign of
// life while it is awaited.
func (v *verdict) draw(w entry.Writer, spinner, who string) {
	st := w.St
	switch {
	case v.running:
		w.Para(st.Accent, spinner+" ", "asking "+who+"…")
	case v.done && v.text == "":
		w.Para(st.Good, "✓ ", who+" answers: the key works and may read usage")
	case v.done:
		w.Para(st.Bad, "! ", v.text)
		if v.hint != "" {
			w.Para(st.Text, "  hint: ", v.hint)
		}
	}
}
