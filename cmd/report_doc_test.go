package cmd_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"testing"
)

// reportDoc is `report --json`, decoded.
type reportDoc struct {
	AsOf        string `json:"as_of"`
	Total       sumDoc
	Rows        []rowDoc
	Quarantined int64
	Unpriced    []struct{ Tokens, Requests int64 }
	Bases       map[string]sumDoc
}

// sumDoc is M of the interfaces.
type sumDoc struct {
	Requests *int64
	Tokens   struct {
		Input        int64
		CacheRead    int64 `json:"cache_read"`
		CacheWrite5m int64 `json:"cache_write_5m"`
		CacheWrite1h int64 `json:"cache_write_1h"`
		Output       int64
		Reasoning    int64
	}
	Quantities     map[string]int64
	Cost           *string
	CostLow        *string `json:"cost_low"`
	CostHigh       *string `json:"cost_high"`
	Cash           *string
	PlanFee        *string `json:"plan_fee"`
	ReportedCost   *string `json:"reported_cost"`
	Currency       *string
	UnpricedTokens int64 `json:"unpriced_tokens"`
}

// rowDoc is M with keys.
type rowDoc struct {
	sumDoc
	keys map[string]*string
}

func (r *rowDoc) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &r.sumDoc); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	r.keys = make(map[string]*string)
	for name, raw := range all {
		var s *string
		if json.Unmarshal(raw, &s) == nil {
			r.keys[name] = s
		}
	}
	return nil
}

// figures adds up sums exactly.
type figures map[string]*big.Rat

// add adds a sum. An amount that is not known adds nothing but is counted.
func (f figures) add(s *sumDoc) {
	num := func(name string, n int64) { f.plus(name, new(big.Rat).SetInt64(n)) }
	if s.Requests != nil {
		num("requests", *s.Requests)
	}
	num("input", s.Tokens.Input)
	num("cache_read", s.Tokens.CacheRead)
	num("cache_write_5m", s.Tokens.CacheWrite5m)
	num("cache_write_1h", s.Tokens.CacheWrite1h)
	num("output", s.Tokens.Output)
	num("reasoning", s.Tokens.Reasoning)
	num("unpriced_tokens", s.UnpricedTokens)
	for meter, n := range s.Quantities {
		num("quantity "+meter, n)
	}
	low, high := s.CostLow, s.CostHigh
	if low == nil {
		low, high = s.Cost, s.Cost
	}
	cash, fee := rat(s.Cash), rat(s.PlanFee)
	f.plus("cost", rat(s.Cost))
	f.plus("cost_low", rat(low))
	f.plus("cost_high", rat(high))
	f.plus("cash without fees", cash.Sub(cash, fee))
	f.plus("plan_fee", fee)
	f.plus("reported", rat(s.ReportedCost))
}

func (f figures) plus(name string, n *big.Rat) {
	if f[name] == nil {
		f[name] = new(big.Rat)
	}
	f[name].Add(f[name], n)
}

func rat(amount *string) *big.Rat {
	if amount == nil {
		return new(big.Rat)
	}
	r, ok := new(big.Rat).SetString(*amount)
	if !ok {
		panic("not an amount: " + *amount)
	}
	return r
}

// differences lists what is not the same, but for the names in except.
func (f figures) differences(g figures, except ...string) []string {
	var out []string
	skip := map[string]bool{}
	for _, name := range except {
		skip[name] = true
	}
	zero := new(big.Rat)
	for _, side := range []figures{f, g} {
		for name := range side {
			a, b := f[name], g[name]
			if a == nil {
				a = zero
			}
			if b == nil {
				b = zero
			}
			if !skip[name] && a.Cmp(b) != 0 {
				out = append(out, fmt.Sprintf("%s: %s and %s", name, a.FloatString(18), b.FloatString(18)))
				skip[name] = true
			}
		}
	}
	return out
}

func total(doc *reportDoc) figures {
	f := figures{}
	f.add(&doc.Total)
	return f
}

func sumOfRows(doc *reportDoc) figures {
	f := figures{}
	for i := range doc.Rows {
		f.add(&doc.Rows[i].sumDoc)
	}
	return f
}

// report runs a report of a machine.
func (m *machine) report(t testing.TB, args ...string) *reportDoc {
	t.Helper()
	var doc reportDoc
	r := m.run(append([]string{"report", "--json"}, args...)...)
	r.t = t
	r.ok().decode(&doc)
	return &doc
}
