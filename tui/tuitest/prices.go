package tuitest

import (
	"strings"
	"testing/fstest"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

const priceHeader = "model,tier,over,hours,days,from,to,input,cache_read,write_5m,write_1h,output,context,max_output,status,confidence,learned,source\n"

// Book is a small price book that has everything a book can have: a price that
// fell, one that rises on an announced day, tiers, hours, no output, no price
// for caching, another currency, and models that end. Its figures are made up.
func Book() *pricing.Book {
	files := map[string]string{
		"prices/anthropic.csv": priceHeader +
			"claude-opus-4-8,,,,,2026-05-28,2026-10-27,5,0.5,6.25,10,25,1000000,128000,,release,2026-11-01,price page\n" +
			"claude-opus-4-8,,,,,2026-10-27,,4,0.4,5,8,20,1000000,128000,,exact,2026-11-01,price page\n" +
			"claude-opus-4-8,batch,,,,2026-10-27,,2,0.2,2.5,4,10,,,,assumed,2026-11-01,price page\n" +
			"claude-sonnet-5,,,,,2026-06-30,,2,0.2,2.5,4,10,1000000,64000,,exact,2026-11-01,price page\n" +
			"claude-sonnet-5,,>200000,,,2026-06-30,,4,0.4,5,8,15,,,,exact,2026-11-01,price page\n" +
			"claude-haiku-4-5-20251001,,,,,2025-10-15,,1,0.1,1.25,2,5,200000,64000,,release,2026-11-01,announcement\n",
		"prices/openai.csv": priceHeader +
			"gpt-5.2,,,,,2026-01-10,2026-11-12,1.25,0.125,,,10,400000,128000,,exact,2026-11-01,price page\n" +
			"gpt-5.2,,,,,2026-11-12,,1.25,0.175,,,10,400000,128000,,exact,2026-11-01,price page\n" +
			"gpt-5.2,flex,,,,2026-11-12,,0.625,0.0875,,,5,,,,exact,2026-11-01,price page\n" +
			"gpt-5.2,priority,,,,2026-11-12,,2.5,0.35,,,20,,,,exact,2026-11-01,price page\n" +
			"gpt-5.2-codex,,,,,2026-02-01,,1.25,0.125,,,10,400000,128000,,exact,2026-11-01,price page\n" +
			"gpt-5-mini,,,,,2025-08-07,,0.25,0.025,,,2,400000,128000,,exact,2026-11-01,price page\n" +
			"gpt-5-nano,,,,,2025-08-07,,0.05,0.005,,,0.4,400000,128000,,first-seen,2026-11-01,public list\n" +
			"gpt-5.6-terra,,,,,2026-07-30,,0.4,0.04,,,3,1050000,128000,,exact,2026-11-01,price page\n" +
			"text-embedding-3-large,,,,,2024-01-25,,0.13,,,,,8191,,,exact,2026-11-01,price page\n",
		"prices/google.csv": priceHeader +
			"gemini-3-pro,,,,,2026-03-01,2027-01-01,1,0.1,,,6,1048576,65536,promo,exact,2026-11-01,price page\n" +
			"gemini-3-pro,,,,,2027-01-01,,2,0.2,,,12,1048576,65536,scheduled,announcement,2026-11-01,price page\n" +
			"gemini-3-flash,,,,,2026-03-01,,0.3,0.03,,,2.5,1048576,65536,,approx,2026-11-01,public list\n" +
			"gemini-old,,,,,2024-02-01,,0.5,,,,1.5,32000,,,exact,2026-11-01,price page\n",
		"prices/deepseek.csv": priceHeader +
			"deepseek-v4,,,,,2026-08-16T16:00Z,,0.66,0.022,,,1.98,1000000,,,exact,2026-11-01,price page\n" +
			"deepseek-v4,,,01:00-04:00,Mon-Fri,2026-10-08,,1.32,0.044,,,3.96,,,,exact,2026-11-01,price page\n",
		"names.csv": "provider,name,model,from,to,free,confidence\n",
		"providers.csv": "alias,provider,kind\nanthropic,anthropic,vendor\nopenai,openai,vendor\ngoogle,google,vendor\n" +
			"deepseek,deepseek,vendor\nazure,azure,host\n",
		"meters.csv":  "provider,meter,from,to,per_1000,confidence,learned,source\n",
		"regions.csv": "provider,region,launched,multiplier,source\n",
		"lifecycle.csv": "provider,model,aliases,released,deprecated,shutdown,earliest,status,replacement,note,confidence,verified,source\n" +
			"openai,gpt-5-mini,gpt-5-mini-latest,2025-08-07,2026-06-11,2026-12-11,,deprecated,gpt-5.6-terra;gpt-5-nano,,announcement,2026-11-01,deprecations page\n" +
			"google,gemini-old,,2024-02-01,2025-02-01,2025-09-24,,retired,gemini-3-flash,,announcement,2026-11-01,deprecations page\n" +
			"azure,gpt-5.2,,,,2026-12-12,,deprecated,,,announcement,2026-11-01,deprecations page\n" +
			"anthropic,claude-opus-4-8,,2026-05-28,,,2027-05-28,active,,,announcement,2026-11-01,models page\n",
	}
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	t, err := pricing.ReadTable(fsys)
	if err == nil {
		err = t.Check()
	}
	if err != nil {
		panic(err) // the table above is wrong
	}
	return pricing.NewBook(t)
}

// uses tells the sample's models apart by provider, as its book names them.
func uses(models []report.Line) []report.Use {
	var out []report.Use
	for _, l := range models {
		d := usage.Dims{Model: l.Name, Provider: "openai", Band: usage.Band{Lo: 0, End: 100_000}}
		switch {
		case strings.HasPrefix(l.Name, "claude"):
			d.Provider = "anthropic"
		case strings.HasPrefix(l.Name, "gemini"):
			d.Provider = "google"
		case strings.HasPrefix(l.Name, "llama"):
			d.Provider = ""
		}
		out = append(out, report.Use{Dims: d, Sum: l.Sum})
	}
	return out
}

// HostileBook is a book all of whose names try to break the screen. Nothing has
// checked it.
func HostileBook() *pricing.Book {
	names := HostileNames()
	t := &pricing.Table{}
	for i, name := range names {
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		change := from.AddDate(0, 10, 0)
		next := names[(i+1)%len(names)]
		row := pricing.Row{Provider: names[i/3], Model: name, Tier: pricing.Standard, From: from, To: change,
			Currency: next, Source: next, Window: 1 << 60, MaxOutput: 1 << 60}
		for c := pricing.Input; c <= pricing.Output; c++ {
			if i%5 != int(c) {
				row.Rates.Set(c, money.NewRate(money.FromAtto(int64(i+1)*1234567891)))
			}
		}
		later := row
		later.From, later.To = change, time.Time{}
		later.Rates.Set(pricing.Input, money.NewRate(money.FromUnits(1<<40)))
		tier := later
		tier.Tier = next
		t.Rows = append(t.Rows, row, later, tier)
		t.Lives = append(t.Lives, pricing.Life{Provider: names[i/3], Model: name, Aliases: names, Shutdown: change.AddDate(0, 2, 0),
			Status: pricing.Deprecated, Replacements: []string{next, name}, Note: next, Source: name})
	}
	return pricing.NewBook(t)
}
