package cmd_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
)

// shape checks decoded JSON: every field of a document must be known, there,
// and of its kind. Empty texts stand for nothing, so there are none.
type shape struct {
	t    *testing.T
	doc  map[string]any
	path string
	seen map[string]bool
}

func decodeShape(t *testing.T, text, path string) *shape {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("%v: %.500s", err, text)
	}
	return &shape{t, doc, path, map[string]bool{}}
}

func (s *shape) field(name string, check func(v any) bool, kind string) any {
	s.t.Helper()
	v, there := s.doc[name]
	s.seen[name] = true
	if !there || !check(v) {
		s.t.Errorf("%s.%s is %v (there: %v), not %s", s.path, name, v, there, kind)
	}
	return v
}

func (s *shape) done(optional ...string) {
	s.t.Helper()
	for name := range s.doc {
		if !s.seen[name] && !slices.Contains(optional, name) {
			s.t.Errorf("%s.%s is not in the interfaces", s.path, name)
		}
	}
}

func isText(v any) bool { s, ok := v.(string); return ok && s != "" }

func isNull(v any) bool { return v == nil }

func isBool(v any) bool { _, ok := v.(bool); return ok }

func isTime(v any) bool {
	s, ok := v.(string)
	at, err := time.Parse(time.RFC3339, s)
	return ok && err == nil && at.Location() == time.UTC && strings.HasSuffix(s, "Z")
}

func isCount(v any) bool {
	n, ok := v.(json.Number)
	return ok && regexp.MustCompile(`^(0|[1-9][0-9]*)$`).MatchString(n.String())
}

