package demo

import (
	"time"

	"tokpit/usage"
)

// organisation is everybody and everything that uses a model.
type organisation struct {
	developers []developer
	workloads  []workload
	gateway    []client
	prices     tariffs
}

func lighthouse() organisation {
	return organisation{developers(), append(openaiWorkloads(), anthropicWorkloads()...), gatewayClients(), listPrices()}
}

// day makes all the records of conversations and buckets that begin on a UTC day.
func (o *organisation) day(day time.Time, emit func(usage.Record)) {
	for i := range o.developers {
		o.developers[i].day(day, emit)
	}
	due, date := bill{}, day.Format(time.DateOnly)
	for i := range o.workloads {
		w := &o.workloads[i]
		w.day(day, func(r usage.Record) {
			due.add(&r, w.tier)
			w.tell(date, r, emit)
		})
	}
	var before bill
	if yesterday := day.AddDate(0, 0, -1); yesterday.Format(time.DateOnly) == lateDay {
		before = bill{}
		for i := range o.workloads {
			w := &o.workloads[i]
			w.day(yesterday, func(r usage.Record) { before.add(&r, w.tier) })
		}
	}
	for _, r := range due.records(day, o.prices, before) {
		emit(r)
	}
	for i := range o.gateway {
		o.gateway[i].day(day, emit)
	}
}

const (
	orgName = "lighthouse"
	account = "lighthouse" // the organisation's account with OpenAI and with Anthropic
)

// The projects.
const (
	supportBot     = "support-bot"
	contractReview = "contract-review"
	search         = "search"
	dataPipeline   = "data-pipeline"
	mobileApp      = "mobile-app"
	website        = "website"
	hackathon      = "hackathon-may"
)

// batch is the tier of jobs that may take a day.
const batch = "batch"

// The environments.
const (
	production  = "production"
	staging     = "staging"
	development = "development"
)

func developers() []developer {
	return []developer{
		{tool: claudeCode, user: "ada@lighthouse.example", machine: "ada-mbp", utcOffset: 2, sessions: 1800,
			projects: []string{contractReview, contractReview, search, website}, main: opus()},
		{tool: claudeCode, user: "ben@lighthouse.example", machine: "ben-thinkpad", utcOffset: 2, sessions: 1350,
			projects: []string{supportBot, supportBot, dataPipeline}, main: opus()},
		{tool: claudeCode, user: "daniel@lighthouse.example", machine: "daniel-mbp", utcOffset: -4, sessions: 1100,
			projects: []string{mobileApp, mobileApp, mobileApp, ""}, main: sonnet()},
		{tool: codex, user: "chiara@lighthouse.example", machine: "chiara-mbp", utcOffset: 2, sessions: 850,
			projects: []string{search, search, dataPipeline}, main: codexModel()},
		{tool: codex, user: "emre@lighthouse.example", machine: "emre-desktop", utcOffset: 3, sessions: 650, fast: 150,
			projects: []string{website, mobileApp}, main: codexModel()},
	}
}

// release is a model that people use from a day on.
type release struct {
	from  string // YYYY-MM-DD
	model string
}

// models is a succession of releases, oldest first.
type models []release

// at returns the model in use at t: the first one for times before it.
func (m models) at(t time.Time) string {
	day := t.Format(time.DateOnly)
	model := m[0].model
	for _, r := range m[1:] {
		if r.from > day {
			break
		}
		model = r.model
	}
	return model
}

func opus() models {
	return models{{"2026-04-16", "claude-opus-4-7"}, {"2026-06-02", "claude-opus-4-8"},
		{"2026-07-27", "claude-opus-5"}, {"2026-09-24", "claude-opus-5-5"}}
}

func sonnet() models {
	return models{{"2026-02-17", "claude-sonnet-4-6"}, {"2026-07-02", "claude-sonnet-5"}, {"2026-09-29", "claude-sonnet-5-5"}}
}

func haiku() models {
	return models{{"2025-10-15", "claude-haiku-4-5-20251001"}, {"2026-10-08", "claude-haiku-5-5"}}
}

func codexModel() models {
	return models{{"2026-04-24", "gpt-5.5"}, {"2026-07-13", "gpt-5.6-sol"}, {"2026-09-30", "gpt-6.1-sol"}}
}

func always(model string) models { return models{{"", model}} }

// growth is the organisation's appetite in thousandths of that of 20 May 2026:
// it rises by about 85 % in half a year and is bounded on both sides.
func growth(day time.Time) int64 {
	days := int64(day.Sub(time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
	return min(max(1000+days*850/184, 500), 3000)
}

// swing is how much more or less than usual a project is used on a day, in
// thousandths: releases, holidays, a busy week with one customer.
func swing(day time.Time, project string) int64 {
	week := newDice(day.AddDate(0, 0, -int(day.Weekday())), "week of "+project).vary(1000, 170)
	return newDice(day, "day of "+project).vary(week, 150)
}

func weekend(day time.Time) bool {
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}
