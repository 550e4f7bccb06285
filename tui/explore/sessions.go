package explore

import (
	"strings"
	"time"

	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/table"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// sessionColumns say what a session was: a name that means something comes
// before its id, which means nothing to anybody.
func sessionColumns(r *reply) []column {
	names := r.snap.Names
	word := func(id, title string, width, flex, most, priority int, of func(s *report.SessionLine) string) column {
		return column{id: id, dim: 0, Column: table.Column{Title: title, Width: width, Flex: flex, Max: most, Priority: priority},
			draw: func(p *ui.Pen, st *ui.Styles, l *line, w int) {
				ink := st.Text
				if id != "project" {
					ink = st.Muted
				}
				p.Left(ink, ui.CutName(of(l.session), w), w)
			},
			order: func(a, b *line) int { return strings.Compare(of(a.session), of(b.session)) }}
	}
	began := word("began", "began", 12, 0, 0, 0, func(s *report.SessionLine) string { return beginning(s, r.snap) })
	began.order = func(a, b *line) int { return a.session.Since.Compare(b.session.Since) }
	length := word("length", "lasted", 7, 0, 0, 4, length)
	length.order = func(a, b *line) int {
		return compareInts(int64(a.session.Until.Sub(a.session.Since)), int64(b.session.Until.Sub(b.session.Since)))
	}
	return []column{
		began,
		word("project", "project", 14, 4, 30, 0, func(s *report.SessionLine) string { return nameOf(names, usage.ByProject, s.Project) }),
		word("who", "agent or user", 13, 2, 20, 3, func(s *report.SessionLine) string {
			if s.User != "" {
				return nameOf(names, usage.ByUser, s.User)
			}
			if s.Agent != "" {
				return nameOf(names, usage.ByAgent, s.Agent)
			}
			return ui.Text(s.Source)
		}),
		word("models", "models", 16, 3, 40, 2, modelsOf),
		length,
		word("by:session", "session", 10, 1, 38, 20, func(s *report.SessionLine) string { return ui.Text(s.Session) }),
	}
}

// beginning is when a session began, as far as it is known.
func beginning(s *report.SessionLine, snap *report.Snapshot) string {
	if s.ByDay {
		return s.Since.UTC().Format("Mon 2 Jan")
	}
	return s.Since.In(period.Zone(snap)).Format("2 Jan 15:04")
}

func length(s *report.SessionLine) string {
	d := s.Until.Sub(s.Since)
	switch {
	case s.ByDay && d <= 24*time.Hour:
		return "a day"
	case d >= 24*time.Hour:
		return ui.Digits(int64((d+23*time.Hour)/(24*time.Hour))) + " days"
	case d >= time.Hour:
		return ui.Digits(int64(d/time.Hour)) + " h"
	}
	return ui.Digits(int64(d/time.Minute)) + " min"
}

// modelsOf names the models of a session, the costliest first.
func modelsOf(s *report.SessionLine) string {
	var out []string
	for i := range s.Models {
		out = append(out, ui.Text(s.Models[i].Model))
	}
	return strings.Join(out, ", ")
}
