package focus

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed rules.txt
var rulesText string

// rule is one rule of the specification.
type rule struct {
	id     string
	column string // that it is about; "" is the file
	needs  []string
	test   test
	when   *test // nil is always
}

// test is something that a row has or has not.
type test struct {
	op    string
	items []test   // of and, or
	args  []string // columns and values
	at    []int    // indices of the columns among args, -1 is absent; set for a file
}

// loadRules reads the rules.
func loadRules() ([]rule, error) {
	var out []rule
	for i, line := range strings.Split(rulesText, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		r, err := parseRule(line)
		if err != nil {
			return nil, fmt.Errorf("rules.txt:%d: %w", i+1, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func parseRule(line string) (r rule, err error) {
	head, body, ok := strings.Cut(line, ": ")
	if !ok {
		return r, fmt.Errorf("no test in %q", line)
	}
	r.id, r.column, _ = strings.Cut(head, " of ")
	if at := strings.LastIndex(body, " if "); at >= 0 {
		r.needs, body = strings.Split(body[at+4:], ","), body[:at]
	}
	p := parser{rest: body}
	if r.test, err = p.test(); err != nil {
		return r, err
	}
	if rest, ok := strings.CutPrefix(p.rest, " when "); ok {
		p.rest = rest
		when, err := p.test()
		if err != nil {
			return r, err
		}
		r.when = &when
	}
	if p.rest != "" {
		return r, fmt.Errorf("what is %q?", p.rest)
	}
	return r, nil
}

// parser reads tests such as and(known(A), is(B, "x")).
type parser struct{ rest string }

func (p *parser) test() (test, error) {
	op, rest, ok := strings.Cut(p.rest, "(")
	if !ok {
		return test{}, fmt.Errorf("no test in %q", p.rest)
	}
	t := test{op: op}
	p.rest = rest
	for {
		if err := p.item(&t); err != nil {
			return t, err
		}
		switch {
		case strings.HasPrefix(p.rest, ", "):
			p.rest = p.rest[2:]
		case strings.HasPrefix(p.rest, ")"):
			p.rest = p.rest[1:]
			return t, nil
		default:
			return t, fmt.Errorf("unfinished test at %q", p.rest)
		}
	}
}

func (p *parser) item(t *test) error {
	if t.op == "and" || t.op == "or" {
		item, err := p.test()
		t.items = append(t.items, item)
		return err
	}
	if strings.HasPrefix(p.rest, `"`) {
		quoted, err := strconv.QuotedPrefix(p.rest)
		if err != nil {
			return err
		}
		value, err := strconv.Unquote(quoted)
		t.args, p.rest = append(t.args, value), p.rest[len(quoted):]
		return err
	}
	end := strings.IndexAny(p.rest, ",)")
	if end <= 0 {
		return fmt.Errorf("unfinished test at %q", p.rest)
	}
	t.args, p.rest = append(t.args, p.rest[:end]), p.rest[end:]
	return nil
}

// columnsOf is how many of a test's arguments are columns.
func (t *test) columnsOf() int {
	switch t.op {
	case "product":
		return 3
	case "same", "differ", "distinct":
		return 2
	}
	return 1
}

// bind finds the columns of a file.
func (t *test) bind(columns map[string]int) {
	for i := range t.items {
		t.items[i].bind(columns)
	}
	if len(t.items) > 0 {
		return
	}
	for _, name := range t.args[:t.columnsOf()] {
		at, ok := columns[name]
		if !ok {
			at = -1
		}
		t.at = append(t.at, at)
	}
}

// String says what the test wants, for people.
func (t *test) String() string {
	quoted := func(values []string) string { return `"` + strings.Join(values, `", "`) + `"` }
	switch t.op {
	case "and", "or":
		var parts []string
		for i := range t.items {
			parts = append(parts, t.items[i].String())
		}
		return strings.Join(parts, ", "+t.op+" ")
	case "present":
		return "the column " + t.args[0] + " must be there"
	case "null":
		return t.args[0] + " must be empty"
	case "known":
		return t.args[0] + " must not be empty"
	case "is":
		return t.args[0] + " must be " + quoted(t.args[1:])
	case "oneof":
		return t.args[0] + " must be one of " + quoted(t.args[1:])
	case "not":
		return t.args[0] + " must not be " + quoted(t.args[1:])
	case "same":
		return t.args[0] + " must be what " + t.args[1] + " is"
	case "differ":
		return t.args[0] + " must not be what " + t.args[1] + " is"
	case "text":
		return t.args[0] + " must be text"
	case "decimal":
		return t.args[0] + " must be a plain decimal number"
	case "instant":
		return t.args[0] + " must be a time in UTC such as 2026-10-01T00:00:00Z"
	case "currency", "national":
		return t.args[0] + " must be a currency's code (ISO 4217)"
	case "unit":
		return t.args[0] + " must be a unit such as Tokens or 1000000 Tokens"
	case "flat":
		return t.args[0] + " must be a JSON object without lists and objects in it"
	case "atleast":
		return t.args[0] + " must be at least " + t.args[1]
	case "product":
		return t.args[0] + " × " + t.args[1] + " must be exactly " + t.args[2]
	case "distinct":
		return "each " + t.args[0] + " must have " + t.args[2] + " " + t.args[1]
	}
	return t.op
}
