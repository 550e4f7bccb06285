package cmd

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/tui/ui"
)

const statusDefault = "{today} today · {month} month[[ {kind}]][[ · {budget}]] · {tokens} tokens[[ · {age}]]"

// statusPart is a piece of a template: text, a field, or parts that are left out
// together.
type statusPart struct {
	text, field string
	group       statusTemplate
}

type statusTemplate []statusPart

// parseStatus reads a template.
func parseStatus(format string) (statusTemplate, error) {
	if len(format) > 1000 || strings.ContainsAny(format, "\n\r") {
		return nil, hint(errors.New("--format is no single line of at most 1000 bytes"), "run: tokpit statusline --help")
	}
	out, rest, err := parseParts(clean.Limit(format, 1000), false)
	if err == nil && rest != "" {
		err = errors.New("--format has a ]] without a [[")
	}
	if err != nil {
		return nil, hint(err, "fields: %s", strings.Join(statusFields(), " "))
	}
	return out, nil
}

func statusFields() []string {
	return []string{"{today}", "{month}", "{cycle}", "{tokens}", "{requests}", "{kind}", "{age}", "{budget}",
		"{budget.name}", "{budget.state}", "{budget.used}", "{budget.left}", "{budget.limit}"}
}

// parseParts reads up to the end, or in a group to its end, and returns what is
// left.
func parseParts(s string, inner bool) (out statusTemplate, rest string, err error) {
	for s != "" {
		i := strings.IndexAny(s, "{[]")
		if i < 0 {
			return append(out, statusPart{text: s}), "", unlessOpen(inner)
		}
		if i > 0 {
			out, s = append(out, statusPart{text: s[:i]}), s[i:]
		}
		switch {
		case strings.HasPrefix(s, "[[") && !inner:
			var group statusTemplate
			if group, s, err = parseParts(s[2:], true); err != nil {
				return nil, "", err
			}
			out, s = append(out, statusPart{group: group}), strings.TrimPrefix(s, "]]")
		case strings.HasPrefix(s, "[["):
			return nil, "", errors.New("--format has a [[ within a [[")
		case strings.HasPrefix(s, "]]"):
			return out, s, nil
		case s[0] == '{':
			field, after, ok := strings.Cut(s, "}")
			if known := strings.Join(statusFields(), " ") + " "; !ok || !strings.Contains(known, field+"} ") {
				return nil, "", fmt.Errorf("--format has no field %q", clip(field+"}"))
			}
			out, s = append(out, statusPart{field: field[1:]}), after
		default:
			out, s = append(out, statusPart{text: s[:1]}), s[1:]
		}
	}
	return out, "", unlessOpen(inner)
}

func unlessOpen(inner bool) error {
	if inner {
		return errors.New("--format has a [[ without a ]]")
	}
	return nil
}

// statusPiece is text to print; state is the budget's that it is about.
type statusPiece struct{ text, state string }

// fill puts figures into a template.
func (t statusTemplate) fill(f *statusFigures, now time.Time) []statusPiece {
	var out []statusPiece
	for _, p := range t {
		switch {
		case p.group != nil:
			if pieces := p.group.fill(f, now); p.group.complete(f, now) {
				out = append(out, pieces...)
			}
		case p.field != "":
			piece := statusPiece{text: f.field(p.field, now)}
			if strings.HasPrefix(p.field, "budget") && f.Budget != nil {
				piece.state = f.Budget.State
			}
			out = append(out, piece)
		default:
			out = append(out, statusPiece{text: p.text})
		}
	}
	return out
}

// complete reports whether all fields say something.
func (t statusTemplate) complete(f *statusFigures, now time.Time) bool {
	for _, p := range t {
		if p.field != "" && f.field(p.field, now) == "" {
			return false
		}
	}
	return true
}

