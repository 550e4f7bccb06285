package litellm

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
)

// errNoLog says that requests are not to be had, so that sums have to do.
var errNoLog = errors.New("no spend log")

// route is where a proxy has its log.
type route uint8

const (
	unknown route = iota
	paged         // /spend/logs/v2: pages of a span
	older         // /spend/logs/ui: the same, on proxies of 2025
	listed        // /spend/logs: whole days without pages
	nowhere
)

func (r route) path() string {
	switch r {
	case paged:
		return "spend/logs/v2"
	case older:
		return "spend/logs/ui"
	}
	return "spend/logs"
}

const (
	manyRows    = 5_000                 // in a span of more than an hour: it is read hour by hour
	longestList = 10_000                // proxies cut their answer off there
	stamp       = "2006-01-02 15:04:05" // of spans, in UTC
)

// readLog gives every row of a span to the log. It returns errNoLog if there is
// none.
func (p *puller) readLog(ctx context.Context, span usage.Span, log *log) error {
	for {
		if p.route == unknown {
			p.route = paged
		}
		var err error
		switch p.route {
		case nowhere:
			return errNoLog
		case listed:
			err = p.readList(ctx, span, log)
		default:
			err = p.readPages(ctx, span, log)
		}
		e := pull.AsError(err)
		switch {
		case e == nil:
			return err
		case e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed:
			p.route++
		case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
			p.route, p.refusal = nowhere, err
		default:
			return err
		}
	}
}

// logPage is a page of the log.
type logPage struct {
	Data       *[]json.RawMessage `json:"data"`
	Total      pull.Number        `json:"total"`
	TotalPages pull.Number        `json:"total_pages"`
	Capped     bool               `json:"total_is_capped"`
}

// readPages reads a span page by page, oldest row first. Where there are very
// many, it goes hour by hour: the further a page is from the first, the longer
// a proxy needs for it.
func (p *puller) readPages(ctx context.Context, span usage.Span, log *log) error {
	q := firstPage(span)
	seen := map[uint64]bool{}
	for number := 1; ; number++ {
		got, err := p.logPage(ctx, q, number)
		if err != nil {
			return err
		}
		total, _ := got.Total.Int()
		if number == 1 && (got.Capped || total > manyRows) && span.Until.Sub(span.Since) > time.Hour {
			return p.readHours(ctx, span, log)
		}
		rows := *got.Data
		if hash := hashOf(rows); seen[hash] && len(rows) > 0 {
			return &pull.Error{Code: pull.CodePaging, Final: true, Message: "the proxy's pages repeat themselves",
				Advice: "nothing was counted twice; try again later"}
		} else {
			seen[hash] = true
		}
		for _, raw := range rows {
			if err := log.add(raw); err != nil {
				return err
			}
		}
		pages, err := got.TotalPages.Int()
		known := err == nil && got.TotalPages.Given() && !got.Capped
		if len(rows) == 0 || known && int64(number) >= pages || number >= pull.MaxPages {
			return nil
		}
	}
}

// firstPage asks for a span, oldest row first.
func firstPage(span usage.Span) url.Values {
	return url.Values{"start_date": {span.Since.Format(stamp)}, "end_date": {span.Until.Format(stamp)},
		"sort_by": {"startTime"}, "sort_order": {"asc"}}
}

func (p *puller) readHours(ctx context.Context, span usage.Span, log *log) error {
	for at := span.Since; at.Before(span.Until); at = at.Add(time.Hour) {
		if err := p.readPages(ctx, usage.Span{Since: at, Until: at.Add(time.Hour)}, log); err != nil {
			return err
		}
	}
	return nil
}

// logPage asks for one page, as large as the proxy allows.
func (p *puller) logPage(ctx context.Context, q url.Values, number int) (got logPage, err error) {
	if p.pageSize == 0 {
		p.pageSize = 1000
	}
	q.Set("page", strconv.Itoa(number))
	q.Set("page_size", strconv.Itoa(p.pageSize))
	err = p.client.Get(ctx, p.route.path(), q, &got)
	if e := pull.AsError(err); e != nil && p.pageSize > 100 && number == 1 &&
		(e.Status == http.StatusUnprocessableEntity || e.Code == pull.CodeTooLarge) {
		p.pageSize = 100 // all that older ones allow
		return p.logPage(ctx, q, number)
	}
	if err == nil && got.Data == nil {
		err = notLiteLLM()
	}
	return got, err
}

func notLiteLLM() error {
	return &pull.Error{Code: pull.CodeShape, Final: true, Message: "the answer is JSON, but not that of a LiteLLM proxy",
		Advice: "check the address (--base-url): it should lead to the proxy itself"}
}

func hashOf(rows []json.RawMessage) uint64 {
	h := fnv.New64a()
	for _, raw := range rows {
		_, _ = h.Write(raw)
	}
	return h.Sum64()
}

// readList reads the log of proxies that have no pages: the whole day, as one
// list. A proxy that sums it up instead has none, and neither has a day that is
// too long for a list.
func (p *puller) readList(ctx context.Context, span usage.Span, log *log) error {
	q := url.Values{"start_date": {span.Since.Format(time.DateOnly)}, "end_date": {span.Until.Format(time.DateOnly)}, "summarize": {"false"}}
	var rows []json.RawMessage
	err := p.client.Get(ctx, p.route.path(), q, &rows)
	if e := pull.AsError(err); e != nil && e.Code == pull.CodeTooLarge || len(rows) >= longestList {
		return errNoLog
	}
	if err != nil {
		return err
	}
	for _, raw := range rows {
		var r struct {
			ID *string `json:"request_id"`
		}
		if json.Unmarshal(raw, &r) == nil && r.ID == nil {
			return errNoLog
		}
	}
	for _, raw := range rows {
		if err := log.add(raw); err != nil {
			return err
		}
	}
	return nil
}
