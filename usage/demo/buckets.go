package demo

import (
	"strconv"
	"time"

	"tokpit/usage"
)

// rhythm is when a workload runs.
type rhythm uint8

const (
	flat   rhythm = iota // around the clock, with a European and an American day
	office               // working hours, working days
	night                // a batch job from 01:00 to 05:00 UTC, every day
)

// perMille is the part of the peak that a rhythm reaches in an hour of UTC.
func (r rhythm) perMille(day time.Time, hour int64) int64 {
	switch {
	case r == office && weekend(day):
		return 30
	case r == office:
		return [24]int64{0, 0, 0, 0, 0, 40, 200, 620, 900, 1000, 950, 700, 760, 980, 940, 880, 700, 480, 300, 180, 90, 40, 0, 0}[hour]
	case r == night && hour >= 1 && hour < 5:
		return 1000
	case r == night:
		return 0
	}
	n := [24]int64{240, 180, 130, 110, 120, 190, 330, 520, 720, 850, 900, 880, 860, 930, 1000, 980, 940, 880, 800, 700, 600, 500, 400, 310}[hour]
	if weekend(day) {
		n = n * 6 / 10
	}
	return n
}

// workload is traffic that a provider's hourly usage report tells of: one row
// an hour for each key, model and tier.
type workload struct {
	source, kind  string
	environment   string
	project, key  string
	tier, region  string
	model         models
	band          usage.Band
	uncounted     bool // the report has no request counts
	rhythm        rhythm
	requests      int64 // in a peak hour, before growth
	input, output int64 // a request
	cached, write int64 // parts of the input, in thousandths
	cachedFrom    string
	searches      int64  // a thousand requests
	from, to      string // YYYY-MM-DD, half open; "" is open
	hours         [2]int64
	untiered      bool // see untieredFrom
	unlisted      bool // billed, but in no usage report
}

func openaiWorkloads() []workload {
	base := workload{source: "openai", kind: "completions/1h"}
	with := func(change func(*workload)) workload {
		w := base
		change(&w)
		return w
	}
	return []workload{
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = production, supportBot, "support-prod", always("gpt-5.4-mini")
			w.requests, w.input, w.output, w.cached = 900, 4200, 340, 180
			w.cachedFrom = "2026-08-12" // the day they put the stable part of the prompt first
		}),
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = staging, supportBot, "support-staging", always("gpt-5.4-mini")
			w.rhythm, w.requests, w.input, w.output = office, 45, 3900, 320
		}),
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = production, dataPipeline, "pipeline-batch", always("gpt-5.4-nano")
			w.untiered = true
			w.tier, w.rhythm, w.requests, w.input, w.output = batch, night, 5200, 1900, 260
		}),
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = production, search, "search-index", always("text-embedding-3-small")
			w.kind, w.requests, w.input = "embeddings/1h", 2400, 640
		}),
		with(func(w *workload) {
			w.environment, w.project, w.key, w.from = production, website, "website-prod", "2026-07-20"
			w.model, w.rhythm, w.requests, w.input, w.output, w.cached = always("gpt-5.6-luna"), office, 120, 2600, 420, 300
		}),
		with(func(w *workload) { // from before keys were tracked, and nobody knows who has it
			w.environment, w.project, w.model = production, mobileApp, always("gpt-5.4-mini")
			w.rhythm, w.requests, w.input, w.output = office, 60, 5200, 900
		}),
		with(func(w *workload) { // and somebody has a second one
			w.environment, w.project, w.model = production, mobileApp, always("gpt-5.4-mini")
			w.from, w.to, w.unlisted = keylessFrom, keylessUntil, true
			w.rhythm, w.requests, w.input, w.output = office, 75, 6800, 1100
		}),
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = development, hackathon, "hackathon-key", always("gpt-5.4-mini")
			w.from, w.to = "2026-05-29", "2026-06-09"
			w.rhythm, w.requests, w.input, w.output = office, 35, 5200, 700
		}),
	}
}