func isAmount(v any) bool {
	s, ok := v.(string)
	return ok && regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$`).MatchString(s)
}

func isCounts(v any) bool {
	m, ok := v.(map[string]any)
	for _, n := range m {
		ok = ok && isCount(n)
	}
	return ok
}

func or(checks ...func(any) bool) func(any) bool {
	return func(v any) bool { return slices.ContainsFunc(checks, func(c func(any) bool) bool { return c(v) }) }
}

// measures checks the fields of M.
func (s *shape) measures() {
	s.t.Helper()
	s.field("requests", or(isCount, isNull), "a count or null")
	tokens, _ := s.field("tokens", isCounts, "counts").(map[string]any)
	var classes []string
	for name := range tokens {
		classes = append(classes, name)
	}
	slices.Sort(classes)
	if want := []string{"cache_read", "cache_write_1h", "cache_write_5m", "input", "output", "reasoning"}; !slices.Equal(classes, want) {
		s.t.Errorf("%s.tokens has %q", s.path, classes)
	}
	s.field("quantities", isCounts, "counts")
	s.field("cost", or(isAmount, isNull), "an amount or null")
	s.field("cash", or(isAmount, isNull), "an amount or null")
	s.field("plan_fee", or(isAmount, isNull), "an amount")
	s.field("currency", or(isText, isNull), "a currency")
	s.field("unpriced_tokens", isCount, "a count")
	s.field("reported_cost", or(isAmount, isNull), "an amount or null")
	_, low := s.doc["cost_low"]
	_, high := s.doc["cost_high"]
	if low || high {
		s.field("cost_low", isAmount, "an amount")
		s.field("cost_high", isAmount, "an amount")
	}
}

// extra are fields that were added to M since the interfaces were written.
func extra() []string { return []string{"unpriced_units", "estimated", "reported_partial"} }

func (s *shape) each(name string, f func(*shape)) {
	s.t.Helper()
	list, ok := s.field(name, func(v any) bool { _, ok := v.([]any); return ok }, "a list").([]any)
	for _, v := range list {
		if m, isObject := v.(map[string]any); isObject && ok {
			f(&shape{s.t, m, s.path + "." + name, map[string]bool{}})
		} else {
			s.t.Errorf("%s.%s has %v", s.path, name, v)
		}
	}
}

func (s *shape) inside(name string, f func(*shape)) {
	s.t.Helper()
	if m, ok := s.field(name, func(v any) bool { _, ok := v.(map[string]any); return ok }, "an object").(map[string]any); ok {
		f(&shape{s.t, m, s.path + "." + name, map[string]bool{}})
	}
}

func (s *shape) head(schema string) {
	s.t.Helper()
	s.field("schema", func(v any) bool { return v == schema }, schema)
	s.field("as_of", isTime, "an instant of UTC")
}

func TestShapeOfReport(t *testing.T) {
	t.Parallel()
	m := team(t)
	for _, args := range [][]string{
		{"--by", "day,model,project,key"}, {"--by", "hour,session,basis"}, {"--since", "30d"}, {"--since", "2020-01-01", "--until", "2020-02-01"},
		{"--by", "priced_as", "--filter", "project=", "--filter", "model=claude-haiku-4-5,their-own-model"},
		{"--demo", "--since", "2026-11-01", "--by", "month,provider,account,organization,environment,user,agent,machine,tier,region,band,source,tag:team"},
		{"--demo", "--by", "week,key", "--basis", "reported"}, {"--demo", "--filter", "model=no-such-model"},
	} {
		if testing.Short() && args[0] == "--demo" {
			continue
		}
		s := decodeShape(t, m.run(append([]string{"report", "--json"}, args...)...).ok().stdout, "report")
		s.head("tokpit.report/1")
		by := s.query()
		s.inside("total", func(s *shape) { s.measures(); s.done(extra()...) })
		s.each("rows", func(s *shape) {
			for _, d := range by {
				s.field(d, or(isText, isNull), "a text or null")
			}
			s.measures()
			s.done(extra()...)
		})
		s.each("unpriced", func(s *shape) {
			s.field("provider", or(isText, isNull), "a text or null")
			s.field("model", or(isText, isNull), "a text or null")
			s.field("tokens", isCount, "a count")
			s.field("requests", isCount, "a count")
			s.field("candidates", func(v any) bool { _, ok := v.([]any); return ok }, "a list")
			s.done()
		})
		s.field("quarantined", isCount, "a count")
		s.inside("bases", func(s *shape) {
			for name := range s.doc {
				if _, err := usage.ParseBasis(name); err != nil {
					t.Error(err)
				}
				s.inside(name, func(s *shape) { s.measures(); s.done(extra()...) })
			}
		})
		s.inside("names", func(s *shape) {
			for name := range s.doc {
				s.inside(name, func(s *shape) {
					for id := range s.doc {
						s.field(id, isText, "a text")
					}
				})
			}
			s.done(slices.Collect(maps.Keys(s.doc))...)
		})
		s.done("prices", "unpriced_quantities", "notes")
	}
}

// query checks the query and returns its dimensions.
func (s *shape) query() (by []string) {
	s.inside("query", func(s *shape) {
		s.field("since", or(isTime, isNull), "an instant or null")
		s.field("until", or(isTime, isNull), "an instant or null")
		s.field("tz", isText, "a zone")
		s.field("basis", isText, "a basis")
		s.field("filter", func(v any) bool { _, ok := v.(map[string]any); return ok }, "an object")
		list, _ := s.field("by", func(v any) bool { _, ok := v.([]any); return ok }, "a list").([]any)
		for _, d := range list {
			by = append(by, d.(string))
		}
		s.done()
	})
	return by
}

// TestRowsAreSorted by their keys, nulls first.
func TestRowsAreSorted(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	for _, by := range []string{"day,model", "project,user", "hour,source,key", "week,band,tier"} {
		var last []string
		for _, r := range m.report(t, "--demo", "--since", "2026-11-10", "--by", by).Rows {
			var keys []string
			for d := range strings.SplitSeq(by, ",") {
				if key := r.keys[d]; key == nil {
					keys = append(keys, "")
				} else {
					keys = append(keys, *key)
				}
			}
			if last != nil && slices.Compare(last, keys) >= 0 {
				t.Errorf("by %s: %q before %q", by, last, keys)
			}
			last = keys
		}
	}
}

func TestShapeOfSyncDoctorAndPlans(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	check := func() {
		t.Helper()
		s := decodeShape(t, m.run("sync", "--json").ok().stdout, "sync")
		s.head("tokpit.sync/1")
		s.each("sources", func(s *shape) {
			s.field("name", isText, "a text")
			for _, name := range []string{"files", "bytes_read", "rows", "added", "replaced", "duplicates", "quarantined"} {
				s.field(name, isCount, "a count")
			}
			s.field("error", isNull, "null")
			s.done()
		})
		s.field("revision", isCount, "a count")
		s.done()

		s = decodeShape(t, m.run("doctor", "--json").ok().stdout, "doctor")
		s.head("tokpit.doctor/1")
		s.each("checks", func(s *shape) {
			s.field("name", isText, "a text")
			s.field("ok", isBool, "true or false")
			s.field("detail", isText, "a text")
			s.field("hint", or(isText, isNull), "a text or null")
			s.done()
		})
		s.each("quarantined", func(s *shape) {
			s.field("source", isText, "a text")
			s.field("file", isText, "a text")
			s.field("line", or(isCount, isNull), "a line")
			if s.doc["line"] == json.Number("0") {
				t.Error("line 0")
			}
			s.field("reason", isText, "a text")
			s.done()
		})
		s.field("ok", isBool, "true or false")
		s.done()

		s = decodeShape(t, m.run("plan", "list", "--json").ok().stdout, "plan")
		s.head("tokpit.plan/1")
		s.each("plans", func(s *shape) {
			s.field("source", isText, "a text")
			s.field("monthly", isAmount, "an amount")
			s.field("currency", isText, "a text")
			s.field("from", isText, "a day")
			s.field("to", or(isText, isNull), "a day or null")
			s.done()
		})
		s.done()
	}
	check()
	m.write(log1, claude("1", 1)+"{bad}\n"+claude("1", 1)+`{"x`)
	m.write(".claude/projects/p/dir.jsonl/x", "")
	m.run("plan", "set", "claude-code", "--monthly", "20.50", "--from", "2026-01-01", "--to", "2026-07-01").ok()
	m.run("plan", "set", "codex", "--monthly", "200", "--currency", "eur", "--from", "2026-01-31").ok()
	check()
}

// TestSyncCounts what it says: rows, copies, improvements.
func TestSyncCounts(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(log1, claude("1", 1)+claude("1", 5)+claude("2", 10)+"{bad}\n")
	m.write(".claude/projects/q/copy.jsonl", claude("2", 10))
	sync := func() (d syncDoc) {
		m.run("sync", "--json").ok().decode(&d)
		return d
	}
	first := sync().Sources[0]
	if first.Files != 2 || first.Rows != first.Added+first.Replaced+first.Duplicates || first.Added != 2 || first.Quarantined != 1 {
		t.Errorf("%+v", first)
	}
	m.append(log1, claude("2", 50)+claude("3", 100))
	second := sync().Sources[0]
	if second.Rows != 2 || second.Added != 1 || second.Replaced != 1 || second.Duplicates != 0 || second.Quarantined != 0 {
		t.Errorf("%+v", second)
	}
	if n := m.inputTokens(); n != 155 {
		t.Errorf("%d tokens, want 155", n)
	}
	if third := sync(); third.Sources[0].Bytes_Read != 0 || third.Sources[0].Rows != 0 {
		t.Errorf("%+v", third.Sources[0])
	}
}
