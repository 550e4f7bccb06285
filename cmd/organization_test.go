package cmd_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// parcel is usage that a provider has booked, or a sum of it.
type parcel struct {
	id string
	group
	n     [3]int64 // tokens: input that no cache served, cache reads, output
	nanos int64    // what it costs, in 1e-9 USD
}

// group is what is told apart, with an instant or the beginning of a bucket.
type group struct {
	at                  time.Time
	project, key, model string
}

// organization plays providers that hold much usage, which grows and is revised
// while it is being read.
type organization struct {
	*httptest.Server
	dice *rand.Rand

	mu     sync.Mutex
	now    time.Time
	since  time.Time
	booked map[string][]parcel // by type
	asked  func()              // called with every request
	serial int
}

func newOrganization(t testing.TB, dice *rand.Rand, since time.Time, parcels int) *organization {
	now, _ := time.Parse(time.RFC3339, clockTime)
	o := &organization{dice: dice, now: now, since: since, booked: map[string][]parcel{}}
	for _, kind := range o.kinds() {
		for range parcels {
			o.book(kind, since)
		}
	}
	o.Server = httptest.NewServer(o)
	t.Cleanup(o.Close)
	return o
}

func (o *organization) kinds() []string { return []string{"openai", "anthropic", "litellm"} }

// book adds usage of some moment between an instant and now.
func (o *organization) book(kind string, from time.Time) {
	pick := func(list ...string) string { return list[o.dice.IntN(len(list))] }
	o.serial++
	at := from.Add(time.Duration(o.dice.Int64N(int64(o.now.Sub(from))))).Truncate(time.Second)
	o.booked[kind] = append(o.booked[kind], parcel{fmt.Sprint("req_", o.serial), group{at, pick("proj_a", "proj_b", ""), pick("key_1", "key_2", "key_3", ""), pick("gpt-5", "claude-opus-5")},
		[3]int64{o.dice.Int64N(1e5), o.dice.Int64N(1e5), 1 + o.dice.Int64N(1e4)}, o.dice.Int64N(1e10)})
}

// live lets time go on: usage arrives, and of yesterday and today some is
// corrected or taken back. A gateway's requests stay what they are.
func (o *organization) live() {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := o.now
	o.now = o.now.Add(7 * time.Minute)
	for _, kind := range o.kinds() {
		for range 20 {
			o.book(kind, last.Add(-time.Hour))
		}
		if kind == "litellm" {
			continue
		}
		o.booked[kind] = slices.DeleteFunc(o.booked[kind], func(p parcel) bool { return !o.settled(p.at) && o.dice.IntN(50) == 0 })
		for i := range o.booked[kind] {
			if p := &o.booked[kind][i]; !o.settled(p.at) && o.dice.IntN(20) == 0 {
				p.n[2], p.nanos = 1+o.dice.Int64N(1e4), o.dice.Int64N(1e10)
			}
		}
	}
}

// settled reports whether usage of an instant does not change any more.
func (o *organization) settled(at time.Time) bool {
	return at.Before(o.now.Truncate(24*time.Hour).AddDate(0, 0, -1))
}

// sums adds up what was booked in a span, by group and bucket.
func (o *organization) sums(kind string, from, to time.Time, width time.Duration) map[time.Time][]parcel {
	groups := map[group]parcel{}
	for _, p := range o.booked[kind] {
		if p.at.Before(from) || !p.at.Before(to) {
			continue
		}
		g := p.group
		g.at = g.at.Truncate(width)
		sum := groups[g]
		for i := range p.n {
			sum.n[i] += p.n[i]
		}
		sum.group, sum.nanos = g, sum.nanos+p.nanos
		groups[g] = sum
	}
	out := map[time.Time][]parcel{}
	for g, sum := range groups {
		out[g.at] = append(out[g.at], sum)
	}
	return out
}

// decimal is a whole number of units of 10^-places.
func decimal(n int64, places int) string {
	digits := fmt.Sprintf("%0*d", places+1, n)
	return digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}

