package report

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// Schema names the shape of the JSON form. Fields may be added to it; a change
// needs a new number.
const Schema = "tokpit.report/1"

// WriteJSON writes the report as one document, a row to a line. Amounts are
// exact decimals in strings, and what is not known is null.
func (r *Report) WriteJSON(w io.Writer) error {
	e := encoder{b: make([]byte, 0, 1024+400*len(r.Rows))}
	e.raw("{")
	e.text("schema", Schema)
	e.time("as_of", r.AsOf)
	e.query(&r.Query)
	e.text("prices", r.Prices)
	e.key("total")
	e.raw("{")
	e.measures(&r.Total)
	e.display(r, &r.Total, nil)
	e.raw("}")
	e.rows(r)
	e.names(r)
	e.unpriced(r.Unpriced)
	e.key("unpriced_quantities")
	e.quantities(r.UnpricedMeters)
	e.int("quarantined", r.Quarantined)
	e.bases(r.Bases)
	e.notes(r.Notes)
	e.raw("}\n")
	_, err := w.Write(e.b)
	return err
}

// encoder appends JSON in a fixed order of fields. A key after anything but an
// opening brace gets its comma by itself.
type encoder struct{ b []byte }

func (e *encoder) raw(s string) { e.b = append(e.b, s...) }

func (e *encoder) key(name string) {
	if n := len(e.b); n > 0 && e.b[n-1] != '{' {
		e.raw(",")
	}
	e.string(name)
	e.raw(":")
}

// string appends a quoted string. Plain text needs no escaping.
func (e *encoder) string(s string) {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			var buf bytes.Buffer
			enc := json.NewEncoder(&buf)
			enc.SetEscapeHTML(false)
			_ = enc.Encode(s) // a string always encodes
			e.b = append(e.b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
			return
		}
	}
	e.raw(`"`)
	e.raw(s)
	e.raw(`"`)
}

func (e *encoder) text(name, s string) {
	e.key(name)
	e.string(s)
}

// optional writes "" as null.
func (e *encoder) optional(name, s string) {
	e.key(name)
	if s == "" {
		e.raw("null")
		return
	}
	e.string(s)
}

func (e *encoder) int(name string, n int64) {
	e.key(name)
	e.b = strconv.AppendInt(e.b, n, 10)
}

func (e *encoder) time(name string, t time.Time) {
	if t.IsZero() {
		e.optional(name, "")
		return
	}
	e.text(name, t.UTC().Format(time.RFC3339Nano))
}

func (e *encoder) amount(name string, a money.Amount, known bool) {
	if known {
		e.text(name, a.String())
		return
	}
	e.optional(name, "")
}

// list writes a list of whatever one of its values is written as.
func list[T any](e *encoder, name string, all []T, one func(*T)) {
	e.key(name)
	e.raw("[")
	for i := range all {
		if i > 0 {
			e.raw(",")
		}
		one(&all[i])
	}
	e.raw("]")
}

func (e *encoder) strings(name string, all []string) {
	list(e, name, all, func(s *string) { e.string(*s) })
}

func (e *encoder) query(q *Query) {
	e.key("query")
	e.raw("{")
	e.time("since", q.Since)
	e.time("until", q.Until)
	e.text("tz", q.Zone.String())
	list(e, "by", q.By, func(d *usage.Dimension) { e.string(string(*d)) })
	basis := "headline"
	if q.Basis != 0 {
		basis = q.Basis.String()
	}
	e.text("basis", basis)
	e.key("filter")
	e.raw("{")
	for _, d := range q.filtered() {
		list(e, string(d), q.Filter[d], func(v *string) {
			if *v == "" {
				e.raw("null")
			} else {
				e.string(*v)
			}
		})
	}
	e.raw("}}")
}

func (e *encoder) rows(r *Report) {
	e.key("rows")
	e.raw("[")
	for i := range r.Rows {
		e.raw("\n{")
		for j, d := range r.Query.By {
			e.optional(string(d), r.Rows[i].Keys[j])
		}
		e.measures(&r.Rows[i].Sum)
		e.display(r, &r.Rows[i].Sum, r.Rows[i].Keys)
		e.raw("}")
		if i < len(r.Rows)-1 {
			e.raw(",")
		}
	}
	e.raw("]")
}

