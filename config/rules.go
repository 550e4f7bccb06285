package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Rule says what some usage belongs to. Usage matches if every dimension that
// the rule names has a value that matches one of its patterns; the first rule
// of a table that matches decides.
type Rule struct {
	Table string // "account", "environment" or "allocate"
	Line  int    // where it begins; 0 if that is not known
	Name  string // the account, environment or cost center
	// Match holds patterns by dimension: an id or a name, where "*" stands for
	// any text and "?" for any character; "" is usage that names none.
	Match map[string][]string
	// From and To bound the usage, in UTC days, To exclusive; zero is open.
	From, To time.Time
}

// Where names the rule in an error.
func (r *Rule) Where() string { return where(r.Table, r.Line) }

// Basis says which basis counts for an account where several know its usage.
type Basis struct {
	Line     int
	Provider string
	Account  string // "" is every account of the provider
	Use      string // "reported", "metered", "logged" or "imported"
}

// Where names the entry in an error.
func (b *Basis) Where() string { return where("basis", b.Line) }

func where(table string, line int) string {
	if line == 0 {
		return "[[" + table + "]]"
	}
	return fmt.Sprintf("[[%s]] in line %d", table, line)
}

// entry is one table of an array of tables, as it was written.
type entry map[string]any

// tables are the arrays of tables whose keys are dimensions.
type tables struct {
	Account     []entry `toml:"account"`
	Environment []entry `toml:"environment"`
	Allocate    []entry `toml:"allocate"`
	Basis       []entry `toml:"basis"`
}

// matchable are the dimensions that a rule can match, besides tags.
func matchable() []string {
	return []string{"source", "provider", "account", "organization", "environment", "project", "key", "user", "agent", "session",
		"machine", "model", "tier", "region", "basis", "line_item"}
}

func countable() []string { return []string{"reported", "metered", "logged", "imported"} }

// rules reads the tables of the file's text into it.
func (f *File) rules(text []byte, t *tables) error {
	at := places(text)
	for _, kind := range []struct {
		table, name string
		entries     []entry
		into        *[]Rule
	}{
		{"account", "name", t.Account, &f.Accounts},
		{"environment", "name", t.Environment, &f.Environments},
		{"allocate", "cost_center", t.Allocate, &f.Allocations},
	} {
		for i, e := range kind.entries {
			r, err := readRule(kind.table, kind.name, e, at.of(kind.table, i))
			if err != nil {
				return err
			}
			*kind.into = append(*kind.into, r)
		}
	}
	for i, e := range t.Basis {
		b, err := readBasis(e, at.of("basis", i))
		if err != nil {
			return err
		}
		f.Bases = append(f.Bases, b)
	}
	return nil
}

func readRule(table, name string, e entry, at place) (Rule, error) {
	r := Rule{Table: table, Line: at.line, Match: make(map[string][]string)}
	for _, key := range slices.Sorted(maps.Keys(e)) {
		var err error
		switch v := e[key]; {
		case key == name:
			r.Name, err = oneText(v)
		case key == "from":
			r.From, err = day(v)
		case key == "to":
			r.To, err = day(v)
		case key == "tag":
			err = readTags(v, r.Match)
		case slices.Contains(matchable(), key):
			r.Match[key], err = texts(v)
		default:
			err = errors.New("is not a key of this table; match by " + strings.Join(matchable(), ", ") + " or tag")
		}
		if err != nil {
			return Rule{}, at.error(table, key, err)
		}
	}
	switch {
	case r.Name == "":
		return Rule{}, at.error(table, "", fmt.Errorf("%s is missing", name))
	case !r.From.IsZero() && !r.To.IsZero() && !r.From.Before(r.To):
		return Rule{}, at.error(table, "to", errors.New("must lie after from"))
	}
	for _, b := range r.Match["basis"] {
		if !strings.ContainsAny(b, "*?") && b != "billed" && !slices.Contains(countable(), b) {
			return Rule{}, at.error(table, "basis", fmt.Errorf("%q is none of %s, billed", b, strings.Join(countable(), ", ")))
		}
	}
	return r, nil
}

