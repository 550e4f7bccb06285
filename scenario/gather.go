package scenario

import (
	"fmt"
	"strings"

	"tokpit/report"
)

// namedModels is how many models a gathered note names; the others are counted.
const namedModels = 3

// Gather makes one note of those that say the same of several models:
// "openai/gpt-5, mistral/medium: not sold as batch". Each keeps its place.
func Gather(all []report.Note) []report.Note {
	type said struct {
		code, text string
		colon      bool
	}
	type line struct {
		said
		models []string
	}
	var lines []*line
	seen := make(map[said]*line)
	for _, n := range all {
		model, text, ok := strings.Cut(n.Text, " ")
		if !ok || !strings.Contains(model, "/") {
			model, text = "", n.Text
		}
		name, colon := strings.CutSuffix(model, ":")
		key := said{n.Code, text, colon}
		l := seen[key]
		if l == nil {
			l = &line{said: key}
			seen[key], lines = l, append(lines, l)
		}
		if name != "" {
			l.models = append(l.models, name)
		}
	}
	var out []report.Note
	for _, l := range lines {
		n := len(l.models)
		names := strings.Join(l.models[:min(n, namedModels)], ", ")
		if n > namedModels {
			names += fmt.Sprintf(" and %d more", n-namedModels)
		}
		switch {
		case n == 1 && !l.colon:
			names += " "
		case n > 0:
			names += ": "
		}
		out = append(out, report.Note{Code: l.code, Text: names + l.text})
	}
	return out
}
