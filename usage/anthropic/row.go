package anthropic

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// page is a page of any of the reports. Rows are decoded one by one, so that a
// bad one costs itself only.
type page struct {
	Data     *[]json.RawMessage `json:"data"`
	HasMore  bool               `json:"has_more"`
	NextPage *string            `json:"next_page"`
}

// next returns the cursor of the next page, or "".
func (p *page) next() string {
	if !p.HasMore || p.NextPage == nil {
		return ""
	}
	return *p.NextPage
}

// check refuses what is JSON, but no report.
func (p *page) check() error {
	switch {
	case p.Data == nil:
		return &pull.Error{Code: pull.CodeShape, Final: true, Message: "the answer is JSON, but no report",
			Advice: "check the address (--base-url): it should lead to Anthropic's API itself"}
	case p.HasMore && p.next() == "":
		return &pull.Error{Code: pull.CodePaging, Message: "there is another page, but the answer does not say which", Advice: "try again later"}
	}
	return nil
}

// bucket is a span of a report.
type bucket struct {
	StartingAt string            `json:"starting_at"`
	Results    []json.RawMessage `json:"results"`
}

// text is a string or null.
type text string

// usageRow is a row of the messages report.
type usageRow struct {
	Input    pull.Number `json:"uncached_input_tokens"`
	Read     pull.Number `json:"cache_read_input_tokens"`
	Output   pull.Number `json:"output_tokens"`
	Creation *struct {
		Write5m pull.Number `json:"ephemeral_5m_input_tokens"`
		Write1h pull.Number `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
	Write pull.Number `json:"cache_creation_input_tokens"` // before writes were told apart
	Tools *struct {
		WebSearches pull.Number `json:"web_search_requests"`
	} `json:"server_tool_use"`
	Account        text `json:"account_id"`
	ServiceAccount text `json:"service_account_id"`
	Key            text `json:"api_key_id"`
	Speed          text `json:"speed"`
	conditions
}

// conditions are what the price depends on beside the counts.
type conditions struct {
	Workspace text `json:"workspace_id"`
	Model     text `json:"model"`
	Tier      text `json:"service_tier"`
	Context   text `json:"context_window"`
	Geography text `json:"inference_geo"`
}

// apply fills in the dimensions. The standard tier is "", and a geography that
// says nowhere in particular is no region.
func (c *conditions) apply(d *usage.Dims) {
	d.Project, d.Model, d.Tier, d.Region = string(c.Workspace), string(c.Model), string(c.Tier), string(c.Geography)
	if d.Tier == "standard" {
		d.Tier = ""
	}
	if d.Region == "global" || d.Region == "not_available" {
		d.Region = ""
	}
	d.Band = band(string(c.Context))
}

// band reads a range of total input such as "0-200k": above the first number,
// up to and with the second. What it cannot read is the unknown band.
func band(s string) usage.Band {
	from, to, ok := strings.Cut(s, "-")
	lo, ok1 := tokens(from)
	hi, ok2 := tokens(to)
	if !ok || !ok1 || !ok2 || hi <= lo {
		return usage.Band{}
	}
	if lo > 0 {
		lo++
	}
	return usage.Band{Lo: lo, End: hi + 1}
}

func tokens(s string) (int64, bool) {
	unit := int64(1)
	switch {
	case strings.HasSuffix(s, "k"):
		unit, s = 1000, s[:len(s)-1]
	case strings.HasSuffix(s, "M"):
		unit, s = 1_000_000, s[:len(s)-1]
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n * unit, err == nil && n >= 0 && n < 1e9
}

// counts reads counts and keeps the first slip.
type counts struct{ err error }

func (c *counts) of(field string, n pull.Number) int64 {
	i, err := n.Int()
	switch {
	case c.err != nil:
	case err != nil:
		c.err = fmt.Errorf("%s: %w", field, err)
	case i < 0 || i > usage.MaxTokens:
		c.err = fmt.Errorf("%s: %w: %d", field, usage.ErrImplausible, i)
	}
	return i
}

// record makes a record of a row. A row that counts nothing gives none.
func (r *usageRow) record(d usage.Dims) (rec usage.Record, used bool, err error) {
	var c counts
	rec = usage.Record{Dims: d, Requests: usage.Absent}
	rec.Input, rec.CacheRead, rec.Output = c.of("uncached_input_tokens", r.Input), c.of("cache_read_input_tokens", r.Read), c.of("output_tokens", r.Output)
	if r.Creation != nil {
		rec.CacheWrite5m = c.of("ephemeral_5m_input_tokens", r.Creation.Write5m)
		rec.CacheWrite1h = c.of("ephemeral_1h_input_tokens", r.Creation.Write1h)
	} else {
		rec.CacheWrite5m = c.of("cache_creation_input_tokens", r.Write)
	}
	if r.Tools != nil {
		rec.Quantities = buckets.Quantities(usage.Quantity{Meter: "web_search", N: c.of("web_search_requests", r.Tools.WebSearches)})
	}
	r.apply(&rec.Dims)
	rec.Key, rec.User = string(r.Key), cmp.Or(string(r.Account), string(r.ServiceAccount))
	if r.Speed == "fast" {
		rec.Tier = "fast"
	}
	return rec, !rec.Tokens.IsZero() || len(rec.Quantities) > 0, c.err
}

// costRow is a row of the cost report.
type costRow struct {
	Amount      pull.Number `json:"amount"`
	Currency    text        `json:"currency"`
	Description text        `json:"description"`
	CostType    text        `json:"cost_type"`
	conditions
}

// record makes a record of a row.
func (r *costRow) record(d usage.Dims) (rec usage.Record, err error) {
	rec = usage.Record{Dims: d, Requests: usage.Absent}
	r.apply(&rec.Dims)
	if item := cmp.Or(string(r.Description), string(r.CostType)); item != "" {
		rec.Tags = usage.NewTags(map[string]string{string(usage.ByLineItem): item})
	}
	rec.Currency = strings.ToUpper(cmp.Or(string(r.Currency), "USD"))
	if !r.Amount.Given() {
		return rec, errors.New("no amount")
	}
	if rec.Reported, err = hundredth(r.Amount).Amount(); err != nil {
		return rec, fmt.Errorf("amount: %w", err)
	}
	if len(rec.Currency) != 3 {
		return rec, fmt.Errorf("%.20q is not a currency code", rec.Currency)
	}
	return rec, nil
}

// hundredth turns cents into units of the currency by moving the point, which
// is exact.
func hundredth(cents pull.Number) pull.Number {
	mantissa, exponent := string(cents), 0
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		e, err := strconv.Atoi(mantissa[i+1:])
		if err != nil {
			return cents + "?" // no number either way
		}
		mantissa, exponent = mantissa[:i], e
	}
	if !strings.ContainsAny(mantissa, "0123456789") || strings.LastIndexAny(mantissa, "+-") > 0 {
		return cents + "?"
	}
	return pull.Number(strings.TrimPrefix(mantissa, "+") + "e" + strconv.Itoa(exponent-2))
}

// starts reads the beginning of a bucket.
func starts(at string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return time.Time{}, fmt.Errorf("starting_at %.40q is no instant", at)
	}
	return t.UTC(), nil
}
