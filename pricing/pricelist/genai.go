package pricelist

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/pricing"
)

type genAIProvider struct {
	ID     string       `json:"id"`
	Models []genAIModel `json:"models"`
}

type genAIModel struct {
	ID      string          `json:"id"`
	Window  json.RawMessage `json:"context_window"`
	Prices  json.RawMessage `json:"prices"`
	Removed json.RawMessage `json:"removed"`
}

// genAICondition is one price of several, and when it applies. A later one wins
// over an earlier one whose time it shares.
type genAICondition struct {
	Constraint *struct {
		StartDate string `json:"start_date"`
		StartTime string `json:"start_time"`
		EndTime   string `json:"end_time"`
	} `json:"constraint"`
	Prices map[string]json.RawMessage `json:"prices"`

	start time.Time // zero: always
	end   time.Time // of hours: when a dated price took over
	hours []pricing.Hours
}

// genAI reads genai-prices' list of providers.
func (p *parser) genAI(data []byte) error {
	p.list.Kind = GenAIPrices
	var providers []json.RawMessage
	if err := json.Unmarshal(data, &providers); err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	known := false
	for i, raw := range providers {
		var v genAIProvider
		if err := json.Unmarshal(raw, &v); err != nil || v.ID == "" {
			p.problem(fmt.Sprintf("provider %d", i+1), "not a provider with an id and models")
			continue
		}
		known = known || v.Models != nil
		for j := range v.Models {
			p.genAIModel(v.ID, &v.Models[j])
		}
	}
	if !known {
		return errors.New("JSON of no known shape: no provider has models")
	}
	return nil
}

func (p *parser) genAIModel(provider string, m *genAIModel) {
	where := short(provider + "/" + m.ID)
	if special(m.ID) {
		p.ignored["audio and realtime models"]++
		return
	}
	conditions, err := genAIConditions(m.Prices)
	if err != nil {
		p.problem(where, "prices: %v", err)
		return
	}
	out := Model{Provider: provider, Name: m.ID}
	for _, c := range conditions {
		var e entry
		for _, unit := range slices.Sorted(maps.Keys(c.Prices)) {
			p.genAIUnit(&e, unit, c.Prices[unit])
		}
		if e.err != nil {
			p.problem(where, "%v", e.err)
			return
		}
		e.level()
		rows, doubt := e.rows()
		if doubt != "" {
			out.Doubt = doubt
		}
		for k := range rows {
			rows[k].From = c.start
		}
		if len(c.hours) > 0 { // hours refine the base price only
			rows = inHours(rows, c.hours, c.end)
		} else if to := until(conditions, c); !to.IsZero() {
			for k := range rows {
				rows[k].To = to
			}
		}
		out.Rows = append(out.Rows, rows...)
	}
	if len(out.Rows) == 0 {
		p.ignored["models without a price per token"]++
		return
	}
	for k := range out.Rows {
		if out.Rows[k].Base() {
			out.Rows[k].Window = tokens(m.Window)
		}
	}
	p.add(out)
}

// genAIConditions reads prices: one object, or a list of conditional ones. What
// a later one shadows altogether is left out; the rest is in time order, with
// hours last.
func genAIConditions(raw json.RawMessage) ([]*genAICondition, error) {
	if len(raw) > 0 && raw[0] == '{' {
		c := &genAICondition{}
		return []*genAICondition{c}, json.Unmarshal(raw, &c.Prices)
	}
	var all []*genAICondition
	if err := json.Unmarshal(raw, &all); err != nil || len(all) > 100 {
		return nil, errors.New("neither an object nor a short list")
	}
	var dated, timed []*genAICondition
	for _, c := range all {
		if c == nil {
			return nil, errors.New("null in the list")
		}
		if err := c.read(); err != nil {
			return nil, err
		}
		if len(c.hours) > 0 {
			timed = append(timed, c)
			continue
		}
		timed = slices.DeleteFunc(timed, func(o *genAICondition) bool {
			if o.end.IsZero() || c.start.Before(o.end) {
				o.end = c.start
			}
			return c.start.IsZero()
		})
		dated = slices.DeleteFunc(dated, func(o *genAICondition) bool { return !o.start.Before(c.start) })
		dated = append(dated, c)
	}
	return append(dated, timed...), nil
}

func (c *genAICondition) read() error {
	if c.Constraint == nil {
		return nil
	}
	if s := c.Constraint.StartDate; s != "" {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			at, err = time.Parse(time.RFC3339, s)
		}
		if err != nil {
			return fmt.Errorf("start_date: not a day: %.40q", s)
		}
		c.start = at.UTC()
		return nil
	}
	start, err := minute(c.Constraint.StartTime)
	if err != nil {
		return fmt.Errorf("start_time: %w", err)
	}
	end, err := minute(c.Constraint.EndTime)
	if err != nil {
		return fmt.Errorf("end_time: %w", err)
	}
	switch {
	case start == end:
		return errors.New("a time of day without length")
	case start < end:
		c.hours = []pricing.Hours{{Start: start, End: end}}
	default: // across midnight
		c.hours = []pricing.Hours{{Start: start, End: 24 * 60}}
		if end > 0 {
			c.hours = append(c.hours, pricing.Hours{Start: 0, End: end})
		}
	}
	return nil
}