// names says what people call the ids of the rows and the filter.
func (e *encoder) names(r *Report) {
	called := r.called()
	e.key("names")
	e.raw("{")
	for _, d := range slices.Sorted(maps.Keys(called)) {
		e.key(string(d))
		e.raw("{")
		for _, id := range slices.Sorted(maps.Keys(called[d])) {
			e.text(id, called[d][id])
		}
		e.raw("}")
	}
	e.raw("}")
}

// called returns the names of the ids that occur in a report.
func (r *Report) called() map[usage.Dimension]map[string]string {
	out := make(map[usage.Dimension]map[string]string)
	add := func(d usage.Dimension, id string) {
		k, known := r.Query.Names.Entity(d, id)
		if name := called(&k); known && name != "" {
			if out[d] == nil {
				out[d] = make(map[string]string)
			}
			out[d][id] = name
		}
	}
	for j, d := range r.Query.By {
		if len(r.Query.Names.All(d)) == 0 {
			continue
		}
		for i := range r.Rows {
			add(d, r.Rows[i].Keys[j])
		}
	}
	for d, values := range r.Query.Filter {
		for _, v := range values {
			add(d, v)
		}
	}
	return out
}

func (e *encoder) bases(all []BasisShare) {
	e.key("bases")
	e.raw("{")
	for i := range all {
		e.key(basisName(all[i].Basis))
		e.sum(&all[i].Sum)
	}
	e.raw("}")
}

func (e *encoder) notes(all []Note) {
	list(e, "notes", all, func(n *Note) {
		e.raw("{")
		e.text("code", n.Code)
		e.text("text", n.Text)
		e.raw("}")
	})
}

func (e *encoder) sum(s *Sum) {
	e.raw("{")
	e.measures(s)
	e.raw("}")
}

// measures appends the fields of M.
func (e *encoder) measures(s *Sum) {
	if s.Requests == usage.Absent {
		e.optional("requests", "")
	} else {
		e.int("requests", s.Requests)
	}
	e.key("tokens")
	e.raw("{")
	t := &s.Tokens
	e.int("input", t.Input)
	e.int("cache_read", t.CacheRead)
	e.int("cache_write_5m", t.CacheWrite5m)
	e.int("cache_write_1h", t.CacheWrite1h)
	e.int("output", t.Output)
	e.int("reasoning", t.Reasoning)
	e.raw("}")
	e.key("quantities")
	e.quantities(s.Quantities)
	single := len(s.Costs) == 0
	e.amount("cost", s.Cost, s.Priced && single)
	if s.Ranged && single {
		e.amount("cost_low", s.Low, true)
		e.amount("cost_high", s.High, true)
	}
	e.amount("cash", s.Cash, s.CashKnown && single)
	e.amount("plan_fee", s.PlanFee, single)
	if single {
		e.text("currency", s.Currency)
	} else {
		e.optional("currency", "")
		e.costs(s.Costs)
	}
	e.int("unpriced_tokens", s.UnpricedTokens)
	if s.UnpricedUnits > 0 {
		e.int("unpriced_units", s.UnpricedUnits)
	}
	e.amount("reported_cost", s.Reported, s.HasReported && single)
	if s.HasReported && s.ReportedRecords < s.Records {
		e.key("reported_partial")
		e.raw("true")
	}
	if s.Estimated {
		e.key("estimated")
		e.raw("true")
	}
}

func (e *encoder) quantities(all []usage.Quantity) {
	e.raw("{")
	for _, q := range all {
		e.int(q.Meter, q.N)
	}
	e.raw("}")
}

func (e *encoder) costs(costs []CurrencySum) {
	list(e, "costs", costs, func(c *CurrencySum) {
		e.raw("{")
		e.text("currency", c.Currency)
		e.amount("cost", c.Cost, true)
		e.amount("cash", c.Cash, true)
		e.amount("reported_cost", c.Reported, c.HasReported)
		e.raw("}")
	})
}

func (e *encoder) unpriced(all []Unpriced) {
	list(e, "unpriced", all, func(u *Unpriced) {
		e.raw("{")
		e.optional("provider", u.Provider)
		e.optional("model", u.Model)
		e.int("tokens", u.Tokens)
		e.int("requests", u.Requests)
		e.strings("candidates", u.Candidates)
		e.raw("}")
	})
}
