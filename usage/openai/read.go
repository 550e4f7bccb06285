package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// window reads some days of a stream and remembers them.
func (p *puller) window(ctx context.Context, st *stream, span usage.Span) error {
	w := &buckets.Writer{Stream: st.name, Grain: st.grain, Keep: span, Clear: st.clear, Report: &p.report, Emit: func(b usage.Batch) error {
		if !st.started {
			st.started = true
			b.Reread = append(b.Reread, buckets.File(st.name+"/"+st.grain, misplaced))
		}
		if err := p.emit(b); err != nil {
			return &emitError{err}
		}
		return nil
	}}
	for _, part := range st.parts(span) {
		if err := p.part(ctx, st, part, w); err != nil {
			return err
		}
	}
	days := st.days
	days.Read(span)
	last := usage.Batch{Cursors: usage.Cursors{st.name: days.Encode()}}
	if covered, ok := w.Covered(p.now); ok && (st.name == kindCompletions || st.name == kindCosts) {
		last.Covered = []usage.Coverage{{Provider: Type, Account: p.opt.Account, Basis: st.covers(), Span: covered}}
	}
	if err := w.Finish(p.now, last); err != nil {
		return err
	}
	st.days = days
	return nil
}

// covers returns the basis of the kind's records.
func (k *kind) covers() usage.Basis {
	if k.basis != usage.BasisUnknown {
		return k.basis
	}
	return usage.Reported
}

// part is a span that can be asked for in one way.
type part struct {
	usage.Span
	groupBy []string
}

const byKey = "api_key_id"

// keyedCosts is since when OpenAI tells costs by key; it refuses to group an
// earlier span by it.
func keyedCosts() time.Time { return time.Unix(1764979200, 0).UTC() } // 2025-12-06

// parts splits a window where a kind can be grouped by less before an instant.
func (k *kind) parts(span usage.Span) []part {
	at := keyedCosts()
	if k.name != kindCosts || !span.Since.Before(at) {
		return []part{{span, k.groupBy}}
	}
	out := []part{{usage.Span{Since: span.Since, Until: span.Until}, without(k.groupBy, byKey)}}
	if at.Before(span.Until) {
		out[0].Until = at
		out = append(out, part{usage.Span{Since: at, Until: span.Until}, k.groupBy})
	}
	return out
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}

// part reads the pages of a part. Pages that are too large are asked for again
// with fewer buckets, and costs that are not told by key without it.
func (p *puller) part(ctx context.Context, st *stream, in part, w *buckets.Writer) error {
	length, _ := buckets.Grain(st.grain)
	for {
		q := question{since: in.Since, until: in.Until, width: st.grain, groupBy: in.groupBy,
			limit: min(st.limit, int64(in.Until.Sub(in.Since)/length))}
		err := pull.Pages(func(cursor string) (string, error) {
			q.page = cursor
			return p.page(ctx, st, q, w)
		})
		e := pull.AsError(err)
		switch {
		case e == nil:
			return err
		case e.Code == pull.CodeTooLarge && q.limit > 1:
			st.limit = max(1, q.limit/4)
		case e.Status == http.StatusBadRequest && st.name == kindCosts && slices.Contains(in.groupBy, byKey) && strings.Contains(e.Message, byKey):
			in.groupBy = without(in.groupBy, byKey)
		default:
			return err
		}
	}
}

// page reads one page and returns the cursor of the next.
func (p *puller) page(ctx context.Context, st *stream, q question, w *buckets.Writer) (string, error) {
	var got page
	if err := p.client.Get(ctx, st.path(), q.query(), &got); err != nil {
		return "", err
	}
	if got.Data == nil { // nothing at all is not the same as nothing used
		return "", &pull.Error{Status: http.StatusOK, Code: pull.CodeShape, Final: true, Message: "the answer is JSON, but not a page of usage", Advice: adviceBase}
	}
	w.NextPage()
	for i := range got.Data {
		if err := p.bucket(st, &got.Data[i], usage.Span{Since: q.since, Until: q.until}, w); err != nil {
			return "", err
		}
	}
	next := got.NextPage.String()
	switch {
	case !got.HasMore:
		return "", nil
	case next == "":
		return "", &pull.Error{Code: pull.CodePaging, Final: true, Message: "there is more to read, but the provider does not say where"}
	}
	return next, nil
}

// misplaced names the buckets that cannot be, in the quarantine.
const misplaced = "misplaced"

// bucket reads the rows of one bucket. It returns errors of the writer only:
// what cannot be read is quarantined.
func (p *puller) bucket(st *stream, b *bucket, asked usage.Span, w *buckets.Writer) error {
	start, ok := b.start()
	length, _ := buckets.Grain(st.grain)
	why := ""
	switch {
	case !ok:
		why = fmt.Sprintf("a bucket that begins at %.40q", string(b.StartTime))
	case start.Before(asked.Since) || !start.Before(asked.Until):
		why = fmt.Sprintf("a bucket that begins at %s, outside of what was asked for", buckets.At(start))
	case !start.Equal(start.Truncate(length)):
		why = fmt.Sprintf("a bucket of %s that begins at %s", st.grain, start.Format(time.RFC3339))
	}
	if why != "" {
		if st.misplaced++; len(b.Results) > 0 || !ok {
			w.Bad(misplaced, st.misplaced, fmt.Sprintf("%s, with %d rows", why, len(b.Results)))
		}
		return nil
	}
	into, err := w.Bucket(start)
	if err != nil || into == nil {
		return err
	}
	w.Count(len(b.Results))
	for i := range b.Results {
		r, err := st.record(&b.Results[i])
		if err != nil {
			w.Bad(buckets.At(start), i+1, err.Error())
			continue
		}
		r.Source, r.Provider, r.Account, r.Basis = Type, Type, p.opt.Account, st.covers()
		// Several tiers of OpenAI's are one of ours, but not one row.
		into.AddAs(r, b.Results[i].Batch.String()+"\n"+b.Results[i].ServiceTier.String())
	}
	return nil
}

// record reads one row.
func (k *kind) record(r *result) (usage.Record, error) {
	if r.err != nil {
		return usage.Record{}, errors.New("not a result")
	}
	if what := r.Object.String(); what != "" && what != k.object {
		return usage.Record{}, fmt.Errorf("a result of another kind: %.60q", what)
	}
	rec, err := k.read(&r.row)
	if err != nil {
		return rec, err
	}
	if err := rec.Tokens.Check(); err != nil {
		return rec, err
	}
	for _, q := range rec.Quantities {
		if q.N > usage.MaxTokens {
			return rec, fmt.Errorf("%w: %d %s", usage.ErrImplausible, q.N, q.Meter)
		}
	}
	return rec, nil
}