// minute reads a UTC time of day, on a quarter hour.
func minute(s string) (uint16, error) {
	for _, layout := range []string{"15:04:05Z07:00", "15:04Z07:00", "15:04:05", "15:04"} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		t = t.UTC()
		if t.Minute()%15 != 0 || t.Second() != 0 {
			return 0, fmt.Errorf("not on a quarter hour: %.20q", s)
		}
		return uint16(t.Hour()*60 + t.Minute()), nil
	}
	return 0, fmt.Errorf("not a time of day: %.20q", s)
}

// until is when a later condition takes over from c.
func until(all []*genAICondition, c *genAICondition) time.Time {
	for _, o := range all {
		if len(o.hours) == 0 && o.start.After(c.start) {
			return o.start
		}
	}
	return time.Time{}
}

// inHours limits the base row to hours.
func inHours(rows []pricing.Row, hours []pricing.Hours, to time.Time) []pricing.Row {
	var out []pricing.Row
	for _, r := range rows {
		if !r.Base() {
			continue
		}
		for _, h := range hours {
			r.Hours, r.To, r.Window = h, to, 0
			out = append(out, r)
		}
	}
	return out
}

// genAIUnit reads one unit's price: a number, or one that depends on the total
// input, {"base": 1, "tiers": [{"start": 200000, "price": 2}]}.
func (p *parser) genAIUnit(e *entry, unit string, value json.RawMessage) {
	class, ok := map[string]pricing.Class{"input_mtok": pricing.Input, "output_mtok": pricing.Output,
		"cache_read_mtok": pricing.CacheRead, "cache_write_mtok": pricing.CacheWrite5m, "cache_write_5m_mtok": pricing.CacheWrite5m,
		"cache_write_1h_mtok": pricing.CacheWrite1h}[unit]
	if !ok {
		p.ignored[short(unit)]++
		return
	}
	if string(value) == "null" || unit == "cache_write_mtok" && e.has(condition{tier: pricing.Standard}, class) {
		return
	}
	tiered := struct {
		Base  json.RawMessage `json:"base"`
		Tiers []struct {
			Start json.Number     `json:"start"`
			Price json.RawMessage `json:"price"`
		} `json:"tiers"`
	}{Base: value}
	if value[0] == '{' {
		tiered.Base = nil
		if err := json.Unmarshal(value, &tiered); err != nil || len(tiered.Tiers) > 20 {
			e.fail(unit, errors.New("not a base and a short list of tiers"))
			return
		}
	}
	set := func(over int64, v json.RawMessage) {
		rate, err := perMillion(number(v), 0)
		switch {
		case err != nil:
			e.fail(unit, err)
		case rate.IsZero() && class != pricing.Input && class != pricing.Output:
			p.ignored["cache prices of zero"]++
		default:
			e.set(condition{pricing.Standard, over}, class, rate)
		}
	}
	set(0, tiered.Base)
	for _, t := range tiered.Tiers {
		start, err := strconv.ParseInt(t.Start.String(), 10, 64)
		if err != nil || start <= 0 || start > 1e12 {
			e.fail(unit, fmt.Errorf("tier start: not a number of tokens: %.40q", t.Start.String()))
			return
		}
		set(start, t.Price)
	}
}

// level gives every tier the classes whose price does not depend on the size.
func (e *entry) level() {
	base := e.rates[condition{tier: pricing.Standard}]
	if base == nil {
		return
	}
	for c, r := range e.rates {
		if c.over == 0 || c.tier != pricing.Standard {
			continue
		}
		for k := pricing.Input; k <= pricing.Output; k++ {
			if rate, ok := base.Of(k); ok && !r.Known.Has(k) {
				r.Set(k, e.below(k, c.over, rate))
			}
		}
	}
}

// below is the price of a class in the next smaller tier that states it.
func (e *entry) below(k pricing.Class, over int64, rate money.Rate) money.Rate {
	best := int64(0)
	for c, r := range e.rates {
		if v, ok := r.Of(k); ok && c.tier == pricing.Standard && c.over > best && c.over < over {
			best, rate = c.over, v
		}
	}
	return rate
}

// normal draws a threshold as the book does: genai-prices writes "more than
// 199,999" for "200,000 and more".
func normal(c pricing.Context, inclusive, known bool) pricing.Context {
	if c.Over == 0 {
		return c
	}
	if strings.HasSuffix(strconv.FormatInt(c.Over, 10), "999") {
		return pricing.Context{Over: c.Over + 1, Inclusive: inclusive || !known}
	}
	return pricing.Context{Over: c.Over, Inclusive: inclusive}
}
