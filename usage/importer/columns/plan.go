package columns

import (
	"bufio"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/usage/importer"
)

// plan is a map made ready to read rows: which wanted value is what. A place of -1
// is a column that the map does not name.
type plan struct {
	m       *Map
	options importer.Options
	wanted  []spec
	decimal byte
	clock   clock

	start, end, batch                                     int
	input, read, write5, write1, output, reasoning, total int
	requests, amount, currency, id                        int
	texts                                                 [13]int // in the order of texts()
	constants                                             [13]string
	tags, meters                                          []named
	rules                                                 []rule

	includesRead, includesWrite bool
	grain                       time.Duration
	names                       [13]interner
	tagged                      map[string]string
	tagKey                      []byte
}

// named is a tag or a meter with the place of its value.
type named struct {
	name string
	at   int
}

// rule leaves rows out by the value of a column.
type rule struct {
	at     int
	values []string
	only   bool
	said   string
}

// newPlan makes a map ready. It must have passed Check.
func newPlan(m *Map, o importer.Options) (*plan, error) {
	zone := o.Zone
	if m.Time.Zone != "" {
		var err error
		if zone, err = time.LoadLocation(m.Time.Zone); err != nil {
			return nil, err
		}
	}
	if zone == nil {
		zone = time.UTC
	}
	p := &plan{m: m, options: o, decimal: '.', grain: grain(m.Time.Grain), tagged: make(map[string]string)}
	if m.Decimal != "" {
		p.decimal = m.Decimal[0]
	}
	var err error
	if p.clock, err = newClock(m.Time.Format, zone); err != nil {
		return nil, err
	}
	t := &m.Tokens
	p.start, p.end = p.want(m.Time.Column), p.want(m.Time.End)
	p.input, p.read, p.write5, p.write1 = p.want(t.Input), p.want(t.CacheRead), p.want(t.CacheWrite5m), p.want(t.CacheWrite1h)
	p.output, p.reasoning, p.total = p.want(t.Output), p.want(t.Reasoning), p.want(t.Total)
	p.requests, p.amount = p.want(m.Columns["requests"]), p.want(m.Columns["amount"])
	p.currency, p.id, p.batch = p.want(m.Columns["currency"]), p.want(m.Columns["id"]), p.want(m.Columns["batch"])
	for i, field := range texts() {
		p.texts[i], p.constants[i] = p.want(m.Columns[field]), m.Constants[field]
	}
	for _, tag := range slices.Sorted(maps.Keys(m.Tags)) {
		p.tags = append(p.tags, named{tag, p.want(m.Tags[tag])})
	}
	for _, meter := range slices.Sorted(maps.Keys(m.Quantities)) {
		p.meters = append(p.meters, named{meter, p.want(m.Quantities[meter])})
	}
	p.addRules(m.Only, true)
	p.addRules(m.Except, false)
	p.includesRead, p.includesWrite = slices.Contains(t.InputIncludes, "cache_read"), slices.Contains(t.InputIncludes, "cache_write")
	return p, nil
}

func (p *plan) addRules(rules map[string][]string, only bool) {
	for _, column := range slices.Sorted(maps.Keys(rules)) {
		r := rule{at: p.want(column), only: only, said: parseSpec(column).names[0]}
		for _, v := range rules[column] {
			r.values = append(r.values, strings.ToLower(v))
		}
		p.rules = append(p.rules, r)
	}
}

// want returns the place of a column's value.
func (p *plan) want(column string) int {
	if strings.TrimSpace(column) == "" {
		return -1
	}
	p.wanted = append(p.wanted, parseSpec(column))
	return len(p.wanted) - 1
}

// open finds the columns in a file. The header is nil for JSON.
func (p *plan) open(b *bufio.Reader, head []byte) (table, []string, error) {
	if isJSON(head) {
		if p.m.Form == "csv" {
			return nil, nil, foreign("it is JSON, the map is of CSV")
		}
		return bindJSON(b, p.wanted), nil, nil
	}
	if p.m.Form == "json" {
		return nil, nil, foreign("it is no JSON, the map is of JSON")
	}
	delimiter, said := sepLine(head)
	above := int64(0)
	if said > 0 {
		above = 1
		_, _ = b.Discard(said)
		head = head[said:]
	}
	switch {
	case p.m.Delimiter != "":
		delimiter = p.m.Delimiter[0]
	case said == 0:
		delimiter = p.delimiterOf(head)
	}
	t, header, err := bindCSV(b, above, delimiter, p.wanted)
	if err != nil {
		return nil, nil, err
	}
	return t, header, nil
}

// delimiterOf is the one with which the header has most of the wanted columns; a
// comma if none has any.
func (p *plan) delimiterOf(head []byte) byte {
	best, most := byte(','), 0
	for i := range len(delimiters) {
		header, n := headerOf(head, delimiters[i]), 0
		for k := range p.wanted {
			if p.wanted[k].in(header) >= 0 {
				n++
			}
		}
		if n > most {
			best, most = delimiters[i], n
		}
	}
	return best
}

// interner keeps one copy of names that come again and again.
type interner struct{ seen map[string]string }

// maxNames is how many different names are remembered.
const maxNames = 4096

func (n *interner) of(b []byte) string {
	if s, ok := n.seen[string(b)]; ok {
		return s
	}
	s := string(b)
	if n.seen == nil || len(n.seen) >= maxNames {
		n.seen = make(map[string]string)
	}
	n.seen[s] = s
	return s
}
