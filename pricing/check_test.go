package pricing

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
)

// TestDamageIsSeen damages the table in one way at a time.
func TestDamageIsSeen(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	rate := func(s string) money.Rate {
		r, err := money.ParsePerMillion(s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	pick := func(is func(*Row) bool, change func(*Table, int)) func(*Table) {
		return func(tab *Table) {
			i := slices.IndexFunc(tab.Rows, func(r Row) bool { return is(&r) })
			if i < 0 {
				t.Fatal("there is no such row")
			}
			change(tab, i)
		}
	}
	row := func(is func(*Row) bool, change func(*Row)) func(*Table) {
		return pick(is, func(tab *Table, i int) { change(&tab.Rows[i]) })
	}
	drop := func(tab *Table, i int) { tab.Rows = slices.Delete(tab.Rows, i, i+1) }
	flex := func(r *Row) bool {
		return r.Model == "gpt-5.6-luna" && r.Tier == "flex" && r.Context.Over == 0 && r.To.IsZero()
	}
	o3 := func(r *Row) bool { return r.Model == "o3" && r.Base() && r.To.IsZero() }
	peak := func(r *Row) bool { return r.Model == "deepseek-v4-flash" && r.Hours.Start == 60 }
	long := func(r *Row) bool { return r.Model == "gpt-5.4" && r.Tier == Standard && r.Context.Over > 0 }
	alias := func(change func(*Name)) func(*Table) {
		return func(tab *Table) {
			change(&tab.Names[slices.IndexFunc(tab.Names, func(n Name) bool { return n.Alias == "claude-sonnet-4-5" })])
		}
	}
	for name, damage := range map[string]func(*Table){
		"a row twice":                 pick(flex, func(tab *Table, i int) { tab.Rows = append(tab.Rows, tab.Rows[i]) }),
		"a tier from a day early":     row(flex, func(r *Row) { r.From = day("2026-07-29") }),
		"a tier across a base change": pick(flex, func(tab *Table, i int) { tab.Rows[i-1].To = time.Time{}; drop(tab, i) }),
		"a tier without its band":     pick(func(r *Row) bool { return r.Model == "gpt-5.4" && r.Tier == "batch" && r.Context.Over > 0 }, drop),
		"a tier whose band ends early": pick(func(r *Row) bool {
			return r.Model == "gpt-5.6-luna" && r.Tier == "batch" && r.Context.Over > 0 && r.To.IsZero()
		}, drop),
		"a tier of no model":          row(flex, func(r *Row) { r.Model = "gpt-5.6-lunar" }),
		"an unknown tier":             row(flex, func(r *Row) { r.Tier = "turbo" }),
		"a class less than the base":  row(flex, func(r *Row) { r.Rates.Known &^= 1 << CacheRead }),
		"a thousandfold slip":         row(flex, func(r *Row) { r.Rates.Input = rate("100") }),
		"a threshold of another kind": row(func(r *Row) bool { return r.Model == "grok-4.3" && r.Context.Over > 0 }, func(r *Row) { r.Context.Inclusive = false }),
		"a threshold twice":           row(long, func(r *Row) { r.Context.Inclusive = true }),
		"hours past midnight":         row(peak, func(r *Row) { r.Hours.End = 25 * 60 }),
		"hours off the quarter":       row(peak, func(r *Row) { r.Hours.End = 4*60 + 10 }),
		"hours that overlap":          row(peak, func(r *Row) { r.Hours.End = 7 * 60 }),
		"hours and context":           row(peak, func(r *Row) { r.Context = Context{Over: 128000} }),
		"hours of a tier":             row(peak, func(r *Row) { r.Tier = "batch" }),
		"a gap":                       row(o3, func(r *Row) { r.From = day("2025-06-11") }),
		"an overlap":                  row(o3, func(r *Row) { r.From = day("2025-06-09") }),
		"no open end":                 row(o3, func(r *Row) { r.To = day("2026-01-01") }),
		"an end before the beginning": row(o3, func(r *Row) { r.To = day("2024-01-01") }),
		"an instant within a quarter": row(o3, func(r *Row) { r.From = r.From.Add(time.Minute) }),
		"no model":                    row(o3, func(r *Row) { r.Model = "" }),
		"no source":                   row(o3, func(r *Row) { r.Source = "" }),
		"no day of learning":          row(o3, func(r *Row) { r.Learned = time.Time{} }),
		"a currency in words":         row(o3, func(r *Row) { r.Currency = "dollar" }),
		"another currency":            row(o3, func(r *Row) { r.Currency = "EUR" }),
		"no input price":              row(o3, func(r *Row) { r.Rates.Known &^= 1 << Input }),
		"a negative price":            row(o3, func(r *Row) { r.Rates.Output = money.NewRate(money.FromAtto(-1)) }),
		"cached dearer than fresh":    row(o3, func(r *Row) { r.Rates.CacheRead = rate("2.1") }),
		"an unknown provider":         row(o3, func(r *Row) { r.Provider = "opnai" }),
		"a window on a tier":          row(flex, func(r *Row) { r.Window = 5 }),
		"a model of two vendors": pick(o3, func(tab *Table, i int) {
			tab.Rows = append(tab.Rows, tab.Rows[i])
			tab.Rows[len(tab.Rows)-1].Provider = "xai"
		}),
		"an alias of nothing":           alias(func(n *Name) { n.Model = "claude-sonnet-4-7" }),
		"an alias with a model's name":  alias(func(n *Name) { n.Alias = "claude-sonnet-4-6" }),
		"an alias in capitals":          alias(func(n *Name) { n.Alias = "Claude" }),
		"an alias of nobody":            alias(func(n *Name) { n.Provider = "anthropc" }),
		"an alias with two meanings":    alias(func(n *Name) { n.Alias = "claude-sonnet-4" }),
		"a provider twice":              func(tab *Table) { tab.Providers = append(tab.Providers, tab.Providers[0]) },
		"a provider of both kinds":      func(tab *Table) { tab.Providers = append(tab.Providers, Provider{"oai", "openai", true}) },
		"a provider without its name":   func(tab *Table) { tab.Providers = append(tab.Providers, Provider{"foo", "bar", true}) },
		"a provider with a slash":       func(tab *Table) { tab.Providers = append(tab.Providers, Provider{"open/ai", "openai", false}) },
		"a meter that ends":             func(tab *Table) { tab.Meters[0].To = day("2027-01-01") },
		"a meter twice":                 func(tab *Table) { tab.Meters = append(tab.Meters, tab.Meters[0]) },
		"a meter below zero":            func(tab *Table) { tab.Meters[0].Rate = money.NewRate(money.FromAtto(-1)) },
		"a meter without a source":      func(tab *Table) { tab.Meters[0].Source = "" },
		"a region twice":                func(tab *Table) { tab.Regions = append(tab.Regions, tab.Regions[0]) },
		"a region that gives discounts": func(tab *Table) { tab.Regions[0].Num = 1; tab.Regions[0].Den = 2 },
	} {
		tab := table(t)
		damage(tab)
		if err := tab.Check(); err == nil {
			t.Errorf("%s: not seen", name)
		} else if strings.Contains(err.Error(), "%!") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckSaysTheSameEveryTime(t *testing.T) {
	tab := table(t)
	for i := range tab.Rows {
		tab.Rows[i].Source = ""
	}
	first := tab.Check().Error()
	for seed := range uint64(5) {
		tab := shuffledTable(t, seed)
		for i := range tab.Rows {
			tab.Rows[i].Source = ""
		}
		if got := tab.Check().Error(); got != first {
			t.Fatal("errors depend on the order of the table")
		}
	}
}
