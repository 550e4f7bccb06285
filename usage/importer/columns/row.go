package columns

import (
	"fmt"
	"slices"
	"strings"

	"tokpit/usage"
)

// verdict is what became of a row.
type verdict uint8

const (
	counted verdict = iota
	empty           // it says nothing but a time
	leftOut         // by a rule of the map
	refused
)

// at returns what stands in a column, or nothing if the map names none.
func (v values) at(i int) []byte {
	if i < 0 {
		return nil
	}
	return v[i]
}

// record turns a row into a record. The text says why it is none.
func (p *plan) record(v values, r *usage.Record) (verdict, string) {
	for i := range p.rules {
		x := &p.rules[i]
		if listed := slices.Contains(x.values, strings.ToLower(string(v.at(x.at)))); listed != x.only {
			return leftOut, x.said
		}
	}
	*r = usage.Record{Requests: usage.Absent, Context: usage.Absent}
	counts, why := p.tokens(v, r)
	if why != "" {
		return refused, why
	}
	if why := p.money(v, r); why != "" {
		return refused, why
	}
	p.dims(v, r)
	switch nothing := counts == 0 && r.Currency == ""; {
	case nothing && len(v.at(p.texts[0])) == 0:
		return empty, ""
	case nothing:
		return refused, "counts nothing"
	case r.Model == "" && p.m.Basis != "billed":
		return refused, "names no model"
	}
	if why := p.time(v, r); why != "" {
		return refused, why
	}
	if p.id >= 0 {
		if id := v.at(p.id); len(id) > 0 {
			r.ID = string(id)
		}
	}
	if p.m.Rows != "sum" && p.m.Basis != "billed" {
		r.Requests, r.Context = 1, r.TotalInput()
	}
	return counted, ""
}

// tokens reads the counts and makes disjoint classes of them. The number is how
// many columns said something.
func (p *plan) tokens(v values, r *usage.Record) (given int, why string) {
	var total int64
	var hasTotal bool
	for _, c := range [...]struct {
		at int
		to *int64
	}{{p.input, &r.Input}, {p.read, &r.CacheRead}, {p.write5, &r.CacheWrite5m}, {p.write1, &r.CacheWrite1h},
		{p.output, &r.Output}, {p.reasoning, &r.Reasoning}, {p.total, &total}} {
		if c.at < 0 {
			continue
		}
		n, ok, bad := parseCount(v[c.at], p.decimal)
		if bad != fine {
			return given, p.blame(c.at, bad)
		}
		*c.to = n
		if c.at == p.total {
			hasTotal = ok
		} else if ok {
			given++
		}
	}
	if p.includesRead {
		r.Input -= r.CacheRead
	}
	if p.includesWrite {
		r.Input -= r.CacheWrite5m + r.CacheWrite1h
	}
	if p.m.Tokens.ReasoningBeside {
		r.Output += r.Reasoning
	}
	switch {
	case r.Input < 0:
		return given, "has more cached tokens than the input that is to include them"
	case r.Reasoning > r.Output:
		return given, "has more reasoning tokens than the output that is to include them"
	case hasTotal && total != r.Tokens.Total() && p.m.WrongTotal == "refuse":
		return given, "does not add up to its total"
	case hasTotal && total != r.Tokens.Total():
		r.Flags |= usage.FlagTotalMismatch
	}
	for _, m := range p.meters {
		n, ok, bad := parseCount(v[m.at], p.decimal)
		if bad != fine {
			return given, p.blame(m.at, bad)
		}
		if ok {
			given++
		}
		if n > 0 {
			r.Quantities = append(r.Quantities, usage.Quantity{Meter: m.name, N: n})
		}
	}
	if p.requests >= 0 {
		n, ok, bad := parseCount(v[p.requests], p.decimal)
		if bad != fine {
			return given, p.blame(p.requests, bad)
		}
		if ok {
			r.Requests = n
		}
	}
	return given, ""
}

func (p *plan) money(v values, r *usage.Record) string {
	if p.amount < 0 {
		return ""
	}
	amount, sign, ok, bad := parseAmount(v[p.amount], p.decimal)
	if bad != fine {
		return p.blame(p.amount, bad)
	}
	if !ok {
		return ""
	}
	currency := ""
	if b := v.at(p.currency); len(b) > 0 {
		if currency = currencyCode(b); currency == "" {
			return p.blame(p.currency, "is not a currency code of three letters")
		}
	}
	if sign != "" && currency != "" && sign != currency {
		return "names two currencies"
	}
	for _, next := range []string{sign, p.m.Currency, p.options.Currency, "USD"} {
		if currency == "" {
			currency = strings.ToUpper(next)
		}
	}
	r.Reported, r.Currency = amount, currency
	return ""
}

// dims fills in what the row belongs to.
func (p *plan) dims(v values, r *usage.Record) {
	d := &r.Dims
	for i, to := range [...]*string{&d.Model, &d.Provider, &d.Account, &d.Organization, &d.Environment, &d.Project, &d.Key, &d.User,
		&d.Agent, &d.Session, &d.Machine, &d.Tier, &d.Region} {
		if b := v.at(p.texts[i]); len(b) > 0 && !absent(b) {
			*to = p.names[i].of(b)
		}
		if *to == "" {
			*to = p.constants[i]
		}
	}
	if d.Tier == "standard" || d.Tier == "default" {
		d.Tier = ""
	}
	switch strings.ToLower(string(v.at(p.batch))) {
	case "true", "yes", "1", "batch":
		d.Tier = "batch"
	}
	d.Source, d.Basis = p.m.Name, p.m.basis()
	if len(p.tags) > 0 {
		d.Tags = usage.Tags(p.tagsOf(v))
	}
}

// absent reports whether a text stands for none.
func absent(b []byte) bool {
	switch string(b) {
	case "null", "NULL", "None", "N/A", "n/a", "-", "NaN", "nan":
		return true
	}
	return false
}

func (p *plan) tagsOf(v values) string {
	p.tagKey = p.tagKey[:0]
	for _, t := range p.tags {
		p.tagKey = append(append(p.tagKey, v.at(t.at)...), 0)
	}
	if s, ok := p.tagged[string(p.tagKey)]; ok {
		return s
	}
	pairs := make(map[string]string)
	for _, t := range p.tags {
		if b := v.at(t.at); len(b) > 0 && !absent(b) {
			pairs[t.name] = string(b)
		}
	}
	if len(p.tagged) >= maxNames {
		clear(p.tagged)
	}
	s := string(usage.NewTags(pairs))
	p.tagged[string(p.tagKey)] = s
	return s
}

// time reads when the row was.
func (p *plan) time(v values, r *usage.Record) string {
	start, bad := p.clock.read(v.at(p.start))
	if bad != fine {
		return p.blame(p.start, bad)
	}
	r.Start = start.at
	day := start.day || p.m.Time.Grain == "1d"
	switch b := v.at(p.end); {
	case len(b) > 0:
		end, bad := p.clock.read(b)
		if bad != fine {
			return p.blame(p.end, bad)
		}
		if r.End = end.at; !r.End.After(r.Start) {
			return "ends before it begins"
		}
	case day:
		y, m, d := r.Start.In(p.clock.zone).Date()
		r.End = usage.StartOfDay(p.clock.zone, y, m, d+1)
	case p.grain > 0:
		r.End = r.Start.Add(p.grain)
	}
	return ""
}

// blame names a column.
func (p *plan) blame(at int, why flaw) string {
	return fmt.Sprintf("column %q %s", short(p.wanted[at].names[0]), string(why))
}
