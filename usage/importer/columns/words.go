package columns

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Words says what a map makes of a row, for people, a line each.
func (m *Map) Words() []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch {
	case m.Basis == "billed":
		say("each row is money without tokens")
	case m.Rows == "sum":
		say("each row sums up several requests")
	default:
		say("each row is one request")
	}
	when := map[string]string{"": "ISO 8601", "iso": "ISO 8601", "unix": "seconds since 1970", "unix-ms": "milliseconds since 1970",
		"unix-us": "microseconds since 1970", "unix-ns": "nanoseconds since 1970"}[m.Time.Format]
	if when == "" {
		when = m.Time.Format
	}
	line := fmt.Sprintf("time: %s (%s)", called(m.Time.Column), when)
	if m.Time.Zone != "" {
		line += ", in " + m.Time.Zone
	}
	if m.Time.End != "" {
		line += ", until " + called(m.Time.End)
	}
	out = append(out, line)
	t := &m.Tokens
	for _, c := range []struct{ name, column, note string }{
		{"input", t.Input, inside(t.InputIncludes)}, {"cache read", t.CacheRead, ""}, {"cache write", t.CacheWrite5m, ""}, {"cache write of 1 h", t.CacheWrite1h, ""},
		{"output", t.Output, ""}, {"reasoning", t.Reasoning, reasoningNote(t)}, {"total, to be compared", t.Total, ""},
	} {
		if c.column != "" {
			say("%s: %s%s", c.name, called(c.column), c.note)
		}
	}
	for _, field := range Fields() {
		if column := m.Columns[field]; column != "" {
			say("%s: %s", field, called(column))
		} else if constant := m.Constants[field]; constant != "" {
			say("%s: always %q", field, constant)
		}
	}
	if m.Decimal == "," {
		say("decimals stand behind a comma")
	}
	for _, tag := range slices.Sorted(maps.Keys(m.Tags)) {
		say("tag %s: %s", tag, called(m.Tags[tag]))
	}
	for _, meter := range slices.Sorted(maps.Keys(m.Quantities)) {
		say("quantity %s: %s", meter, called(m.Quantities[meter]))
	}
	for _, column := range slices.Sorted(maps.Keys(m.Only)) {
		say("only rows where %s is %s", called(column), strings.Join(m.Only[column], " or "))
	}
	for _, column := range slices.Sorted(maps.Keys(m.Except)) {
		say("not rows where %s is %s", called(column), strings.Join(m.Except[column], " or "))
	}
	return out
}

// called writes how a map names a column for people.
func called(column string) string {
	s := parseSpec(column)
	text := strings.Join(s.names, " or ")
	if s.optional {
		text += " (if there)"
	}
	return text
}

func inside(classes []string) string {
	if len(classes) == 0 {
		return ""
	}
	return ", which includes " + strings.ReplaceAll(strings.Join(classes, " and "), "_", " ")
}

func reasoningNote(t *Tokens) string {
	if t.ReasoningBeside {
		return ", beside the output"
	}
	return ", part of the output"
}
