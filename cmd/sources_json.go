package cmd

import (
	"time"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/usage"
)

// sourcesJSON is the document of `sources list --json`. What is not known, or
// does not apply to a source, is null.
type sourcesJSON struct {
	Schema  string       `json:"schema"`
	AsOf    string       `json:"as_of"`
	Sources []sourceJSON `json:"sources"`
}

type sourceJSON struct {
	Name        string         `json:"name"`
	Type        *string        `json:"type"` // null for what is found by itself
	Kind        string         `json:"kind"`
	Basis       *string        `json:"basis"`
	State       string         `json:"state"`
	Account     *string        `json:"account"`
	Key         *string        `json:"key"` // a reference
	BaseURL     *string        `json:"base_url"`
	Grain       *string        `json:"grain"`
	Since       *string        `json:"since"`
	Added       *string        `json:"added"`
	LastSync    *string        `json:"last_sync"` // that went well
	LastTry     *string        `json:"last_try"`
	Records     int64          `json:"records"`
	First       *string        `json:"first"`
	Last        *string        `json:"last"`
	Files       int64          `json:"files"`
	Quarantined int64          `json:"quarantined"`
	Pending     int64          `json:"pending"`
	Coverage    []coverageJSON `json:"coverage"`
	Places      []placeJSON    `json:"places"`
	Standing    *standingJSON  `json:"standing"`
	Notes       []string       `json:"notes"`
	Error       *syncError     `json:"error"`
}

type coverageJSON struct {
	Provider string  `json:"provider"`
	Account  *string `json:"account"`
	Basis    string  `json:"basis"`
	Since    string  `json:"since"`
	Until    string  `json:"until"` // exclusive
}

type placeJSON struct {
	Path  string  `json:"path"`
	Why   string  `json:"why"`
	Found bool    `json:"found"`
	Files int64   `json:"files"`
	Error *string `json:"error"`
}

type standingJSON struct {
	At     string      `json:"at"`
	Credit *creditJSON `json:"credit"`
	Limits []limitJSON `json:"limits"`
	// Windows are what a tool said of the allowances of its plan.
	Windows []toldWindowJSON `json:"windows"`
}

type toldWindowJSON struct {
	Name    string  `json:"name"`
	Used    string  `json:"used_percent"`
	Minutes int64   `json:"window_minutes"`
	Resets  *string `json:"resets_at"` // null: not said
	At      string  `json:"said_at"`
}

type creditJSON struct {
	Granted  string `json:"granted"`
	Used     string `json:"used"`
	Currency string `json:"currency"`
}

type limitJSON struct {
	Scope    string  `json:"scope"`
	ID       *string `json:"id"`
	Amount   string  `json:"amount"`
	Currency string  `json:"currency"`
	Interval string  `json:"interval"`
	Enforced bool    `json:"enforced"`
	Note     *string `json:"note"`
}

func sourcesDocument(list []listed, asOf time.Time) sourcesJSON {
	doc := sourcesJSON{Schema: "tokpit.sources/1", AsOf: stamp(asOf), Sources: []sourceJSON{}}
	for i := range list {
		doc.Sources = append(doc.Sources, list[i].document())
	}
	return doc
}

func (l *listed) document() sourceJSON {
	out := sourceJSON{Name: clean.Text(l.Name), Type: harmless(l.Type), Kind: l.Kind, Basis: harmless(l.Basis.String()), State: l.state,
		Account: harmless(l.Account), Key: harmless(l.KeyRef), BaseURL: harmless(l.BaseURL), Grain: harmless(l.Grain),
		Since: day(l.since), Added: optionalTime(l.Added), LastSync: optionalTime(l.Synced), LastTry: optionalTime(l.tried),
		Records: l.Records, First: optionalTime(l.First), Last: optionalTime(l.Last), Files: l.Files, Quarantined: l.Quarantined, Pending: l.Pending,
		Coverage: []coverageJSON{}, Places: []placeJSON{}, Standing: standingDocument(l.Standing), Notes: append([]string{}, l.Doubts...)}
	if l.Basis == usage.BasisUnknown {
		out.Basis = nil
	}
	for _, c := range l.Coverage {
		out.Coverage = append(out.Coverage, coverageJSON{clean.Text(c.Provider), harmless(c.Account), c.Basis.String(), *day(c.Since), *day(c.Until)})
	}
	for _, p := range l.Places {
		one := placeJSON{Path: clean.Limit(p.Path, 4096), Why: clean.Text(p.Why), Found: p.Found, Files: p.Files}
		if p.Err != nil {
			one.Error = harmless(p.Err.Error())
		}
		out.Places = append(out.Places, one)
	}
	if l.Err != "" {
		out.Error = &syncError{clean.Limit(l.Err, 600), clean.Limit(l.Hint, 600)}
	}
	return out
}

func standingDocument(s *usage.Standing) *standingJSON {
	if s == nil {
		return nil
	}
	out := &standingJSON{At: stamp(s.At), Limits: []limitJSON{}, Windows: []toldWindowJSON{}}
	if s.Currency != "" {
		out.Credit = &creditJSON{s.Granted.String(), s.Used.String(), clean.Text(s.Currency)}
	}
	for _, l := range s.Limits {
		out.Limits = append(out.Limits, limitJSON{string(l.Scope), harmless(l.ID), l.Amount.String(), clean.Text(l.Currency), clean.Text(l.Interval), l.Enforced, harmless(l.Note)})
	}
	for _, w := range s.Windows {
		out.Windows = append(out.Windows, toldWindowJSON{clean.Text(w.Name), report.Percent(w.Used), int64(w.Length / time.Minute), optionalTime(w.Resets), stamp(w.At)})
	}
	return out
}

// harmless is outside text, or null where there is none.
func harmless(s string) *string { return optional(clean.Limit(s, 2000)) }

func day(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return optional(t.UTC().Format(time.DateOnly))
}
