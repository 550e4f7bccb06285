package anthropic

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// dimensions lists what the messages report is grouped by. Those further down
// are younger: where a group is refused, it and all after it are left out.
func dimensions() [][]string {
	return [][]string{
		{"api_key_id", "workspace_id", "model", "service_tier", "context_window"},
		{"inference_geo"},
		{"account_id", "service_account_id"},
		{"speed"},
	}
}

// groupBy returns the dimensions without the last level groups of them.
func groupBy(level int) (out []string) {
	all := dimensions()
	for _, group := range all[:len(all)-level] {
		out = append(out, group...)
	}
	return out
}

// messages is the messages report.
func (p *puller) messages() *stream {
	days := map[string]int{"1d": 31, "1h": 7, "1m": 1}
	limits := map[string]int{"1d": 31, "1h": 168, "1m": 1440}
	grain := p.opt.Grain
	return &stream{name: "messages", grain: grain, covers: usage.Reported, window: days[grain],
		read: func(ctx context.Context, w *buckets.Writer) error {
			for limit := limits[grain]; ; {
				q := p.span(w)
				q.Set("bucket_width", grain)
				q.Set("limit", strconv.Itoa(limit))
				q["group_by[]"] = groupBy(p.level)
				err := p.pages(ctx, p.asking(), "organizations/usage_report/messages", q, w, p.usageRow)
				switch e := pull.AsError(err); {
				case e == nil:
					return err
				case e.Code == pull.CodeTooLarge && limit > 1:
					limit = max(1, limit/4)
				case e.Status == http.StatusBadRequest && p.level < len(dimensions())-1 && aboutGroups(e.Message):
					p.level++
				default:
					return err
				}
			}
		}}
}

// asking is the client that may group by as much as is left.
func (p *puller) asking() *pull.Client {
	if p.level == 0 {
		return p.beta
	}
	return p.plain
}

// aboutGroups reports whether a refusal is about what to group by.
func aboutGroups(message string) bool {
	for _, word := range []string{"group_by", "speed", "beta", "inference_geo", "account_id"} {
		if strings.Contains(message, word) {
			return true
		}
	}
	return false
}

// costs is the cost report.
func (p *puller) costs() *stream {
	return &stream{name: "cost", grain: "1d", covers: usage.Billed, window: 31,
		read: func(ctx context.Context, w *buckets.Writer) error {
			q := p.span(w)
			q.Set("bucket_width", "1d")
			q.Set("limit", "31")
			q["group_by[]"] = []string{"workspace_id", "description"}
			return p.pages(ctx, p.plain, "organizations/cost_report", q, w, p.costRow)
		}}
}

// span asks for the window. A span with no bucket that has ended is refused, so
// a short one begins some days earlier; the writer ignores those days.
func (p *puller) span(w *buckets.Writer) url.Values {
	from := w.Keep.Since
	if early := p.now.Truncate(buckets.Day).Add(-DefaultTrailing * buckets.Day); early.Before(from) {
		from = early
	}
	return url.Values{"starting_at": {from.Format(time.RFC3339)}, "ending_at": {w.Keep.Until.Format(time.RFC3339)}}
}

// pages reads all pages of a span and gives every row to add.
func (p *puller) pages(ctx context.Context, c *pull.Client, path string, q url.Values, w *buckets.Writer,
	add func(json.RawMessage, *buckets.Bucket) error) error {
	return pull.Pages(func(cursor string) (string, error) {
		if cursor != "" {
			q.Set("page", cursor)
		}
		var got page
		if err := c.Get(ctx, path, q, &got); err != nil {
			return "", err
		}
		if err := got.check(); err != nil {
			return "", err
		}
		w.NextPage()
		for i, raw := range *got.Data {
			if err := readBucket(raw, i, w, add); err != nil {
				return "", err
			}
		}
		return got.next(), nil
	})
}

// readBucket reads one bucket. Only errors of the writer are returned: what
// cannot be read is quarantined.
func readBucket(raw json.RawMessage, i int, w *buckets.Writer, add func(json.RawMessage, *buckets.Bucket) error) error {
	var b bucket
	if err := json.Unmarshal(raw, &b); err != nil {
		w.Bad("bucket", i+1, "bucket: "+reason(err))
		return nil
	}
	start, err := starts(b.StartingAt)
	if err != nil {
		w.Bad("bucket", i+1, err.Error())
		return nil
	}
	into, err := w.Bucket(start)
	if err != nil || into == nil {
		return err
	}
	w.Count(len(b.Results))
	for line, row := range b.Results {
		if err := add(row, into); err != nil {
			w.Bad(buckets.At(into.Start), line+1, reason(err))
		}
	}
	return nil
}

// reason is an error in words that do not repeat what was sent.
func reason(err error) string {
	switch e := err.(type) {
	case *json.UnmarshalTypeError:
		if e.Field == "" {
			return "unexpected " + e.Value
		}
		return e.Field[strings.LastIndexByte(e.Field, '.')+1:] + ": unexpected " + e.Value
	case *json.SyntaxError:
		return "not JSON"
	}
	return err.Error()
}

// dims are what all records of a report have in common.
func (p *puller) dims(basis usage.Basis) usage.Dims {
	return usage.Dims{Source: Type, Provider: Type, Account: p.opt.Account, Organization: p.organization, Basis: basis}
}

func (p *puller) usageRow(raw json.RawMessage, into *buckets.Bucket) error {
	var r usageRow
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	rec, used, err := r.record(p.dims(usage.Reported))
	if err == nil && used {
		into.Add(rec)
	}
	return err
}

func (p *puller) costRow(raw json.RawMessage, into *buckets.Bucket) error {
	var r costRow
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	rec, err := r.record(p.dims(usage.Billed))
	if err == nil {
		into.Add(rec)
	}
	return err
}
