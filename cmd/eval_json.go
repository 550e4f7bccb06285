package cmd

import (
	"time"

	"tokpit/scenario"
)

type evalDoc struct {
	Schema string        `json:"schema"`
	AsOf   string        `json:"as_of"`
	Sets   []evalSetJSON `json:"sets"`
	// Of an import only.
	Rows    *int       `json:"rows,omitempty"`
	Bad     []badJSON  `json:"bad,omitempty"`
	Ignored []string   `json:"ignored_columns,omitempty"`
	Pairs   []pairJSON `json:"pairs,omitempty"`
}

type badJSON struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

type evalSetJSON struct {
	Name     string      `json:"name"`
	File     *string     `json:"file"`
	Imported *string     `json:"imported"`
	BadRows  int         `json:"bad_rows"`
	Scores   []scoreJSON `json:"scores"`
}

// scoreJSON is a score; what is not known is null. Scores are decimals in
// strings, as amounts are.
type scoreJSON struct {
	Provider *string    `json:"provider"`
	Model    string     `json:"model"`
	Metric   string     `json:"metric"`
	Effort   *string    `json:"effort"`
	Score    string     `json:"score"`
	Interval *[2]string `json:"interval_95"`
	Items    *int       `json:"items"`
	Cost     *string    `json:"cost"`
	Currency *string    `json:"currency"`
	Seconds  *string    `json:"latency_s"`
	AsOf     *string    `json:"as_of"`
	Origin   *string    `json:"source"`
	License  *string    `json:"license"`
}

type pairJSON struct {
	Metric   string    `json:"metric"`
	A        string    `json:"a"`
	B        string    `json:"b"`
	Delta    string    `json:"delta"` // b − a
	Interval [2]string `json:"interval_95"`
	Items    int       `json:"items"`
}

func evalDocument(now time.Time, sets []scenario.ScoreSet, got *scenario.ImportedScores) evalDoc {
	d := evalDoc{Schema: "tokpit.eval/1", AsOf: stamp(now), Sets: []evalSetJSON{}}
	for i := range sets {
		s := &sets[i]
		j := evalSetJSON{Name: s.Name, File: optional(s.File), Imported: optionalTime(s.Imported), BadRows: s.BadRows, Scores: []scoreJSON{}}
		for k := range s.Scores {
			j.Scores = append(j.Scores, scoreOf(&s.Scores[k]))
		}
		d.Sets = append(d.Sets, j)
	}
	if got == nil {
		return d
	}
	d.Rows, d.Ignored = &got.Rows, got.Ignored
	for _, b := range got.Bad {
		d.Bad = append(d.Bad, badJSON{b.Line, b.Reason})
	}
	for _, p := range got.Pairs {
		d.Pairs = append(d.Pairs, pairJSON{p.Metric, contenderText(p.A), contenderText(p.B), p.Delta.String(), [2]string{p.Interval.Low.String(), p.Interval.High.String()}, p.Items})
	}
	return d
}

func contenderText(c scenario.Contender) string {
	text := c.Model
	if c.Provider != "" {
		text = c.Provider + "/" + text
	}
	if c.Effort != "" {
		text += " (" + c.Effort + ")"
	}
	return text
}

func scoreOf(s *scenario.Score) scoreJSON {
	j := scoreJSON{Provider: optional(s.Provider), Model: s.Model, Metric: s.Metric, Effort: optional(s.Effort), Score: s.Mean.String(), Origin: optional(s.Origin), License: optional(s.License)}
	if s.Interval != nil {
		j.Interval = &[2]string{s.Interval.Low.String(), s.Interval.High.String()}
	}
	if s.Items > 0 {
		j.Items = &s.Items
	}
	if s.HasCost {
		j.Cost, j.Currency = optional(s.Cost.String()), optional("USD")
	}
	if s.HasLatency {
		j.Seconds = optional(scenario.Points(s.Latency / time.Microsecond).String())
	}
	if !s.AsOf.IsZero() {
		j.AsOf = optional(s.AsOf.Format(time.DateOnly))
	}
	return j
}
