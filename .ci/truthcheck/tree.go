package main

import (
	"encoding/csv"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// counts is one entry of the generator's truth.json.
type counts struct {
	Responses    int64 `json:"responses"`
	Input        int64 `json:"input"`
	Output       int64 `json:"output"`
	Reasoning    int64 `json:"reasoning"`
	CacheWrite5m int64 `json:"cache_write_5m"`
	CacheWrite1h int64 `json:"cache_write_1h"`
	CacheRead    int64 `json:"cache_read"`
}

func (c counts) tokens() tokens {
	return tokens{c.Input, c.CacheRead, c.CacheWrite5m, c.CacheWrite1h, c.Output, c.Reasoning}
}

type truth struct {
	Source   map[string]counts `json:"source"`
	Model    map[string]counts `json:"model"`
	DayModel map[string]counts `json:"day_model"`
}

func readTruth(home string) truth {
	var t truth
	text, err := os.ReadFile(filepath.Join(home, "truth.json"))
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil {
		fail("%v", err)
	}
	return t
}

// tree compares one generated tree: tokens by source, model and day with
// truth.json, and cost with every single response priced by hand.
func (c *check) tree() {
	p := c.place(c.home, "tree.db")
	p.sync()
	c.againstTruth(p, readTruth(c.home))
	if _, err := os.Stat(filepath.Join(c.home, "requests.csv")); err == nil {
		c.againstRequests(p)
	}
	p.sound("tree")
	p.sync()
	c.againstTruth(p, readTruth(c.home))
}

func sourceName(s string) string {
	if s == "claude" {
		return "claude-code"
	}
	return s
}

func (c *check) againstTruth(p place, want truth) {
	got := make(map[string]row)
	for _, r := range p.report("--by", "source").Rows {
		got[r.Source] = r
	}
	for s, w := range want.Source {
		c.equal("source "+s, got[sourceName(s)].Tokens, w.tokens())
		c.equal("requests of "+s, requests(got[sourceName(s)]), w.Responses)
	}
	clear(got)
	for _, r := range p.report("--by", "model").Rows {
		got[r.Model] = r
	}
	c.equal("number of models", len(got), len(want.Model))
	for m, w := range want.Model {
		c.equal("model "+m, got[m].Tokens, w.tokens())
	}
	clear(got)
	for _, r := range p.report("--by", "day,model", "--since", "2020-01-01").Rows {
		got[r.Day+"|"+r.Model] = r
	}
	c.equal("number of days and models", len(got), len(want.DayModel))
	for key, w := range want.DayModel {
		c.equal(key, got[key].Tokens, w.tokens())
		c.equal("requests of "+key, requests(got[key]), w.Responses)
	}
}

// price is one row of the price tables.
type price struct {
	from, to, tier string
	over           int64
	rates          [5]*big.Rat // input, read, 5m, 1h, output; nil: none published
}

type prices map[string][]price

// readPrices reads the tables that the project's own were made from.
func (c *check) readPrices() prices {
	out := make(prices)
	for _, name := range []string{"prices_history.csv", "prices_tiers.csv"} {
		f, err := os.Open(filepath.Join(c.facts, name))
		if err != nil {
			fail("%v", err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			fail("%s: %v", name, err)
		}
		at := make(map[string]int)
		for i, h := range rows[0] {
			at[h] = i
		}
		for _, r := range rows[1:] {
			p := price{from: r[at["effective_from"]], to: r[at["effective_to"]], tier: "standard"}
			if i, ok := at["service_tier"]; ok {
				p.tier = r[i]
				p.over, _ = strconv.ParseInt(r[at["context_over"]], 10, 64)
				if p.tier != "standard" || r[at["hours_utc"]] != "" || p.over == 0 || r[at["boundary"]] != "gt" {
					continue // the generator makes nothing of the kind
				}
			}
			for i, class := range []string{"input", "cached_input", "cache_write_5m", "cache_write_1h", "output"} {
				if text := r[at[class+"_per_1m"]]; text != "" {
					p.rates[i], _ = new(big.Rat).SetString(text)
				}
			}
			out[r[at["model"]]] = append(out[r[at["model"]]], p)
		}
	}
	return out
}

// find returns the row for a request of a day; ok is false if there is none.
func (ps prices) find(model, day string, total int64) (best price, ok bool) {
	instant := day + "T00:00:00Z"
	for _, p := range ps[model] {
		if p.from <= instant && (p.to == "" || instant < p.to) && (p.over == 0 || total > p.over) && (!ok || p.over > best.over) {
			best, ok = p, true
		}
	}
	return best, ok
}

// againstRequests prices every response by itself and compares the sums to the
// last digit.
func (c *check) againstRequests(p place) {
	ps := c.readPrices()
	f, err := os.Open(filepath.Join(c.home, "requests.csv"))
	if err != nil {
		fail("%v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		fail("requests.csv: %v", err)
	}
	want := make(map[string]*big.Rat)
	unpriced := make(map[string]int64)
	long := 0
	sum := new(big.Rat)
	for _, r := range rows[1:] {
		source, day, model := r[0], r[1], r[2]
		var n [6]int64
		for i := range n {
			n[i], _ = strconv.ParseInt(r[3+i], 10, 64)
		}
		row, ok := ps.find(model, day, n[0]+n[1]+n[2]+n[3])
		if !ok {
			unpriced[model] += n[0] + n[1] + n[2] + n[3] + n[4]
			continue
		}
		if row.over > 0 {
			long++
		}
		cost := new(big.Rat)
		for i := range 5 {
			rate := row.rates[i]
			if rate == nil {
				rate = row.rates[0] // a cached class without a price is billed at input
			}
			cost.Add(cost, new(big.Rat).Mul(rate, new(big.Rat).SetInt64(n[i])))
		}
		cost.Quo(cost, big.NewRat(1_000_000, 1))
		key := sourceName(source) + "|" + day + "|" + model
		if want[key] == nil {
			want[key] = new(big.Rat)
		}
		want[key].Add(want[key], cost)
		sum.Add(sum, cost)
	}
	d := p.report("--by", "source,day,model", "--since", "2020-01-01")
	seen := 0
	for _, r := range d.Rows {
		w, ok := want[r.Source+"|"+r.Day+"|"+r.Model]
		if !ok {
			c.equal("cost of unpriced "+r.Model, text(r.Cost), "null")
			continue
		}
		seen++
		got, _ := new(big.Rat).SetString(text(r.Cost))
		c.equal("cost of "+r.Source+" "+r.Day+" "+r.Model, decimal(got), decimal(w))
	}
	c.equal("number of priced rows", seen, len(want))
	got, _ := new(big.Rat).SetString(text(d.Total.Cost))
	c.equal("total cost", decimal(got), decimal(sum))
	for _, u := range d.Unpriced {
		c.equal("unpriced tokens of "+u.Model, u.Tokens, unpriced[u.Model])
	}
	c.equal("unpriced models", len(d.Unpriced), len(unpriced))
	println("   ", len(rows)-1, "requests priced one by one,", long, "of them at a long-context price; total", decimal(sum))
}

func decimal(r *big.Rat) string {
	if r == nil {
		return "nothing"
	}
	s := r.FloatString(24)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
