package openai

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// standin is OpenAI's admin API in memory: it knows events, and adds them up
// for whoever asks, with the limits and the habits of the real one.
type standin struct {
	mu       sync.Mutex
	events   map[string][]event // by kind
	now      func() time.Time   // its own clock
	requests int
	asked    []string // paths with queries

	// fault may answer in the place of the API; n counts requests from 1.
	fault func(n int, w http.ResponseWriter, r *http.Request) bool
	// perPage splits answers, also inside a bucket, after so many rows.
	perPage int
	// omitEmpty leaves out buckets without rows; strings writes numbers as such.
	omitEmpty, strings bool
	names              map[string]string // answers of the directory, by path and query
}

// event is something that was used: dims and counts, as the API names them.
type event struct {
	at     time.Time
	dims   map[string]any
	counts map[string]int64
	amount string // costs
}

// Do lets the stand-in be a transport.
func (s *standin) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	dropped := serve(s, w, r)
	answer := w.Result()
	answer.Request = r
	if dropped {
		body, _ := io.ReadAll(answer.Body)
		answer.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), broken{}))
	}
	if err := r.Context().Err(); err != nil { // killed while it was on its way
		return nil, err
	}
	return answer, nil
}

// serve reports whether the connection was dropped.
func serve(s *standin, w http.ResponseWriter, r *http.Request) (dropped bool) {
	defer func() {
		if err := recover(); err == http.ErrAbortHandler {
			dropped = true
		} else if err != nil {
			panic(err)
		}
	}()
	s.ServeHTTP(w, r)
	return false
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (s *standin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	s.asked = append(s.asked, r.URL.String())
	w.Header().Set("Date", s.now().Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json")
	if s.fault != nil && s.fault(s.requests, w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+adminKey {
		refuse(w, 401, "invalid_api_key", "Incorrect API key provided: "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/v1/organization/")
	name := strings.TrimPrefix(path, "usage/")
	i := slices.IndexFunc(kinds(), func(k kind) bool { return k.name == name })
	switch {
	case i >= 0 && (name == kindCosts) == (path == name):
		s.report(w, r, kinds()[i])
	case s.names[path+"?after="+r.URL.Query().Get("after")] != "":
		io.WriteString(w, s.names[path+"?after="+r.URL.Query().Get("after")])
	case s.names[path] != "":
		io.WriteString(w, s.names[path])
	default:
		refuse(w, 404, "not_found", "Invalid URL (GET "+r.URL.Path+")")
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error", "param": nil, "code": code}})
}

// report answers for a kind of usage or for costs.
func (s *standin) report(w http.ResponseWriter, r *http.Request, k kind) {
	q := r.URL.Query()
	number := func(name string, otherwise int64) int64 {
		n, err := strconv.ParseInt(q.Get(name), 10, 64)
		if err != nil {
			return otherwise
		}
		return n
	}
	start, end := number("start_time", -1), number("end_time", s.now().Unix())
	width := map[string]int64{"1m": 60, "1h": 3600, "1d": 86400, "": 86400}[q.Get("bucket_width")]
	most := map[int64]int64{60: 1440, 3600: 168, 86400: 31}[width]
	if k.name == kindCosts {
		most = 180
	}
	groupBy := append(q["group_by"], q["group_by[]"]...)
	limit := number("limit", 7)
	for _, g := range groupBy {
		if !slices.Contains(k.groupBy, g) {
			refuse(w, 400, "invalid_value", "Invalid value for group_by: "+g)
			return
		}
		if k.name == kindCosts && g == byKey && start < 1764979200 {
			refuse(w, 400, "invalid_value", "group_by api_key_id is not supported before 1764979200")
			return
		}
	}
	if start < 0 || start > s.now().Unix() || width == 0 || k.name == kindCosts && width != 86400 || limit < 1 || limit > most {
		refuse(w, 400, "invalid_request", "start_time, bucket_width or limit: "+r.URL.RawQuery)
		return
	}
	skip := 0
	if page := q.Get("page"); page != "" {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(page, "page_"))
		if _, err2 := fmt.Sscanf(string(raw), "%d %d", &start, &skip); err != nil || err2 != nil {
			refuse(w, 400, "invalid_page", "the page is not one of ours")
			return
		}
	}
	s.answer(w, k, groupBy, start, min(end, s.now().Unix()+1), width, limit, skip)
}

// answer writes one page, skipping rows of its first bucket.
func (s *standin) answer(w http.ResponseWriter, k kind, groupBy []string, start, end, width, limit int64, skip int) {
	data, next, rows := []any{}, any(nil), 0
	events := map[int64][]event{} // by bucket
	for _, e := range s.events[k.name] {
		if at := e.at.Unix(); at >= start && at < end+width {
			events[at-at%width] = append(events[at-at%width], e)
		}
	}
	for at := start; at < end; at += width {
		if limit--; limit < 0 {
			next = cursor(at, 0)
			break
		}
		results := s.sum(k, groupBy, events[at])
		if len(results) == 0 && s.omitEmpty {
			continue
		}
		results = results[min(skip, len(results)):]
		taken := results
		if s.perPage > 0 && rows+len(results) > s.perPage {
			taken = results[:s.perPage-rows]
		}
		rows += len(taken)
		data = append(data, map[string]any{"object": "bucket", "start_time": at, "end_time": at + width, "results": taken, "is_new": true})
		if len(taken) < len(results) {
			next = cursor(at, skip+len(taken))
			break
		}
		skip = 0
	}
	json.NewEncoder(w).Encode(map[string]any{"object": "page", "data": data, "has_more": next != nil, "next_page": next})
}

func cursor(at int64, skip int) string {
	return "page_" + base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d %d", at, skip))
}

// sum groups the events of a bucket, in a fixed order.
func (s *standin) sum(k kind, groupBy []string, events []event) []any {
	type group struct {
		event
		money money.Amount
	}
	groups := map[string]*group{}
	for _, e := range events {
		key := ""
		for _, g := range groupBy {
			key += fmt.Sprint(e.dims[g], "\x00")
		}
		g := groups[key]
		if g == nil {
			g = &group{event: event{dims: e.dims, counts: map[string]int64{}}}
			groups[key] = g
		}
		for name, n := range e.counts {
			g.counts[name] += n
		}
		g.money = g.money.Add(amountOf(e.amount))
	}
	var keys []string
	for key := range groups {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	out := []any{}
	for i, key := range keys {
		g := groups[key]
		row := map[string]any{"object": k.object, "a_field_of_the_future": map[string]any{"n": 1}}
		for _, name := range k.groupBy {
			row[name] = nil
			if slices.Contains(groupBy, name) {
				row[name] = g.dims[name]
			}
		}
		for name, n := range g.counts {
			switch {
			case !s.strings:
				row[name] = n
			case i%2 == 0:
				row[name] = strconv.FormatInt(n, 10)
			default:
				row[name] = json.RawMessage(strconv.FormatInt(n, 10) + ".0")
			}
		}
		if k.name == kindCosts {
			row["amount"] = map[string]any{"value": json.RawMessage(g.money.String()), "currency": "usd"}
			if s.strings {
				row["amount"] = map[string]any{"value": g.money.String(), "currency": "usd"}
			}
		}
		out = append(out, row)
	}
	return out
}

func amountOf(s string) money.Amount {
	if s == "" {
		return money.Amount{}
	}
	a, err := money.Parse(s)
	if err != nil {
		panic(err)
	}
	return a
}

// truth is what a sink must hold of a kind in a grain: measures by bucket and
// dimensions, worked out from the events and not through the API.
func (s *standin) truth(out map[string]usage.Measures, kindName, grain string, from time.Time) {
	width := map[string]time.Duration{"1m": time.Minute, "1h": time.Hour, "1d": 24 * time.Hour}[grain]
	for _, e := range s.events[kindName] {
		if e.at.Before(from) {
			continue
		}
		r := expected(kindName, e)
		key := keyOf(kindName+"/"+grain, e.at.Truncate(width), &r.Dims)
		m := r.Measures()
		m.Records, m.Uncounted = 0, 0
		for i := range m.Reported {
			m.Reported[i].Records = 0
		}
		out[key] = out[key].Add(m)
	}
}

func keyOf(slice string, at time.Time, d *usage.Dims) string {
	return fmt.Sprintf("%s %s %s/%s/%s/%s/%s/%q", slice, at.UTC().Format("2006-01-02T15:04"), d.Project, d.User, d.Key, d.Model, d.Tier, d.Tags)
}

// expected is the record that one event alone would make.
func expected(kindName string, e event) usage.Record {
	str := func(name string) string { v, _ := e.dims[name].(string); return v }
	r := usage.Record{Dims: usage.Dims{Project: str("project_id"), User: str("user_id"), Key: str("api_key_id"), Model: str("model")}}
	n := e.counts
	r.Requests = n["num_model_requests"]
	add := func(meter string, v int64) {
		if v != 0 {
			r.Quantities = append(r.Quantities, usage.Quantity{Meter: meter, N: v})
		}
	}
	pair := func(name, field string) string {
		if v := str(field); v != "" {
			return name + "=" + v
		}
		return ""
	}
	join := func(list ...string) usage.Tags {
		return usage.Tags(strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), "\n"))
	}
	switch kindName {
	case "completions", "decisions":
		r.Tokens = usage.Tokens{
			Input:        n["input_tokens"] - n["input_cached_tokens"] - n["input_cache_write_tokens"] - n["input_audio_tokens"],
			CacheRead:    n["input_cached_tokens"] - n["input_cached_audio_tokens"],
			CacheWrite5m: n["input_cache_write_30m_tokens"], CacheWrite1h: n["input_cache_write_12h_tokens"],
			Output: n["output_tokens"] - n["output_audio_tokens"] - n["output_image_tokens"]}
		add("audio_cache_read", n["input_cached_audio_tokens"])
		add("audio_input", n["input_audio_tokens"])
		add("audio_output", n["output_audio_tokens"])
		add("image_output", n["output_image_tokens"])
		if r.Tier = str("service_tier"); r.Tier == "default" {
			r.Tier = ""
		}
		if e.dims["batch"] == true {
			r.Tier = "batch"
		}
	case "embeddings", "moderations":
		r.Input = n["input_tokens"]
	case "images":
		add("images", n["images"])
		r.Tags = join(pair("image_size", "size"), pair("image_source", "source"))
	case "audio_speeches":
		add("characters", n["characters"])
	case "audio_transcriptions":
		add("audio_seconds", n["seconds"])
	case "vector_stores":
		add("vector_store_kib_days", n["usage_bytes"]/1024)
	case "code_interpreter_sessions":
		add("code_interpreter_sessions", n["num_sessions"])
	case "file_search_calls":
		add("file_search", n["num_requests"])
		r.Tags = join(pair("vector_store", "vector_store_id"))
	case "web_search_calls":
		add("web_search", n["num_requests"])
		r.Requests = 0 // the responses are completions'
		r.Tags = join(pair("context_level", "context_level"))
	case "costs":
		r.Reported, r.Currency, r.Requests = amountOf(e.amount), "USD", 0
		r.Tags = join(pair("line_item", "line_item"))
	default:
		panic(errors.New(kindName))
	}
	return r
}
