package demo

import (
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// covered says what has been read in full between two instants: today counts
// once it has been read up to now, a bill once it is there. Nothing before first
// is ever read. Somebody had let a key of OpenAI's expire, which left a hole.
func covered(first, after, until time.Time) []usage.Coverage {
	var out []usage.Coverage
	add := func(provider string, basis usage.Basis, since, until time.Time) {
		if since.Before(until) {
			out = append(out, usage.Coverage{Provider: provider, Account: account, Basis: basis, Span: usage.Span{Since: since, Until: until}})
		}
	}
	since, end := midnight(after), midnight(until.Add(24*time.Hour-1))
	from, back := date(holeFrom), date(holeUntil)
	add("openai", usage.Reported, since, minTime(end, from))
	add("openai", usage.Reported, maxTime(since, back), end)
	add("anthropic", usage.Reported, since, end)
	for _, provider := range []string{"openai", "anthropic"} {
		add(provider, usage.Billed, maxTime(first, midnight(after.Add(-billLag))), midnight(until.Add(-billLag)))
	}
	return out
}

// renamed is when the search team's project got the name it has now.
const renamed = "2026-08-17"

// directory is what the providers call things, as they do at an instant.
func directory(at time.Time) []usage.Entity {
	day := at.Format(time.DateOnly)
	var out []usage.Entity
	add := func(kind usage.Dimension, id, name, hint, parent, created, lastUsed string, archived bool) {
		if created > day {
			return
		}
		e := usage.Entity{Kind: kind, ID: id, Name: name, Hint: hint, Parent: parent, Created: date(created), Archived: archived}
		switch {
		case lastUsed == inUse:
			e.LastUsed = at.Truncate(time.Hour)
		case lastUsed != "" && lastUsed <= day:
			e.LastUsed = date(lastUsed)
		case lastUsed != "":
			e.LastUsed = at.Truncate(time.Hour)
		}
		out = append(out, e)
	}
	add(usage.ByOrganization, orgName, "Lighthouse", "", "", "2024-02-06", "", false)
	project := func(id, name, created string) { add(usage.ByProject, id, name, "", "", created, "", false) }
	project(supportBot, "Support bot", "2024-02-12")
	project(contractReview, "Contract review", "2025-03-18")
	if day < renamed {
		project(search, "Discovery", "2024-09-02")
	} else {
		project(search, "Search", "2024-09-02")
	}
	project(dataPipeline, "Data pipeline", "2025-01-21")
	project(mobileApp, "Mobile app", "2025-06-30")
	project(website, "Website", "2026-07-20")
	project(hackathon, "Hackathon, May", "2026-05-28") // nobody has used it since June
	key := func(id, name, hint, project, created, lastUsed string) {
		add(usage.ByKey, id, name, hint, project, created, lastUsed, false)
	}
	key("support-prod", "Support bot, live", "sk-proj-…Xw4k", supportBot, "2025-02-03", inUse)
	key("support-staging", "Support bot, staging", "sk-proj-…9fQ2", supportBot, "2025-02-03", inUse)
	key("support-legacy", "Support bot, first version", "sk-…mT81", supportBot, "2024-02-12", "2026-03-02")
	key("pipeline-batch", "Nightly batch", "sk-proj-…Lr0c", dataPipeline, "2025-01-21", inUse)
	key("pipeline-research", "Research agent", "sk-ant-…uGAA", dataPipeline, "2025-11-05", inUse)
	key("search-index", "Indexer", "sk-proj-…b7Yd", search, "2024-09-02", inUse)
	key("search-prod", "Search, live", "sk-ant-…QwAA", search, "2025-10-20", inUse)
	key("contracts-prod", "Contracts, live", "sk-ant-…1kAA", contractReview, "2025-03-18", inUse)
	key("contracts-staging", "Contracts, staging", "sk-ant-…e9AA", contractReview, "2025-03-18", inUse)
	key("website-prod", "Website, live", "sk-proj-…Hn5s", website, "2026-07-20", inUse)
	key("hackathon-key", "Hackathon", "sk-proj-…0pZa", hackathon, "2026-05-28", "2026-06-08")
	for _, who := range [][2]string{{"ada", "Ada Marsh"}, {"ben", "Ben Okafor"}, {"chiara", "Chiara Rossi"}, {"daniel", "Daniel Kim"},
		{"emre", "Emre Aydın"}, {"freya", "Freya Nilsen"}, {"goran", "Goran Petrović"}, {"hana", "Hana Sato"}, {"ines", "Ines Moreau"}} {
		mail := who[0] + "@lighthouse.example"
		add(usage.ByUser, mail, who[1], mail, "", "2024-02-06", "", false)
	}
	return out
}

// inUse stands for "used within the hour".
const inUse = "now"

// standing is what OpenAI says of the account besides its usage, and Codex of its
// plan: the week that began on Monday. Nobody has used it since ten, so its five
// hours are over.
func standing(at time.Time) *usage.Standing {
	const seven = 7 * 24 * time.Hour
	monday := midnight(at).AddDate(0, 0, -(int(at.Weekday())+6)%7).Add(9 * time.Hour)
	if monday.After(at) {
		monday = monday.Add(-seven)
	}
	said := midnight(at).Add(9*time.Hour + 51*time.Minute)
	if said.After(at) {
		said = said.Add(-24 * time.Hour)
	}
	return &usage.Standing{At: at, Windows: []usage.Window{
		{Name: "secondary", Used: 63_500, Length: seven, Resets: monday.Add(seven), At: said},
	}, Limits: []usage.SpendLimit{
		{Scope: usage.ByProvider, ID: "openai", Amount: money.FromUnits(3000), Currency: "USD", Interval: "month", Enforced: true, Note: "active"},
		{Scope: usage.ByProvider, ID: "openai", Amount: money.FromUnits(2200), Currency: "USD", Interval: "month", Note: "e-mail to ines@lighthouse.example"},
		{Scope: usage.ByProject, ID: supportBot, Amount: money.FromUnits(1500), Currency: "USD", Interval: "month", Note: "e-mail to ben@lighthouse.example"},
	}}
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// date reads a constant of this package.
func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
