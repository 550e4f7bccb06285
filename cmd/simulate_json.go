package cmd

import (
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/usage"
)

// measuresJSON is M of the documented interfaces, as reports write it.
type measuresJSON struct {
	Requests   *int64           `json:"requests"`
	Tokens     tokensJSON       `json:"tokens"`
	Quantities map[string]int64 `json:"quantities"`
	Cost       *string          `json:"cost"`
	CostLow    *string          `json:"cost_low,omitempty"`
	CostHigh   *string          `json:"cost_high,omitempty"`
	Cash       *string          `json:"cash"`
	PlanFee    *string          `json:"plan_fee"`
	Currency   *string          `json:"currency"`
	Unpriced   int64            `json:"unpriced_tokens"`
	Units      int64            `json:"unpriced_units,omitempty"`
	Reported   *string          `json:"reported_cost"`
	Partial    bool             `json:"reported_partial,omitempty"`
	Estimated  bool             `json:"estimated,omitempty"`
}

func measuresOf(s *report.Sum) measuresJSON {
	j := measuresJSON{Tokens: classesOf(&s.Tokens), Quantities: map[string]int64{}, PlanFee: optional(s.PlanFee.String()), Currency: optional(s.Currency),
		Unpriced: s.UnpricedTokens, Units: s.UnpricedUnits, Partial: s.HasReported && s.ReportedRecords < s.Records, Estimated: s.Estimated,
		Cost: knownAmount(s.Cost, s.Priced), Cash: knownAmount(s.Cash, s.CashKnown), Reported: knownAmount(s.Reported, s.HasReported)}
	if s.Requests != usage.Absent {
		j.Requests = &s.Requests
	}
	for _, q := range s.Quantities {
		j.Quantities[q.Meter] = q.N
	}
	if s.Ranged {
		j.CostLow, j.CostHigh = optional(s.Low.String()), optional(s.High.String())
	}
	return j
}

func knownAmount(a money.Amount, known bool) *string {
	if !known {
		return nil
	}
	return optional(a.String())
}

type simulateDoc struct {
	Schema   string        `json:"schema"`
	AsOf     string        `json:"as_of"`
	Prices   string        `json:"prices"`
	Query    simulateQuery `json:"query"`
	Days     int64         `json:"days"`
	Currency *string       `json:"currency"`
	Before   measuresJSON  `json:"before"`
	After    measuresJSON  `json:"after"`
	deltaJSON
	Known    bool            `json:"known"` // false: a lever could not be computed, and its usage stays as it is
	PerMonth simulateMonth   `json:"per_month"`
	Levers   []leverJSON     `json:"levers"`
	Rows     []simulateRow   `json:"rows"`
	Training *string         `json:"training"` // paid once, not in after
	Quality  []qualityOfSwap `json:"quality"`
	Notes    []noteJSON      `json:"notes"`
}

type simulateQuery struct {
	Since  string              `json:"since"`
	Until  string              `json:"until"`
	TZ     string              `json:"tz"`
	Scope  map[string][]string `json:"scope"`
	Levers []string            `json:"levers"`
}

// deltaJSON is what changes; below zero is a saving.
type deltaJSON struct {
	Delta     *string `json:"delta"`
	DeltaLow  *string `json:"delta_low,omitempty"`
	DeltaHigh *string `json:"delta_high,omitempty"`
	Cash      *string `json:"cash_delta"`
	CashLow   *string `json:"cash_delta_low,omitempty"`
	CashHigh  *string `json:"cash_delta_high,omitempty"`
}

// simulateMonth is the span at the same pace over 365/12 days.
type simulateMonth struct {
	Before *string `json:"before"`
	After  *string `json:"after"`
	deltaJSON
}

type leverJSON struct {
	Name string `json:"name"`
	deltaJSON
	Known   bool       `json:"known"`
	Applied bool       `json:"applied"`
	Payback *string    `json:"payback"`
	Notes   []noteJSON `json:"notes"`
}

type simulateRow struct {
	Provider *string      `json:"provider"`
	Model    *string      `json:"model"`
	Before   measuresJSON `json:"before"`
	After    measuresJSON `json:"after"`
	deltaJSON
	Known bool `json:"known"`
}

type qualityOfSwap struct {
	From   string          `json:"from"`
	To     string          `json:"to"`
	Scores []qualityScores `json:"scores"` // null: unknown
}

type qualityScores struct {
	Metric      string     `json:"metric"`
	From        scoreJSON  `json:"from"`
	To          scoreJSON  `json:"to"`
	Delta       string     `json:"delta"`
	Interval    *[2]string `json:"interval_95"` // of the delta, item by item
	PairedItems *int       `json:"paired_items"`
}

