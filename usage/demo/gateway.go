package demo

import (
	"time"

	"tokpit/usage"
)

// client is somebody behind the organisation's own gateway, which sees every
// single request: the basis is metered and the context is known exactly.
type client struct {
	provider      string
	model         models
	environment   string
	project, key  string
	user          string
	rhythm        rhythm
	requests      int64    // in a peak hour, in thousandths
	input, output [2]int64 // range of a request
	cached        int64    // part of the input, in thousandths
	thinking      int64    // part of the output, in thousandths
	from          string
}

func gatewayClients() []client {
	return []client{
		{provider: "deepseek", model: always("deepseek-v4-pro"), environment: production, project: mobileApp, key: "app-gateway",
			requests: 1000, input: [2]int64{12_000, 160_000}, output: [2]int64{400, 4000}, cached: 300, thinking: 500},
		{provider: "deepseek", model: always("deepseek-v4-flash"), environment: production, project: dataPipeline, key: "pipeline-gateway",
			rhythm: night, requests: 3200, input: [2]int64{40_000, 260_000}, output: [2]int64{200, 2500}, cached: 200},
		// Whole contract bundles: about half of them are above 200,000 tokens.
		{provider: "google", model: models{{"2026-02-19", "gemini-3.1-pro-preview"}, {"2026-10-19", "gemini-4-argon"}}, environment: production,
			project: contractReview, key: "contracts-gateway", user: "freya@lighthouse.example",
			rhythm: office, requests: 900, input: [2]int64{60_000, 620_000}, output: [2]int64{900, 7000}, thinking: 400},
		{provider: "google", model: models{{"2026-05-19", "gemini-3.5-flash"}, {"2026-08-17", "gemini-3.7-flash"}}, environment: staging,
			project: website, key: "website-gateway", user: "goran@lighthouse.example",
			rhythm: office, requests: 1000, input: [2]int64{3000, 60_000}, output: [2]int64{150, 1800}, cached: 100},
		{provider: "mistral", model: always("mistral-medium-3-5"), environment: development, project: search, key: "search-gateway",
			user: "hana@lighthouse.example", rhythm: office, requests: 700, input: [2]int64{2000, 60_000}, output: [2]int64{100, 1500}, from: "2026-06-18"},
		{provider: "xai", model: models{{"2026-05-01", "grok-4.3"}, {"2026-10-05", "grok-4.7"}}, environment: development, key: "lab-gateway",
			user: "ines@lighthouse.example", rhythm: office, requests: 450, input: [2]int64{3000, 120_000}, output: [2]int64{200, 3000}},
		// Their own fine-tune on rented machines: nobody publishes a price for it.
		{provider: "self-hosted", model: always("lighthouse-rerank-2"), environment: production, project: search, key: "search-gateway",
			requests: 700, input: [2]int64{3000, 30_000}, output: [2]int64{20, 90}, from: "2026-09-03"},
	}
}

func (c *client) day(day time.Time, emit func(usage.Record)) {
	if c.from != "" && day.Format(time.DateOnly) < c.from {
		return
	}
	roll := newDice(day, "gateway"+c.provider+c.environment+c.project+c.model[0].model)
	often := growth(day) * swing(day, c.project) / 1000
	for hour := range int64(24) {
		n := c.requests * c.rhythm.perMille(day, hour) / 1000 * often / 1000
		for range roll.round(roll.vary(n, 400)) {
			emit(c.request(day.Add(time.Duration(hour)*time.Hour+time.Duration(roll.between(0, 3_599_999))*time.Millisecond), roll))
		}
	}
}

func (c *client) request(at time.Time, roll dice) usage.Record {
	total := roll.skewed(c.input[0], c.input[1])
	t := usage.Tokens{CacheRead: total * roll.between(0, 2*c.cached) / 1000, Output: roll.skewed(c.output[0], c.output[1])}
	t.Input = total - t.CacheRead
	t.Reasoning = t.Output * c.thinking / 1000
	return usage.Record{
		ID: roll.id("chatcmpl-"), Start: at,
		Dims: usage.Dims{Source: "litellm", Provider: c.provider, Organization: orgName, Environment: c.environment, Project: c.project,
			Key: c.key, User: c.user, Model: c.model.at(at), Basis: usage.Metered},
		Context: total, Requests: 1, Tokens: t,
	}
}
