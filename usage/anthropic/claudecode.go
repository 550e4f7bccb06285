package anthropic

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// claudeCodeRow is a day of one person in the Claude Code report.
type claudeCodeRow struct {
	Date  string `json:"date"`
	Actor struct {
		Email text `json:"email_address"`
	} `json:"actor"`
	Organization text `json:"organization_id"`
	Customer     text `json:"customer_type"`
	Terminal     text `json:"terminal_type"`
	Models       []struct {
		Model  text `json:"model"`
		Tokens struct {
			Input    pull.Number `json:"input"`
			Output   pull.Number `json:"output"`
			Read     pull.Number `json:"cache_read"`
			Creation pull.Number `json:"cache_creation"`
		} `json:"tokens"`
	} `json:"model_breakdown"`
}

// claudeCodeSource is the source that logs of Claude Code have, and plans for it.
const claudeCodeSource = "claude-code"

// subscription is the customer type of usage that is in no other report.
const subscription = "subscription"

// claudeCode is the Claude Code report, which gives one day at a time.
func (p *puller) claudeCode() *stream {
	return &stream{name: "claude_code", grain: "1d", window: 1, optional: true, read: p.readClaudeCode}
}

func (p *puller) readClaudeCode(ctx context.Context, w *buckets.Writer) error {
	day := w.Keep.Since
	q := url.Values{"starting_at": {day.Format(time.DateOnly)}, "limit": {"1000"}}
	line := 0
	return pull.Pages(func(cursor string) (string, error) {
		if cursor != "" {
			q.Set("page", cursor)
		}
		var got page
		err := p.plain.Get(ctx, "organizations/usage_report/claude_code", q, &got)
		if e := pull.AsError(err); e != nil && e.Status == http.StatusBadRequest && !day.Before(p.now.Truncate(buckets.Day)) {
			return "", nil // by its clock the day has not begun
		}
		if err != nil {
			return "", err
		}
		if err := got.check(); err != nil {
			return "", err
		}
		// A person's day may go on across pages, so all of a day is one page to
		// the bucket: its rows add up.
		into, err := w.Bucket(day)
		if err != nil {
			return "", err
		}
		w.Count(len(*got.Data))
		for _, raw := range *got.Data {
			line++
			if err := p.claudeCodeRow(raw, into); err != nil {
				w.Bad(buckets.At(day), line, reason(err))
			}
		}
		return got.next(), nil
	})
}

// claudeCodeRow adds a person's day, model by model; all of them or none.
func (p *puller) claudeCodeRow(raw json.RawMessage, into *buckets.Bucket) error {
	var r claudeCodeRow
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	if r.Customer != subscription {
		return nil
	}
	if at, err := time.Parse(time.RFC3339, r.Date); r.Date != "" && (err != nil || !at.UTC().Truncate(buckets.Day).Equal(into.Start)) {
		return fmt.Errorf("date %.40q is not the day that was asked for", r.Date)
	}
	d := p.dims(usage.Reported)
	d.Source, d.User = claudeCodeSource, string(r.Actor.Email)
	if id := p.users[d.User]; id != "" {
		d.User = id
	}
	d.Organization = cmp.Or(d.Organization, string(r.Organization))
	if r.Terminal != "" {
		d.Tags = usage.NewTags(map[string]string{"terminal": string(r.Terminal)})
	}
	var c counts
	var recs []usage.Record
	for _, m := range r.Models {
		rec := usage.Record{Dims: d, Requests: usage.Absent}
		rec.Model = string(m.Model)
		rec.Tokens = usage.Tokens{Input: c.of("input", m.Tokens.Input), CacheRead: c.of("cache_read", m.Tokens.Read),
			CacheWrite5m: c.of("cache_creation", m.Tokens.Creation), Output: c.of("output", m.Tokens.Output)}
		if !rec.Tokens.IsZero() {
			recs = append(recs, rec)
		}
	}
	if c.err != nil {
		return c.err
	}
	for _, rec := range recs {
		into.Add(rec)
	}
	return nil
}