// anthropicWorkloads tell their context range but no request counts, as
// Anthropic's report does.
func anthropicWorkloads() []workload {
	base := workload{source: "anthropic", kind: "messages/1h", uncounted: true, region: "global", band: usage.Band{Lo: 0, End: 200_001}}
	with := func(change func(*workload)) workload {
		w := base
		change(&w)
		return w
	}
	return []workload{
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = production, contractReview, "contracts-prod", sonnet()
			w.rhythm, w.requests, w.input, w.output, w.cached, w.write = office, 38, 46_000, 1500, 420, 120
		}),
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = production, contractReview, "contracts-prod", sonnet()
			w.tier, w.rhythm, w.requests, w.input, w.output = batch, night, 40, 38_000, 1100
		}),
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = production, search, "search-prod", always("claude-haiku-4-5-20251001")
			w.requests, w.input, w.output, w.cached, w.write = 230, 3100, 240, 350, 20
		}),
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = staging, contractReview, "contracts-staging", sonnet()
			w.rhythm, w.requests, w.input, w.output, w.cached, w.write = office, 5, 40_000, 1300, 300, 100
		}),
		with(func(w *workload) {
			w.environment, w.project, w.key, w.model = production, dataPipeline, "pipeline-research", sonnet()
			w.rhythm, w.requests, w.input, w.output, w.searches = office, 14, 11_000, 800, 900
		}),
		with(func(w *workload) { // the console and its playground: no key, no project
			w.model, w.rhythm, w.requests, w.input, w.output = opus(), office, 4, 9000, 1100
		}),
		with(func(w *workload) { // an agent that retried all night
			w.environment, w.project, w.key, w.model = staging, contractReview, "contracts-staging", opus()
			w.from, w.to, w.hours = "2026-10-14", "2026-10-15", [2]int64{1, 10}
			w.requests, w.input, w.output, w.cached, w.write = 620, 58_000, 1200, 600, 0
		}),
	}
}

// tell passes on what the usage report says of a bucket of a day.
func (w *workload) tell(date string, r usage.Record, emit func(usage.Record)) {
	switch {
	case w.unlisted, w.source == "openai" && within(date, holeFrom, holeUntil):
		return
	case w.untiered && within(date, untieredFrom, untieredUntil):
		r.Tier = ""
	}
	emit(r)
}

func (w *workload) day(day time.Time, emit func(usage.Record)) {
	date := day.Format(time.DateOnly)
	if w.from != "" && date < w.from || w.to != "" && date >= w.to {
		return
	}
	roll := newDice(day, w.source+w.environment+w.project+w.key+w.tier+w.from)
	cached := w.cached
	if w.cachedFrom != "" && date >= w.cachedFrom {
		cached = 720
	}
	often := growth(day) * swing(day, w.project) / 1000
	for hour := range int64(24) {
		n := w.requests * w.rhythm.perMille(day, hour) * often / 1e6
		if w.hours != [2]int64{} {
			n = 0
			if hour >= w.hours[0] && hour < w.hours[1] {
				n = w.requests
			}
		}
		if n = roll.vary(n, 250); n > 0 {
			emit(w.bucket(day.Add(time.Duration(hour)*time.Hour), n, cached, roll))
		}
	}
}

// bucket is the row of one hour.
func (w *workload) bucket(start time.Time, n, cached int64, roll dice) usage.Record {
	total := roll.vary(n*w.input, 120)
	t := usage.Tokens{CacheRead: total * roll.vary(cached, 100) / 1000, CacheWrite5m: total * w.write / 1000, Output: roll.vary(n*w.output, 120)}
	t.Input = total - t.CacheRead - t.CacheWrite5m
	r := usage.Record{
		ID:    w.source + "/" + w.kind + "/" + w.key + "/" + w.project + "/" + w.tier + w.from + "/" + strconv.FormatInt(start.Unix(), 10),
		Start: start, End: start.Add(time.Hour), Slice: w.kind,
		Dims: usage.Dims{Source: w.source, Account: account, Provider: w.source, Organization: orgName, Environment: w.environment,
			Project: w.project, Key: w.key, Model: w.model.at(start), Tier: w.tier, Region: w.region, Basis: usage.Reported, Band: w.band},
		Context: usage.Absent, Requests: n, Tokens: t,
	}
	if w.uncounted {
		r.Requests = usage.Absent
	}
	if s := roll.round(n * w.searches); s > 0 {
		r.Quantities = []usage.Quantity{{Meter: "web_search", N: s}}
	}
	return r
}
