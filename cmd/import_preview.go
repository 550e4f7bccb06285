package cmd

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
	"tokpit/usage/importer"
)

// preview is what an import would count. It is a sink that stores nothing, so that
// what it shows has passed the same door.
type preview struct {
	book *pricing.Book

	rows, bad   int64
	forgotten   int64 // rows turned away, as their like was forgotten
	first, last time.Time
	reasons     []usage.Quarantined // the first ones
	samples     []sampleRow
	models      map[modelKey]*modelSum
	read        importer.Reading
	shown       bool // on the terminal already
}

type modelKey struct{ provider, model string }

// modelSum is what the rows of one model add up to.
type modelSum struct {
	modelKey
	rows, requests int64
	counted        bool // some row counts requests
	tokens         usage.Tokens
	unpriced       int64
	priced         bool
	cost, reported map[string]money.Amount // by currency
}

func newModelSum() *modelSum {
	return &modelSum{cost: make(map[string]money.Amount), reported: make(map[string]money.Amount)}
}

func (m *modelSum) add(r *usage.Record, charge *pricing.Charge) {
	m.rows++
	if r.Requests != usage.Absent {
		m.requests, m.counted = m.requests+r.Requests, true
	}
	m.tokens = m.tokens.Add(r.Tokens)
	m.unpriced += charge.UnpricedTokens
	if charge.Priced {
		m.priced = true
		m.cost[charge.Currency] = m.cost[charge.Currency].Add(charge.Cost)
	}
	if r.Currency != "" {
		m.reported[r.Currency] = m.reported[r.Currency].Add(r.Reported)
	}
}

// price says what the tokens cost at list price.
func (m *modelSum) price() string {
	switch {
	case m.tokens.IsZero() && !m.priced:
		return amounts(m.cost)
	case !m.priced:
		return "unpriced"
	case m.unpriced > 0:
		return amounts(m.cost) + fmt.Sprintf(" (%s tokens unpriced)", group(m.unpriced))
	}
	return amounts(m.cost)
}

// sampleRow is one of the first rows.
type sampleRow struct {
	record usage.Record
	charge pricing.Charge
}

// Limits of what a preview keeps.
const (
	previewRows   = 5
	previewModels = 5000
)

// look reads a file and adds up what would be counted.
func (r *importRun) look(ctx context.Context, f *importFile) (*preview, error) {
	p := &preview{book: r.app.book, models: make(map[modelKey]*modelSum)}
	shown := newProgress(r.c.ErrOrStderr())
	defer shown.clear()
	src := r.source(f, "", shown)
	privacy, err := r.app.door(ctx)
	if err != nil {
		return nil, err
	}
	res, err := ingest.Run(ctx, src, p, ingest.Options{Now: r.app.now, Privacy: privacy})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", clean.Limit(f.name, 200), err)
	}
	p.read, p.forgotten = src.Read, res.Forgotten
	p.bad = src.Read.Bad + res.Quarantined - min(src.Read.Bad, importer.MaxBad)
	return p, nil
}

// Cursors implements [ingest.Sink]: nothing has been read.
func (p *preview) Cursors(context.Context, string) (usage.Cursors, error) { return nil, nil }

// Commit implements [ingest.Sink].
func (p *preview) Commit(_ context.Context, _ string, b usage.Batch) (usage.Receipt, error) {
	for i := range b.Records {
		p.add(&b.Records[i])
	}
	for _, q := range b.Quarantined {
		if len(p.reasons) < previewRows {
			p.reasons = append(p.reasons, q)
		}
	}
	return usage.Receipt{Added: int64(len(b.Records))}, nil
}

func (p *preview) add(r *usage.Record) {
	p.rows++
	if p.first.IsZero() || r.Start.Before(p.first) {
		p.first = r.Start
	}
	if r.Start.After(p.last) {
		p.last = r.Start
	}
	key := modelKey{r.Provider, r.Model}
	sum := p.models[key]
	if sum == nil {
		if len(p.models) >= previewModels {
			key = modelKey{"", "(others)"}
			sum = p.models[key]
		}
		if sum == nil {
			sum = newModelSum()
			sum.modelKey = key
			p.models[key] = sum
		}
	}
	charge := pricing.Charge{}
	if r.Basis != usage.Billed {
		charge = p.book.ChargeRecord(r)
	}
	sum.add(r, &charge)
	if len(p.samples) < previewRows {
		p.samples = append(p.samples, sampleRow{*r, charge})
	}
}

// sums are the models, those with the most rows first.
func (p *preview) sums() []*modelSum {
	return slices.SortedFunc(maps.Values(p.models), func(a, b *modelSum) int {
		return cmp.Or(cmp.Compare(b.rows, a.rows), cmp.Compare(a.provider, b.provider), cmp.Compare(a.model, b.model))
	})
}

// total adds the models up.
func (p *preview) total() *modelSum {
	all := newModelSum()
	for _, m := range p.models {
		all.rows, all.requests, all.counted = all.rows+m.rows, all.requests+m.requests, all.counted || m.counted
		all.tokens, all.unpriced, all.priced = all.tokens.Add(m.tokens), all.unpriced+m.unpriced, all.priced || m.priced
		for _, x := range []struct{ to, from map[string]money.Amount }{{all.cost, m.cost}, {all.reported, m.reported}} {
			for currency, amount := range x.from {
				x.to[currency] = x.to[currency].Add(amount)
			}
		}
	}
	return all
}
