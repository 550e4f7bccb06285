package litellm

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// activity is a page of the daily activity. A day goes on from page to page,
// and its parts add up.
type activity struct {
	Results  *[]json.RawMessage `json:"results"`
	Metadata struct {
		Page       pull.Number `json:"page"`
		TotalPages pull.Number `json:"total_pages"`
		HasMore    bool        `json:"has_more"`
	} `json:"metadata"`
}

// metrics are sums over a day.
type metrics struct {
	Spend      pull.Number `json:"spend"`
	Prompt     pull.Number `json:"prompt_tokens"`
	Completion pull.Number `json:"completion_tokens"`
	Read       pull.Number `json:"cache_read_input_tokens"`
	Write      pull.Number `json:"cache_creation_input_tokens"`
	Requests   pull.Number `json:"api_requests"`
	Successful pull.Number `json:"successful_requests"`
}

// part is a share of a day, and who had it by key.
type part struct {
	Metrics metrics `json:"metrics"`
	Keys    map[string]struct {
		Metrics  metrics `json:"metrics"`
		Metadata struct {
			Alias text `json:"key_alias"`
			Team  text `json:"team_id"`
		} `json:"metadata"`
	} `json:"api_key_breakdown"`
}

// dayOf is a day of the daily activity.
type dayOf struct {
	Date      text    `json:"date"`
	Metrics   metrics `json:"metrics"`
	Breakdown struct {
		Models    map[string]part `json:"models"`
		Providers map[string]part `json:"providers"`
	} `json:"breakdown"`
}

// readDaily reads a day's sums. If they are optional, a proxy may be without
// them.
func (p *puller) readDaily(ctx context.Context, day time.Time, into *buckets.Bucket, w *buckets.Writer, optional bool) error {
	if p.noDaily {
		return nil
	}
	q := url.Values{"start_date": {day.Format(time.DateOnly)}, "end_date": {day.Format(time.DateOnly)}, "page_size": {"1000"}}
	line := 0
	for number := 1; number <= pull.MaxPages; number++ {
		q.Set("page", strconv.Itoa(number))
		var got activity
		err := p.client.Get(ctx, "user/daily/activity", q, &got)
		if e := pull.AsError(err); optional && number == 1 && e != nil && e.Status >= 400 && e.Status < 500 && e.Final {
			p.noDaily = true
			return nil
		}
		if err == nil && got.Results == nil {
			err = notLiteLLM()
		}
		if err != nil {
			return err
		}
		if at, err := got.Metadata.Page.Int(); err == nil && got.Metadata.Page.Given() && at != int64(number) {
			return &pull.Error{Code: pull.CodePaging, Final: true, Message: "the proxy's pages repeat themselves",
				Advice: "nothing was counted twice; try again later"}
		}
		for _, raw := range *got.Results {
			line++
			w.Count(1)
			if err := p.addDay(raw, day, into); err != nil {
				w.Bad(buckets.At(day), line, reason(err))
			}
		}
		pages, _ := got.Metadata.TotalPages.Int()
		if !got.Metadata.HasMore && int64(number) >= pages || len(*got.Results) == 0 {
			return nil
		}
	}
	return nil
}

// addDay adds a page's part of a day, all of it or nothing.
func (p *puller) addDay(raw json.RawMessage, day time.Time, into *buckets.Bucket) error {
	var d dayOf
	if err := json.Unmarshal(raw, &d); err != nil {
		return err
	}
	if string(d.Date) != day.Format(time.DateOnly) {
		return fmt.Errorf("date %.40q is not the day that was asked for", string(d.Date))
	}
	var out []usage.Record
	whole, err := d.Metrics.sums()
	if err != nil {
		return err
	}
	rest := whole
	for _, model := range slices.Sorted(maps.Keys(d.Breakdown.Models)) {
		m := d.Breakdown.Models[model]
		all, err := m.Metrics.sums()
		if err != nil {
			return fmt.Errorf("%.60q: %w", model, err)
		}
		rest = rest.sub(all)
		for _, key := range slices.Sorted(maps.Keys(m.Keys)) {
			k := m.Keys[key]
			s, err := k.Metrics.sums()
			if err != nil {
				return fmt.Errorf("%.60q: %w", model, err)
			}
			all = all.sub(s)
			id := keyOf(key)
			p.names.key(id, string(k.Metadata.Alias), string(k.Metadata.Team), day)
			out = append(out, p.sumRecord(&d, model, key, string(k.Metadata.Team), s))
		}
		if !all.nothing() { // without a key, or of keys that are not listed
			out = append(out, p.sumRecord(&d, model, "", "", all))
		}
	}
	if !rest.nothing() {
		out = append(out, p.sumRecord(&d, "", "", "", rest))
	}
	for _, r := range out {
		p.see(r.Provider)
		into.Add(r)
	}
	return nil
}

// sumRecord is a model's day with one key.
func (p *puller) sumRecord(d *dayOf, model, key, team string, s sums) usage.Record {
	r := usage.Record{Requests: s.requests, Reported: s.spend, Currency: "USD"}
	r.Tokens, r.Flags = disjoint(s.prompt, s.read, s.write, s.output)
	r.Dims = usage.Dims{Source: Type, Account: p.opt.Account, Basis: usage.Metered, Model: model, Key: keyOf(key), Project: team,
		Provider: d.provider(model, key)}
	return r
}

// provider finds out who a model was asked of. The sums do not say so: it is
// the provider before the slash, or the only one of that key, or of that day.
func (d *dayOf) provider(model, key string) string {
	if name := provider("", model); name != "" {
		return name
	}
	only, any := "", ""
	for name, part := range d.Breakdown.Providers {
		if name == "unknown" {
			continue
		}
		if any != "" {
			any = "?"
		} else {
			any = name
		}
		if _, used := part.Keys[key]; used && key != "" {
			if only != "" {
				only = "?"
			} else {
				only = name
			}
		}
	}
	switch {
	case only != "" && only != "?":
		return provider(only, "")
	case only == "" && any != "" && any != "?":
		return provider(any, "")
	}
	return ""
}

// sums are metrics as numbers.
type sums struct {
	prompt, output, read, write, requests int64
	spend                                 money.Amount
}

func (m *metrics) sums() (s sums, err error) {
	var c counts
	s = sums{prompt: c.of("prompt_tokens", m.Prompt), output: c.of("completion_tokens", m.Completion),
		read: c.of("cache_read_input_tokens", m.Read), write: c.of("cache_creation_input_tokens", m.Write),
		requests: c.of("api_requests", m.Requests)}
	if m.Successful.Given() {
		s.requests = c.of("successful_requests", m.Successful)
	}
	if s.spend, err = m.Spend.Amount(); err != nil {
		return s, fmt.Errorf("spend: %w", err)
	}
	return s, c.err
}

func (s sums) sub(t sums) sums {
	return sums{s.prompt - t.prompt, s.output - t.output, s.read - t.read, s.write - t.write, s.requests - t.requests, s.spend.Sub(t.spend)}
}

// nothing reports whether a difference is none. Sums of floats differ in their
// last digits, which is no money; parts that exceed the whole leave nothing.
func (s sums) nothing() bool {
	noise := money.FromAtto(1e9) // a billionth of a dollar
	return s.prompt < 0 || s.output < 0 || s.read < 0 || s.write < 0 || s.requests < 0 ||
		s.prompt+s.output+s.requests == 0 && s.spend.Cmp(noise) <= 0
}

// refusedDaily reports whether an answer means that this key may not read.
func refusedDaily(e *pull.Error) bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden || e.Status == http.StatusNotFound
}