func (m *simulation) document() simulateDoc {
	r := m.result
	d := simulateDoc{Schema: "tokpit.simulate/1", AsOf: stamp(m.now), Prices: m.book, Days: r.Days, Currency: optional(r.Before.Currency), Before: measuresOf(&r.Before), After: measuresOf(&r.After),
		deltaJSON: m.change(), Known: r.Known, Levers: []leverJSON{}, Rows: []simulateRow{}, Quality: []qualityOfSwap{}, Notes: notesOf(r.Notes), Query: m.query()}
	d.PerMonth = simulateMonth{Before: knownAmount(r.PerMonth(r.Before.Cost), r.Before.Priced), After: knownAmount(r.PerMonth(r.After.Cost), r.After.Priced), deltaJSON: m.monthly()}
	if !r.Training.IsZero() {
		d.Training = optional(r.Training.String())
	}
	for i := range r.Levers {
		d.Levers = append(d.Levers, leverOf(&r.Levers[i], m.cashKnown()))
	}
	for i := range r.Models {
		x := &r.Models[i]
		priced, cash := x.Before.Priced || x.After.Priced, x.Before.CashKnown || x.After.CashKnown
		row := simulateRow{Provider: optional(x.Provider), Model: optional(x.Model), Before: measuresOf(&x.Before), After: measuresOf(&x.After), Known: x.Known}
		row.Delta, row.Cash = knownAmount(x.After.Cost.Sub(x.Before.Cost), priced), knownAmount(x.After.Cash.Sub(x.Before.Cash), cash)
		d.Rows = append(d.Rows, row)
	}
	for i := range m.swaps {
		s := &m.swaps[i]
		d.Quality = append(d.Quality, qualityOfSwap{s.from, s.to, qualitiesOf(s.quality)})
	}
	return d
}

func (m *simulation) query() simulateQuery {
	r := m.result
	q := simulateQuery{Since: stamp(r.Span.Since), Until: stamp(r.Span.Until), TZ: m.zone.String(), Scope: map[string][]string{}, Levers: []string{}}
	for d, values := range m.scenario.Scope {
		q.Scope[string(d)] = values
	}
	for _, l := range m.scenario.Levers {
		q.Levers = append(q.Levers, l.String())
	}
	return q
}

// priced reports whether there is an amount at all.
func (m *simulation) priced() bool { return m.result.Before.Priced || m.result.After.Priced }

func (m *simulation) cashKnown() bool {
	return m.result.Before.CashKnown || m.result.After.CashKnown
}

func (m *simulation) change() deltaJSON {
	return m.changeBy(func(a money.Amount) money.Amount { return a })
}

func (m *simulation) monthly() deltaJSON { return m.changeBy(m.result.PerMonth) }

// changeBy is the change with its range, where levers or token ratios have one.
func (m *simulation) changeBy(of func(money.Amount) money.Amount) deltaJSON {
	r := m.result
	c := deltaJSON{Delta: knownAmount(of(r.Delta()), m.priced()), Cash: knownAmount(of(r.CashDelta()), m.cashKnown())}
	cost, cash := r.Spread()
	if !cost.Exact() && m.priced() {
		c.DeltaLow, c.DeltaHigh = optional(of(cost.Low).String()), optional(of(cost.High).String())
	}
	if !cash.Exact() && m.cashKnown() {
		c.CashLow, c.CashHigh = optional(of(cash.Low).String()), optional(of(cash.High).String())
	}
	return c
}

func leverOf(x *scenario.Contribution, cash bool) leverJSON {
	known := x.Known || x.Applied
	j := leverJSON{Name: x.Lever.String(), Known: x.Known, Applied: x.Applied, Payback: optionalTime(x.Payback), Notes: notesOf(x.Notes), deltaJSON: contributionOf(x, known, cash)}
	return j
}

func contributionOf(x *scenario.Contribution, known, cash bool) deltaJSON {
	c := deltaJSON{Delta: knownAmount(x.Cost, known), Cash: knownAmount(x.Cash, known && cash)}
	if x.Ranged && known {
		c.DeltaLow, c.DeltaHigh = optional(x.CostLow.String()), optional(x.CostHigh.String())
		if cash {
			c.CashLow, c.CashHigh = optional(x.CashLow.String()), optional(x.CashHigh.String())
		}
	}
	return c
}

func notesOf(all []report.Note) []noteJSON {
	out := []noteJSON{}
	for _, n := range all {
		out = append(out, noteJSON{n.Code, n.Text})
	}
	return out
}

// qualitiesOf is nil, which is null in JSON, if nothing is known.
func qualitiesOf(all []scenario.Quality) []qualityScores {
	var out []qualityScores
	for i := range all {
		q := &all[i]
		j := qualityScores{Metric: q.Metric, From: scoreOf(&q.From.Score), To: scoreOf(&q.To.Score), Delta: q.Delta().String()}
		if p := q.Paired; p != nil {
			j.Interval, j.PairedItems = &[2]string{p.Interval.Low.String(), p.Interval.High.String()}, &p.Items
		}
		out = append(out, j)
	}
	return out
}

// bookModel is the model that a name means; false if the book does not know it.
func (a *app) bookModel(provider, name string) (pricing.ModelRef, bool) {
	r := a.book.Resolve(provider, name, a.now())
	switch r.Priced {
	case pricing.PricedOwn:
		return pricing.ModelRef{Provider: r.Provider, Model: r.Model}, true
	case pricing.PricedAs:
		return pricing.ModelRef{Provider: r.As, Model: r.Model}, true
	}
	return pricing.ModelRef{}, false
}