// field returns what a field says, "" if there is nothing to say.
func (f *statusFigures) field(name string, now time.Time) string {
	sum := func(s *statusSum) string {
		if s == nil {
			return "…"
		}
		return s.Shown
	}
	switch name {
	case "today":
		return sum(f.Today)
	case "month":
		return sum(f.Month)
	case "cycle":
		return sum(f.Cycle)
	case "tokens":
		if f.Today == nil {
			return "…"
		}
		return ui.Tokens(f.Today.Tokens)
	case "requests":
		if f.Today == nil || f.Today.Requests == nil {
			return ""
		}
		return ui.Count(*f.Today.Requests)
	case "kind":
		if f.Kind == "api-equivalent" {
			return "API-equivalent (no plan set)"
		}
		return ""
	case "age":
		return f.age(now)
	}
	if f.Budget == nil {
		return ""
	}
	return f.Budget.field(strings.TrimPrefix(name, "budget"))
}

// age says how old figures are that are not of this minute.
func (f *statusFigures) age(now time.Time) string {
	at, err := time.Parse(time.RFC3339, f.AsOf)
	old := now.Sub(at)
	switch {
	case err != nil || old < time.Minute:
		return ""
	case old < 2*time.Hour:
		return fmt.Sprintf("%dm old", old/time.Minute)
	case old < 48*time.Hour:
		return fmt.Sprintf("%dh old", old/time.Hour)
	}
	return fmt.Sprintf("%dd old", old/(24*time.Hour))
}

func (b *statusBudget) field(name string) string {
	used := ui.Percent(b.PerMille)
	amount := func(s string) string {
		a, err := money.Parse(s)
		if err != nil {
			return "?"
		}
		return ui.Money(a, b.Currency)
	}
	switch name {
	case ".name":
		return clean.Text(b.Name)
	case ".state":
		return b.State
	case ".used":
		return used
	case ".left":
		return amount(b.Headroom)
	case ".limit":
		return amount(b.Limit)
	}
	text := clean.Text(b.Name) + " " + used + " of limit"
	if b.State == statusWarn { // the other states are in the figure
		text += ", warn"
	}
	return text
}

// fitStatus cuts pieces to a width in cells; 0 does not.
func fitStatus(pieces []statusPiece, width int) []statusPiece {
	if width == 0 {
		return pieces
	}
	all := 0
	for _, p := range pieces {
		all += ansi.StringWidth(p.text)
	}
	if all <= width {
		return pieces
	}
	left := width - 1 // for the ellipsis
	var out []statusPiece
	for _, p := range pieces {
		p.text = ansi.Truncate(p.text, left, "")
		left -= ansi.StringWidth(p.text)
		if p.text != "" {
			out = append(out, p)
		}
		if left <= 0 {
			break
		}
	}
	return append(out, statusPiece{text: "…"})
}

// statusPaints writes pieces with colour: green, yellow and red for budgets that
// are fine, warned and over.
func statusPaints() map[string]func([]statusPiece) string {
	paint := func(open map[string]string, end string, escape func(string) string) func([]statusPiece) string {
		return func(pieces []statusPiece) string {
			var b strings.Builder
			for _, p := range pieces {
				if start := open[p.state]; p.state != "" && start != "" {
					b.WriteString(start + escape(p.text) + end)
				} else {
					b.WriteString(escape(p.text))
				}
			}
			return b.String()
		}
	}
	same := func(s string) string { return s }
	return map[string]func([]statusPiece) string{
		"none": paint(nil, "", same),
		"ansi": paint(map[string]string{statusOK: "\x1b[32m", statusWarn: "\x1b[33m", statusOver: "\x1b[31m"}, "\x1b[39m", same),
		// tmux takes a # for the beginning of a style.
		"tmux": paint(map[string]string{statusOK: "#[fg=green]", statusWarn: "#[fg=yellow]", statusOver: "#[fg=red]"}, "#[default]",
			func(s string) string { return strings.ReplaceAll(s, "#", "##") }),
	}
}
