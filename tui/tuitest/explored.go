package tuitest

import (
	"time"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// Explored is the sample with cells that its figures could come from: four
// months of two providers, projects and keys that have names and some that have
// none, a plan, a model without a price, and one that is new.
func Explored() *report.Snapshot {
	s := Sample()
	s.Names = report.NewNames(exploredNames(s.AsOf))
	s.Plans = []pricing.Plan{{Source: "claude-code", Monthly: cents(20_000), Currency: "USD", From: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)}}
	s.Cube = ExploredCube(s.AsOf, 110)
	return s
}

// HostileExplored is [Explored] with every name and value replaced by one that
// tries to break the screen.
func HostileExplored() *report.Snapshot {
	s, names := Explored(), HostileNames()
	for i := range s.Cube.Sets {
		d := &s.Cube.Sets[i]
		for j, text := range d.Strings() {
			if *text != "" && *text != "anthropic" && *text != "openai" {
				*text = names[(i+j)%len(names)]
			}
		}
	}
	var known []usage.Known
	for i, name := range names {
		for _, kind := range []usage.Dimension{usage.ByProject, usage.ByKey} {
			known = append(known, usage.Known{Entity: usage.Entity{Kind: kind, ID: names[(i+1)%len(names)], Name: name, Hint: name, Parent: name}})
		}
	}
	s.Names, s.Prices = report.NewNames(known), names[1]
	return s
}

func exploredNames(now time.Time) []usage.Known {
	of := func(kind usage.Dimension, id, name, parent string, age int) usage.Known {
		return usage.Known{Entity: usage.Entity{Kind: kind, ID: id, Name: name, Parent: parent, Created: now.AddDate(0, 0, -age)},
			Names: []usage.Named{{Name: name, Since: now.AddDate(0, 0, -age)}}}
	}
	return []usage.Known{
		of(usage.ByProject, "proj_web", "Checkout", "", 200), of(usage.ByProject, "proj_ml", "Search relevance", "", 180),
		of(usage.ByProject, "proj_old", "Hackathon", "", 160), of(usage.ByKey, "key_a", "checkout-prod", "proj_web", 190),
		of(usage.ByKey, "key_b", "=SUM(A1)", "proj_ml", 170), of(usage.ByKey, "key_old", "left behind", "proj_old", 150),
	}
}

// ExploredCube is usage of so many days before now, by the hour of working days.
func ExploredCube(now time.Time, days int) *usage.Cube {
	band := usage.Band{Lo: 0, End: 100_000}
	agent := usage.Dims{Source: "claude-code", Provider: "anthropic", Model: "claude-opus-4-8", Basis: usage.Logged, Band: band, Machine: "mara-mbp"}
	sonnet := agent
	sonnet.Model, sonnet.Project = "claude-sonnet-5", "proj_web"
	web := usage.Dims{Source: "openai", Account: "acme", Provider: "openai", Project: "proj_web", Key: "key_a", Model: "gpt-5.2", Basis: usage.Reported, Band: band}
	ml, mini, lost, odd := web, web, web, web
	ml.Project, ml.Key = "proj_ml", "key_b"
	mini.Model, mini.Tier = "gpt-5-mini", "flex"
	lost.Project, lost.Key = "", ""
	odd.Model = "house-model"
	bill := usage.Dims{Source: "openai", Account: "acme", Provider: "openai", Project: "proj_web", Basis: usage.Billed, Tags: usage.NewTags(map[string]string{"line_item": "gpt-5.2, input"})}
	sets := []struct {
		dims  usage.Dims
		until int // days before now on which it ends
		since int
		scale int64
	}{{agent, 0, days, 90}, {sonnet, 0, days, 40}, {web, 0, days, 60}, {ml, 0, days, 25}, {mini, 12, days, 200}, {lost, 0, days, 3}, {odd, 0, 8, 2}}
	b := usage.NewBuilder(days * 24)
	first := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)
	for day := range days + 1 {
		date := first.AddDate(0, 0, day)
		part := int64(10)
		if wd := date.Weekday(); wd == time.Saturday || wd == time.Sunday {
			part = 2
		}
		for _, hour := range []int{9, 11, 14} {
			at := date.Add(time.Duration(hour) * time.Hour)
			if !at.Before(now) {
				continue
			}
			for i, x := range sets {
				age := days - day
				if age > x.since || age < x.until {
					continue
				}
				n := x.scale * part * int64(100+(day*7+hour*3+i*11)%23)
				m := usage.Measures{Records: 4, Requests: 4, Tokens: usage.Tokens{Input: n * 9, CacheRead: n * 31, Output: n * 3, Reasoning: n}}
				b.Add(usage.SlotOf(at), 4, b.Set(x.dims), m)
			}
		}
		if day < days {
			b.Add(usage.SlotOf(date.Add(23*time.Hour)), 4, b.Set(bill), usage.Measures{Records: 1, Uncounted: 1,
				Reported: []usage.Charged{{Currency: "USD", Amount: cents(part * 31), Records: 1}}})
		}
	}
	return b.Cube()
}