// ServeHTTP implements http.Handler.
func (o *organization) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked != nil {
		o.asked()
	}
	kind, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	var doc any
	switch q := r.URL.Query(); kind {
	case "openai":
		doc = o.openai(path, q)
	case "anthropic":
		doc = o.anthropic(path, q)
	case "litellm":
		doc = o.litellm(w, path, q)
	}
	w.Header().Set("Date", o.now.Format(http.TimeFormat))
	if doc == nil {
		http.Error(w, `{"error":{"message":"no such thing"}}`, http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(doc)
}

// page is a page of a report, of a few buckets.
func (o *organization) page(kind string, from, to time.Time, q url.Values, bucket func(at, end time.Time) object, row func(parcel) object) object {
	width := map[string]time.Duration{"1d": 24 * time.Hour, "1h": time.Hour}[q.Get("bucket_width")]
	if n, err := strconv.ParseInt(q.Get("page"), 10, 64); err == nil {
		from = time.Unix(n, 0).UTC()
	}
	limit, _ := strconv.Atoi(q.Get("limit"))
	data, sums, next := []object{}, o.sums(kind, from, to, width), any(nil)
	for at := from; at.Before(to) && !at.After(o.now); at = at.Add(width) {
		if len(data) == min(limit, 60) {
			next = strconv.FormatInt(at.Unix(), 10)
			break
		}
		rows := []object{}
		for _, p := range sums[at] {
			rows = append(rows, row(p))
		}
		b := bucket(at, at.Add(width))
		b["results"] = rows
		data = append(data, b)
	}
	return object{"data": data, "has_more": next != nil, "next_page": next}
}

// null is a name as JSON has it.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (o *organization) openai(path string, q url.Values) any {
	unix := func(name string) time.Time {
		n, _ := strconv.ParseInt(q.Get(name), 10, 64)
		return time.Unix(n, 0).UTC()
	}
	bucket := func(at, end time.Time) object {
		return object{"object": "bucket", "start_time": at.Unix(), "end_time": end.Unix()}
	}
	row := func(p parcel) object {
		return object{"input_tokens": p.n[0] + p.n[1], "input_cached_tokens": p.n[1], "output_tokens": p.n[2], "num_model_requests": 1,
			"project_id": null(p.project), "api_key_id": null(p.key), "model": p.model}
	}
	switch {
	case path == "organization/costs":
		row = func(p parcel) object {
			return object{"amount": object{"value": json.RawMessage(decimal(p.nanos, 9)), "currency": "usd"},
				"line_item": p.model, "project_id": null(p.project), "api_key_id": null(p.key)}
		}
	case path == "organization/usage/completions":
	case strings.HasPrefix(path, "organization/usage/"):
		return object{"data": []object{}, "has_more": false}
	default:
		return nil
	}
	return o.page("openai", unix("start_time"), unix("end_time"), q, bucket, row)
}

func (o *organization) anthropic(path string, q url.Values) any {
	instant := func(name string) time.Time { t, _ := time.Parse(time.RFC3339, q.Get(name)); return t.UTC() }
	bucket := func(at, end time.Time) object {
		return object{"starting_at": at.Format(time.RFC3339), "ending_at": end.Format(time.RFC3339)}
	}
	row := func(p parcel) object {
		return object{"uncached_input_tokens": p.n[0], "cache_read_input_tokens": p.n[1], "output_tokens": p.n[2],
			"workspace_id": null(p.project), "api_key_id": null(p.key), "model": p.model}
	}
	switch path {
	case "organizations/cost_report": // in cents, and nobody says which key
		row = func(p parcel) object {
			return object{"amount": decimal(p.nanos, 7), "currency": "USD", "description": p.model, "workspace_id": null(p.project)}
		}
	case "organizations/usage_report/messages":
	default:
		return nil
	}
	return o.page("anthropic", instant("starting_at"), instant("ending_at"), q, bucket, row)
}

func (o *organization) litellm(w http.ResponseWriter, path string, q url.Values) any {
	if path != "spend/logs/v2" {
		return nil
	}
	at := func(name string) time.Time { t, _ := time.Parse("2006-01-02 15:04:05", q.Get(name)); return t }
	size, _ := strconv.Atoi(q.Get("page_size"))
	if size > 100 {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return object{"detail": "too many"}
	}
	var rows []parcel
	for _, p := range o.booked["litellm"] {
		if !p.at.Before(at("start_date")) && !p.at.After(at("end_date")) {
			rows = append(rows, p)
		}
	}
	slices.SortStableFunc(rows, func(a, b parcel) int { return a.at.Compare(b.at) })
	page, _ := strconv.Atoi(q.Get("page"))
	data, first := []object{}, min((page-1)*size, len(rows))
	for _, p := range rows[first:min(first+size, len(rows))] {
		data = append(data, object{"request_id": p.id, "api_key": p.key, "spend": json.RawMessage(decimal(p.nanos, 9)), "prompt_tokens": p.n[0] + p.n[1], "completion_tokens": p.n[2],
			"startTime": p.at.Format(time.RFC3339), "endTime": p.at.Format(time.RFC3339), "model": p.model, "custom_llm_provider": "bedrock", "team_id": p.project, "status": "success",
			"metadata": object{"status": "success", "additional_usage_values": object{"cache_read_input_tokens": p.n[1]}}})
	}
	return object{"data": data, "total": len(rows), "page": page, "page_size": size, "total_pages": (len(rows) + size - 1) / size}
}

// truth is what a store must hold in the end: tokens by source, hour, project,
// key and model, and the bills in 1e-9 USD by source, day, project and line item.
func (o *organization) truth() map[string]string {
	n, nanos := map[string][3]int64{}, map[string]int64{}
	for _, kind := range o.kinds() {
		for _, list := range o.sums(kind, o.since, o.now, time.Hour) {
			for _, p := range list {
				n[fmt.Sprint("used ", kind, p.at.Format(" 2006-01-02T15 "), []string{p.project, p.key, p.model})] = p.n
				if kind != "litellm" {
					nanos[fmt.Sprint("billed ", kind, p.at.Format(" 2006-01-02 "), []string{p.project, p.model})] += p.nanos
				}
			}
		}
	}
	out := map[string]string{}
	for k, v := range n {
		out[k] = fmt.Sprint(v)
	}
	for k, v := range nanos {
		out[k] = fmt.Sprint(v)
	}
	return out
}
