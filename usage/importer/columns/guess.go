package columns

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Guessed says what one column is taken for.
type Guessed struct {
	Column string
	As     string // "" if the column is not read
	Sure   bool   // its name is known and its values fit
	Why    string // in a few words, if it is not sure
}

// Guessing is a map made from a file's headers and first rows.
type Guessing struct {
	Map     Map
	Columns []Guessed
	// Open is what the file alone cannot say: until a person has, nothing should
	// be counted.
	Open []string
}

// Guess makes a map for a file from its (unpacked) beginning. The error wraps
// [ErrForeign] if the file is no table, or none of usage. Of a table that only lacks
// something it returns what was found, for a person to complete, and the error.
func Guess(head []byte) (*Guessing, error) {
	s, err := takeSample(head)
	if err != nil {
		return nil, err
	}
	g := &guesser{sample: s, taken: make(map[role]int), out: &Guessing{Columns: make([]Guessed, len(s.names))}}
	for i, name := range s.names {
		g.out.Columns[i].Column = name
	}
	g.out.Map.Form = "json"
	if !s.json {
		g.out.Map.Form, g.out.Map.Delimiter = "csv", string(s.delimiter)
	}
	g.decimals()
	g.assign()
	g.byValues()
	if _, ok := g.taken[roleTime]; !ok {
		g.tokens()
		g.rest()
		return g.out, foreign("no column of it is a time")
	}
	g.time()
	g.tokens()
	g.rest()
	if _, ok := g.taken["model"]; !ok && g.out.Map.Basis != "billed" {
		return g.out, foreign("no column of it is a model")
	}
	if err := g.out.Map.Check(); err != nil {
		return g.out, foreign("%v", err)
	}
	return g.out, nil
}

// guesser is a guess under way.
type guesser struct {
	sample *sample
	taken  map[role]int // the column of each role
	out    *Guessing
}

// values are the given values of a column.
func (g *guesser) values(column int) (out []string) {
	for _, v := range g.sample.values[column] {
		if v != "" && !absent([]byte(v)) {
			out = append(out, v)
		}
	}
	return out
}

// candidate is a column that may have a role.
type candidate struct {
	role   role
	column int
	score  int
	sure   bool
}

