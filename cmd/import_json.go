package cmd

import (
	"maps"
	"slices"

	"tokpit/internal/clean"
	"tokpit/money"
)

type filesDocument struct {
	Schema   string       `json:"schema"`
	AsOf     string       `json:"as_of"`
	Files    []importJSON `json:"files"`
	Revision uint64       `json:"revision"`
}

type importJSON struct {
	File           string         `json:"file"`
	State          string         `json:"state"` // counted, already, left, preview, failed
	Import         *string        `json:"import"`
	Format         *string        `json:"format"`
	NewMap         bool           `json:"new_map"`
	Map            []string       `json:"map"` // in words; null for a form without columns
	Rows           int64          `json:"rows"`
	Added          int64          `json:"added"`
	Replaced       int64          `json:"replaced"`
	Duplicates     int64          `json:"duplicates"`
	Bad            int64          `json:"bad"`
	Forgotten      int64          `json:"forgotten"` // turned away
	TooOld         int64          `json:"too_old"`
	Since          *string        `json:"since"` // of the first row, and of the last
	Until          *string        `json:"until"`
	Reasons        []reasonJSON   `json:"reasons"`  // of the first bad rows, in a preview
	LeftOut        []leftRowsJSON `json:"left_out"` // on purpose
	Overlaps       []string       `json:"overlaps"` // imports of bills that have charges of the same days and accounts
	Unsure         []string       `json:"unsure"`
	Open           []string       `json:"open"`
	IgnoredColumns []string       `json:"ignored_columns"`
	Models         []importSum    `json:"models"`
	Total          *importSum     `json:"total"`
	Error          *syncError     `json:"error"`
}

type reasonJSON struct {
	Line   int64  `json:"line"`
	Reason string `json:"reason"`
}

type importSum struct {
	Model          *string      `json:"model"`
	Provider       *string      `json:"provider"`
	Rows           int64        `json:"rows"`
	Requests       *int64       `json:"requests"`
	Tokens         importTokens `json:"tokens"`
	UnpricedTokens int64        `json:"unpriced_tokens"`
	Costs          []amountJSON `json:"costs"`    // at tokpit's prices
	Reported       []amountJSON `json:"reported"` // as the file says
}

type importTokens struct {
	Input        int64 `json:"input"`
	CacheRead    int64 `json:"cache_read"`
	CacheWrite5m int64 `json:"cache_write_5m"`
	CacheWrite1h int64 `json:"cache_write_1h"`
	Output       int64 `json:"output"`
	Reasoning    int64 `json:"reasoning"`
}

type amountJSON struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

func (r *importRun) document() filesDocument {
	d := filesDocument{Schema: "tokpit.import/1", AsOf: stamp(r.app.now()), Files: []importJSON{}}
	for i := range r.done {
		x := &r.done[i]
		d.Revision = max(d.Revision, x.revision)
		d.Files = append(d.Files, x.document())
	}
	return d
}

func (x *imported) document() importJSON {
	out := importJSON{State: x.state, Reasons: []reasonJSON{}, LeftOut: leftDocument(x.left), Overlaps: append([]string{}, x.overlaps...), Unsure: []string{}, Open: []string{}, IgnoredColumns: []string{}, Models: []importSum{}}
	if f := x.file; f != nil {
		out.File = clean.Limit(f.name, 4096)
		if f.format != nil {
			out.Format, out.NewMap = optional(f.format.Name()), f.fresh
		}
		if f.table != nil {
			out.Map = []string{}
			for _, line := range f.table.Words() {
				out.Map = append(out.Map, clean.Text(line))
			}
		}
		if f.guess != nil {
			for _, c := range f.guess.Columns {
				if c.As != "" && !c.Sure {
					out.Unsure = append(out.Unsure, clean.Text(c.Column))
				}
			}
			for _, open := range f.guess.Open {
				out.Open = append(out.Open, clean.Text(open))
			}
		}
	}
	if x.err != nil {
		out.Error = &syncError{clean.Text(x.err.Error()), clean.Text(hintOf(x.err))}
	}
	if x.state == importLeft {
		for _, why := range x.file.plan.Left {
			out.Open = append(out.Open, clean.Text(why))
		}
	}
	if x.preview != nil && x.state == importPreview {
		x.preview.document(&out, x.file)
	}
	if x.state == importCounted || x.state == importAlready {
		q := &x.receipt
		out.Import, out.Rows, out.Added, out.Replaced, out.Duplicates, out.Bad = optional(q.ID), q.Rows, q.Added, q.Replaced, q.Duplicates, q.Bad
		out.Forgotten, out.TooOld = q.Forgotten, q.TooOld
		out.Since, out.Until = optionalTime(q.First), optionalTime(q.Last)
		if x.sum != nil {
			total := x.sum.document()
			out.Total = &total
		}
		if x.state == importAlready {
			out.Added, out.Replaced, out.Duplicates = 0, 0, 0
		}
	}
	return out
}

func (p *preview) document(out *importJSON, f *importFile) {
	out.Rows, out.Bad, out.Since, out.Until = p.rows, p.bad, optionalTime(p.first), optionalTime(p.last)
	out.Forgotten = p.forgotten
	for _, q := range p.reasons {
		out.Reasons = append(out.Reasons, reasonJSON{q.Line, clean.Text(q.Reason)})
	}
	out.LeftOut = leftDocument(p.read.Left)
	for _, c := range f.ignored(p) {
		out.IgnoredColumns = append(out.IgnoredColumns, clean.Text(c))
	}
	for _, m := range p.sums() {
		out.Models = append(out.Models, m.document())
	}
	total := p.total().document()
	out.Total = &total
}

func (m *modelSum) document() importSum {
	s := importSum{Model: optional(clean.Text(m.model)), Provider: optional(clean.Text(m.provider)), Rows: m.rows, Tokens: importTokens(m.tokens),
		UnpricedTokens: m.unpriced, Costs: amountList(m.cost), Reported: amountList(m.reported)}
	if m.counted {
		s.Requests = &m.requests
	}
	return s
}

func amountList(all map[string]money.Amount) []amountJSON {
	out := []amountJSON{}
	for _, currency := range slices.Sorted(maps.Keys(all)) {
		out = append(out, amountJSON{currency, all[currency].String()})
	}
	return out
}
