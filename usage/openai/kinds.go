package openai

import (
	"net/url"
	"strconv"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
)

// kind is an endpoint of usage or costs.
type kind struct {
	name    string // in the path, and the stream of its slices
	object  string // what its rows call themselves
	groupBy []string
	daily   bool // has no finer buckets, or none that add up
	basis   usage.Basis
	read    func(*row) (usage.Record, error)
}

// question is one request to a kind.
type question struct {
	since, until time.Time
	width        string
	limit        int64 // buckets
	page         string
	groupBy      []string
}

// query writes a question down. Lists have brackets, which is how OpenAI's own
// client sends them, although the description of the API leaves them out.
func (q question) query() url.Values {
	v := url.Values{
		"start_time": {strconv.FormatInt(q.since.Unix(), 10)}, "end_time": {strconv.FormatInt(q.until.Unix(), 10)},
		"bucket_width": {q.width}, "limit": {strconv.FormatInt(q.limit, 10)}, "group_by[]": q.groupBy,
	}
	if q.page != "" {
		v.Set("page", q.page)
	}
	return v
}

// path is where a kind is asked for.
func (k *kind) path() string {
	if k.name == kindCosts {
		return "organization/costs"
	}
	return "organization/usage/" + k.name
}

// The name of the kind that decides what is covered, and of the one that is
// money.
const (
	kindCompletions = "completions"
	kindCosts       = "costs"
)

// kinds lists the endpoints in the order in which they are read: completions
// last, so that a day is covered only when everything else has been read too.
func kinds() []kind {
	people := []string{"project_id", "user_id", "api_key_id"}
	models := append(people[:3:3], "model")
	tiers := append(models[:4:4], "batch", "service_tier")
	return []kind{
		{name: "decisions", object: "organization.usage.decisions.result", groupBy: tiers, read: completions},
		{name: "embeddings", object: "organization.usage.embeddings.result", groupBy: models, read: tokensIn},
		{name: "moderations", object: "organization.usage.moderations.result", groupBy: models, read: tokensIn},
		{name: "images", object: "organization.usage.images.result", groupBy: append(models[:4:4], "size", "source"), read: images},
		{name: "audio_speeches", object: "organization.usage.audio_speeches.result", groupBy: models, read: speeches},
		{name: "audio_transcriptions", object: "organization.usage.audio_transcriptions.result", groupBy: models, read: transcriptions},
		{name: "vector_stores", object: "organization.usage.vector_stores.result", groupBy: people[:1], daily: true, read: storage},
		{name: "code_interpreter_sessions", object: "organization.usage.code_interpreter_sessions.result", groupBy: people[:1],
			read: tool(meterSessions, "num_sessions", func(r *row) pull.Number { return r.Sessions })},
		{name: "file_search_calls", object: "organization.usage.file_searches.result", groupBy: append(people[:3:3], "vector_store_id"),
			read: tool(meterFileSearch, "num_requests", func(r *row) pull.Number { return r.Calls })},
		{name: "web_search_calls", object: "organization.usage.web_searches.result", groupBy: append(models[:4:4], "context_level"),
			read: tool(meterWebSearch, "num_requests", func(r *row) pull.Number { return r.Calls })},
		{name: kindCosts, object: "organization.costs.result", groupBy: []string{"line_item", "project_id", "api_key_id"}, daily: true, basis: usage.Billed, read: costs},
		{name: kindCompletions, object: "organization.usage.completions.result", groupBy: tiers, read: completions},
	}
}

// grain returns the width of the buckets that the kind is read in. How much is
// stored is a level: hours of it would add up to 24 times a day.
func (k *kind) grain(wanted string) string {
	if k.daily {
		return "1d"
	}
	return wanted
}

// most returns how many buckets one page of the kind may have, which OpenAI
// limits by their width.
func (k *kind) most(grain string) int64 {
	switch {
	case k.name == kindCosts:
		return 180
	case grain == "1m":
		return 1440
	case grain == "1h":
		return 168
	}
	return 31
}

// How many days before today are read again: by every pull, and by one pull a
// day. Batches are attributed within a day of their end and clocks differ by
// hours; older figures change when OpenAI corrects them. Costs are corrected
// until the month has been invoiced.
const (
	trailing      = 2
	trailingDeep  = 31
	trailingFine  = 7 // for minutes, of which there are many
	trailingCosts = 35
)

func (k *kind) deep(grain string) int {
	switch {
	case k.name == kindCosts:
		return trailingCosts
	case grain == "1m":
		return trailingFine
	}
	return trailingDeep
}

// window returns how many days one commit is about: what one page may hold.
func (k *kind) window(grain string) int {
	switch grain {
	case "1m":
		return 1
	case "1h":
		return 7
	}
	return 31
}