// assign gives every role the column whose name says it best and whose values can
// be it.
func (g *guesser) assign() {
	var all []candidate
	names := synonyms()
	for _, r := range slices.Sorted(maps.Keys(names)) {
		for i, column := range g.sample.names {
			if !writable(column) {
				continue
			}
			score, sure := callName(names[r], column)
			if score > 0 && g.fits(r, i) {
				all = append(all, candidate{r, i, score, sure})
			} else if score > 500 && sure && slices.Contains(counts(), r) {
				g.out.Open = append(g.out.Open, fmt.Sprintf("%q should be %s tokens by its name, but most of it is no whole number", short(column), r))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return b.score - a.score })
	for _, c := range all {
		if _, done := g.taken[c.role]; done || g.out.Columns[c.column].As != "" || g.sample.twice(c.column) {
			continue
		}
		g.taken[c.role] = c.column
		x := &g.out.Columns[c.column]
		x.As, x.Sure = string(c.role), c.sure
		if !c.sure {
			x.Why = "by its name, which can mean other things"
		}
	}
}

// writable reports whether a column's name can be written in a map.
func writable(column string) bool {
	return !strings.Contains(column, "|") && !strings.HasSuffix(column, "?") && utf8.ValidString(column) && !strings.ContainsFunc(column, unicode.IsControl)
}

// twice reports whether a column's name stands twice.
func (s *sample) twice(column int) bool {
	n := 0
	for _, name := range s.names {
		if strings.EqualFold(name, s.names[column]) {
			n++
		}
	}
	return n > 1
}

// counts are the roles whose values are counts.
func counts() []role {
	return []role{roleInput, roleUncached, roleCacheRead, roleCacheWr5, roleCacheWr1, roleOutput, roleReasoning, roleTotal, "requests"}
}

// fits reports whether the values of a column can be what the role needs: most of
// them, as there are bad rows.
func (g *guesser) fits(r role, column int) bool {
	values := g.values(column)
	good := 0
	for _, v := range values {
		ok := true
		switch {
		case r == roleTime || r == roleEnd:
			format, _ := timeFormat([]string{v})
			ok = format != ""
		case slices.Contains(counts(), r):
			_, _, bad := parseCount([]byte(v), g.decimal())
			ok = bad == fine
		case r == "amount":
			_, _, _, bad := parseAmount([]byte(v), g.decimal())
			ok = bad == fine
		case r == "currency":
			ok = currencyCode([]byte(v)) != ""
		}
		if ok {
			good++
		}
	}
	if len(values) == 0 {
		return r != roleTime
	}
	return good*2 >= len(values)
}

func (g *guesser) decimal() byte {
	if g.out.Map.Decimal != "" {
		return g.out.Map.Decimal[0]
	}
	return '.'
}

// time settles the form of times.
func (g *guesser) time() {
	m := &g.out.Map
	column := g.taken[roleTime]
	m.Time.Column = g.sample.names[column]
	format, open := timeFormat(g.values(column))
	m.Time.Format = format
	if open {
		g.out.Open = append(g.out.Open, fmt.Sprintf(`dates in %q can be read month first or day first: give a map with time.format = "MM/DD/YYYY…" or "DD/MM/YYYY…"`, short(m.Time.Column)))
		g.out.Columns[column].Sure, g.out.Columns[column].Why = false, "month and day can be taken for each other"
	}
	end, ok := g.taken[roleEnd]
	if !ok {
		return
	}
	// A request has an end too: it is a bucket that goes over whole quarter hours.
	other, _ := timeFormat(g.values(end))
	c, err := newClock(format, time.UTC)
	if other != format || err != nil || !g.buckets(&c, column, end) {
		delete(g.taken, roleEnd)
		g.out.Columns[end] = Guessed{Column: g.sample.names[end]}
		return
	}
	m.Time.End, m.Rows = g.sample.names[end], "sum"
}

// buckets reports whether all rows go from one whole minute to another, later one.
func (g *guesser) buckets(c *clock, start, end int) bool {
	n := 0
	for i := range g.sample.rows {
		from, bad := c.read([]byte(g.sample.values[start][i]))
		to, worse := c.read([]byte(g.sample.values[end][i]))
		if bad != fine || worse != fine {
			continue
		}
		long := to.at.Sub(from.at)
		if long < time.Minute || long%time.Minute != 0 || !from.at.Equal(from.at.Truncate(time.Minute)) {
			return false
		}
		n++
	}
	return n > 0
}

// tokens settles which classes stand inside which column.
func (g *guesser) tokens() {
	t := &g.out.Map.Tokens
	name := func(r role) string {
		if i, ok := g.taken[r]; ok {
			return g.sample.names[i]
		}
		return ""
	}
	t.Input, t.CacheRead, t.CacheWrite5m, t.CacheWrite1h = name(roleInput), name(roleCacheRead), name(roleCacheWr5), name(roleCacheWr1)
	t.Output, t.Reasoning, t.Total = name(roleOutput), name(roleReasoning), name(roleTotal)
	if i, ok := g.taken[roleUncached]; ok {
		if whole, both := g.taken[roleInput]; both { // the one without the cache says it best
			g.out.Columns[whole] = Guessed{Column: g.sample.names[whole]}
		}
		t.Input = g.sample.names[i]
		g.taken[roleInput] = i
	} else if t.Input != "" && t.CacheRead+t.CacheWrite5m+t.CacheWrite1h != "" {
		g.inputIncludes()
	}
	if t.Total != "" && t.Input+t.Output == "" {
		g.out.Columns[g.taken[roleTotal]] = Guessed{Column: t.Total}
		t.Total = ""
		g.out.Open = append(g.out.Open, "only a total of tokens was found: input and output have different prices")
	}
	if t.Input == "" && t.Output != "" {
		g.out.Open = append(g.out.Open, "no column of input tokens was found")
	}
	if t.Reasoning != "" && t.Output != "" {
		g.reasoning()
	}
}

// row is the counts of a sample row by role.
func (g *guesser) row(i int) (n map[role]int64) {
	n = make(map[role]int64)
	for _, r := range counts() {
		if column, ok := g.taken[r]; ok {
			n[r], _, _ = parseCount([]byte(g.sample.values[column][i]), g.decimal())
		}
	}
	return n
}

// inputIncludes finds out whether input counts the cache too: from the rows' own
// totals, else from what is impossible, else from whose names these are.
func (g *guesser) inputIncludes() {
	t := &g.out.Map.Tokens
	inside, beside, impossible := 0, 0, 0
	for i := range g.sample.rows {
		n := g.row(i)
		cache := n[roleCacheRead] + n[roleCacheWr5] + n[roleCacheWr1]
		if cache == 0 {
			continue
		}
		if cache > n[roleInput] {
			impossible++
		}
		switch total := n[roleTotal]; {
		case total == 0:
		case total == n[roleInput]+n[roleOutput], total == n[roleInput]+n[roleOutput]+n[roleReasoning]:
			inside++
		case total == n[roleInput]+n[roleOutput]+cache:
			beside++
		}
	}
	column := &g.out.Columns[g.taken[roleInput]]
	all := []string{"cache_read"}
	if t.CacheWrite5m+t.CacheWrite1h != "" {
		all = append(all, "cache_write")
	}
	anthropic := strings.HasPrefix(plainName(t.CacheRead), "cacheread") && strings.HasPrefix(plainName(t.CacheWrite5m), "cachecreation")
	switch {
	case inside > 0 && beside == 0 && impossible == 0:
		t.InputIncludes = all
	case inside > 0 && beside > 0:
		g.out.Open = append(g.out.Open, fmt.Sprintf("some rows count the cache inside %q, others beside it", short(t.Input)))
	case beside > 0:
	case impossible > 0 && inside == 0:
		column.Why = "without cached tokens, as there are more of them than input"
	case anthropic:
		column.Sure, column.Why = false, "taken to leave cached tokens out, as Anthropic does"
	default:
		t.InputIncludes = all
		column.Sure, column.Why = false, "taken to include cached tokens, as OpenAI and OpenTelemetry do; the file does not say"
	}
}

// reasoning finds out whether output leaves reasoning out.
func (g *guesser) reasoning() {
	t := &g.out.Map.Tokens
	inside, beside := 0, 0
	for i := range g.sample.rows {
		n := g.row(i)
		if n[roleReasoning] == 0 {
			continue
		}
		base := n[roleInput] + n[roleOutput]
		if len(t.InputIncludes) == 0 {
			base += n[roleCacheRead] + n[roleCacheWr5] + n[roleCacheWr1]
		}
		switch {
		case n[roleReasoning] > n[roleOutput], n[roleTotal] > 0 && n[roleTotal] == base+n[roleReasoning]:
			beside++
		case n[roleTotal] > 0 && n[roleTotal] == base:
			inside++
		}
	}
	switch {
	case beside > 0 && inside == 0:
		t.ReasoningBeside = true
	case beside > 0:
		g.out.Open = append(g.out.Open, fmt.Sprintf("some rows count reasoning inside %q, others beside it", short(t.Output)))
	case inside == 0:
		x := &g.out.Columns[g.taken[roleReasoning]]
		x.Sure, x.Why = false, "taken to be part of the output; the file does not say"
	}
}

// rest takes over what needs no thought.
func (g *guesser) rest() {
	m := &g.out.Map
	m.Columns = make(map[string]string)
	for _, field := range Fields() {
		if i, ok := g.taken[role(field)]; ok {
			m.Columns[field] = g.sample.names[i]
		}
	}
	if _, ok := g.taken["requests"]; ok {
		m.Rows = "sum"
	}
	if m.Columns["currency"] == "" && strings.HasSuffix(plainName(m.Columns["amount"]), "eur") {
		m.Currency = "EUR"
	}
	t := &m.Tokens
	if t.Input+t.Output+t.CacheRead+t.CacheWrite5m+t.CacheWrite1h == "" && m.Columns["amount"] != "" {
		m.Basis, m.Rows = "billed", "sum"
	}
	c, err := newClock(m.Time.Format, time.UTC)
	if m.Time.Column != "" && m.Rows == "" && err == nil && m.Columns["id"] == "" && g.onlyDays(&c) {
		m.Rows = "sum"
		g.out.Columns[g.taken[roleTime]].Why = "days without a time: every row is taken for a sum"
	}
	for i := range g.out.Columns {
		if x := &g.out.Columns[i]; x.As == "" {
			x.Sure, x.Why = false, ""
		}
	}
}

func (g *guesser) onlyDays(c *clock) bool {
	n := 0
	for _, v := range g.values(g.taken[roleTime]) {
		w, bad := c.read([]byte(v))
		if bad != fine {
			continue
		}
		if !w.day {
			return false
		}
		n++
	}
	return n > 0
}