func readBasis(e entry, at place) (Basis, error) {
	b := Basis{Line: at.line}
	for _, key := range slices.Sorted(maps.Keys(e)) {
		into, ok := map[string]*string{"provider": &b.Provider, "account": &b.Account, "use": &b.Use}[key]
		if !ok {
			return b, at.error("basis", key, errors.New("is not a key of this table; it has provider, account and use"))
		}
		var err error
		if *into, err = oneText(e[key]); err != nil {
			return b, at.error("basis", key, err)
		}
	}
	switch {
	case b.Provider == "":
		return b, at.error("basis", "", errors.New("provider is missing"))
	case !slices.Contains(countable(), b.Use):
		return b, at.error("basis", "use", fmt.Errorf("must be one of %s", strings.Join(countable(), ", ")))
	}
	return b, nil
}

func oneText(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", errors.New("must be text")
	}
	return s, nil
}

// texts reads one pattern or a list of them.
func texts(v any) ([]string, error) {
	if s, ok := v.(string); ok {
		return []string{s}, nil
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, errors.New("must be text or a list of texts")
	}
	out := make([]string, len(list))
	for i := range list {
		if out[i], ok = list[i].(string); !ok {
			return nil, errors.New("must be text or a list of texts")
		}
	}
	return out, nil
}

func readTags(v any, into map[string][]string) error {
	var tags map[string]any
	switch v := v.(type) {
	case map[string]any:
		tags = v
	case entry:
		tags = v
	default:
		return errors.New(`must name a tag, such as tag.team = "web"`)
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list, err := texts(tags[name])
		if err != nil {
			return fmt.Errorf("%s %w", name, err)
		}
		into["tag:"+name] = list
	}
	return nil
}

// day reads a UTC day.
func day(v any) (time.Time, error) {
	if s, ok := v.(string); ok {
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return t, nil
		}
	}
	if d, ok := v.(fmt.Stringer); ok { // a date of TOML's own
		if t, err := time.Parse(time.DateOnly, d.String()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("must be a day such as 2026-10-01")
}

// place is where a table stands in the file, and each of its keys; zero if not
// known.
type place struct {
	line int
	keys map[string]int
}

func (p place) error(table, key string, err error) error {
	line := p.line
	if at := p.keys[key]; at != 0 {
		line = at
	}
	text := "[[" + table + "]]"
	if key != "" {
		text += " " + key
	}
	if line != 0 {
		return fmt.Errorf("line %d: %s: %w", line, text, err)
	}
	return fmt.Errorf("%s: %w", text, err)
}

type placeMap map[string][]place

func (m placeMap) of(table string, i int) place {
	if i < len(m[table]) {
		return m[table][i]
	}
	return place{}
}

// places finds the arrays of tables in a text that is known to be good TOML.
func places(text []byte) placeMap {
	out := make(placeMap)
	current := ""
	var p unstable.Parser
	p.Reset(text)
	for p.NextExpression() {
		e := p.Expression()
		path, offset := keyOf(e)
		if len(path) == 0 {
			continue
		}
		line := 1 + bytes.Count(text[:min(offset, len(text))], []byte("\n"))
		all := out[path[0]]
		switch {
		case e.Kind == unstable.KeyValue:
			if all = out[current]; len(all) > 0 {
				all[len(all)-1].keys[path[0]] = line
			}
			continue
		case len(path) == 1: // [account] is read as the only one of its kind
			current = path[0]
			out[current] = append(all, place{line, make(map[string]int)})
			continue
		case len(path) == 2 && len(all) > 0: // [account.tag]
			all[len(all)-1].keys[path[1]] = line
		}
		current = ""
	}
	return out
}

// keyOf returns the parts of an expression's key and where it begins.
func keyOf(e *unstable.Node) (path []string, offset int) {
	if e.Kind != unstable.KeyValue && e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
		return nil, 0
	}
	for keys := e.Key(); keys.Next(); {
		if len(path) == 0 {
			offset = int(keys.Node().Raw.Offset)
		}
		path = append(path, string(keys.Node().Data))
	}
	return path, offset
}
