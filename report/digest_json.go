package report

import (
	"encoding/json"
	"io"
	"strconv"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
)

// DigestSchema names the shape of a digest's JSON.
const DigestSchema = "tokpit.digest/1"

type digestJSON struct {
	Schema    string          `json:"schema"`
	AsOf      string          `json:"as_of"`
	Kind      string          `json:"kind"`
	Since     string          `json:"since"`
	Until     string          `json:"until"`
	Before    digestSpanJSON  `json:"before"`
	TZ        string          `json:"tz"`
	Running   bool            `json:"running"`
	Demo      bool            `json:"demo"`
	Headline  string          `json:"headline"` // "cash" or "cost": what movers and the change are of
	Prices    string          `json:"prices"`
	Total     json.RawMessage `json:"total"`
	Previous  json.RawMessage `json:"previous"`
	Change    *changeJSON     `json:"change"` // null if not known
	Movers    []moversJSON    `json:"movers"`
	Forecast  *forecastJSON   `json:"forecast"`
	Budgets   []digestBudget  `json:"budgets"`
	Unusual   []unusualJSON   `json:"unusual"`
	NoUnusual *string         `json:"no_unusual"`
	Look      []lookJSON      `json:"look"`
	AuditHead *string         `json:"audit_head"`
}

type digestSpanJSON struct {
	Since string `json:"since"`
	Until string `json:"until"`
}

type changeJSON struct {
	Amount   string `json:"amount"`
	Price    string `json:"price"`
	Volume   string `json:"volume"`
	Mix      string `json:"mix"`
	Fees     string `json:"fees"`
	Currency string `json:"currency"`
}

type moversJSON struct {
	By   string      `json:"by"`
	Rows []moverJSON `json:"rows"`
	Rest string      `json:"rest"`
	More int         `json:"more"`
	Fees string      `json:"fees"`
}

type moverJSON struct {
	Value  *string `json:"value"`
	Name   string  `json:"name"`
	Before string  `json:"before"`
	Now    string  `json:"now"`
	Change string  `json:"change"`
}

type forecastJSON struct {
	Since    string  `json:"since"`
	Until    string  `json:"until"`
	Spent    string  `json:"spent"`
	Point    *string `json:"point"`
	Low      *string `json:"low"`
	High     *string `json:"high"`
	RunRate  *string `json:"run_rate"`
	Currency string  `json:"currency"`
	Why      *string `json:"why"` // there is none
}

type digestBudget struct {
	Name     string  `json:"name"`
	State    *string `json:"state"` // null if it cannot be computed
	Limit    string  `json:"limit"`
	Spent    *string `json:"spent"`
	Headroom *string `json:"headroom"`
	Forecast *string `json:"forecast"`
	Currency string  `json:"currency"`
}

type unusualJSON struct {
	Day   string  `json:"day"`
	By    *string `json:"by"`
	Value *string `json:"value"`
	Cost  string  `json:"cost"`
	Usual string  `json:"usual"`
	Text  string  `json:"text"`
}

type lookJSON struct {
	Code string  `json:"code"`
	Text string  `json:"text"`
	Hint *string `json:"hint"`
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func amountIf(a money.Amount, known bool) *string {
	if !known {
		return nil
	}
	return new(a.String())
}

func sumJSON(s *Sum) json.RawMessage {
	e := encoder{}
	e.sum(s)
	return e.b
}

// WriteJSON writes the digest as one document, with exact amounts.
func (d *Digest) WriteJSON(w io.Writer) error {
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	j := digestJSON{Schema: DigestSchema, AsOf: at(d.AsOf), Kind: string(d.Kind), Since: at(d.Span.Since), Until: at(d.Span.Until),
		Before: digestSpanJSON{at(d.Before.Since), at(d.Before.Until)}, TZ: d.Zone.String(), Running: d.Running, Demo: d.Demo, Headline: "cost", Prices: d.Prices,
		Total: sumJSON(&d.Report.Total), Previous: sumJSON(&d.Moved.Before), Movers: []moversJSON{}, Budgets: []digestBudget{}, Unusual: []unusualJSON{},
		NoUnusual: textOrNull(d.NoUnusual), Look: []lookJSON{}, AuditHead: textOrNull(d.AuditHead)}
	if d.Cash {
		j.Headline = "cash"
	}
	if e := d.Moved.In(d.Cash); e.Known {
		j.Change = &changeJSON{e.Change.String(), e.Price.String(), e.Volume.String(), e.Mix.String(), e.Fees.String(), d.currency()}
	}
	for _, m := range d.Movers {
		x := moversJSON{By: string(m.By), Rows: []moverJSON{}, Rest: m.Rest.String(), More: m.More, Fees: m.Fees.String()}
		for _, r := range m.Rows {
			x.Rows = append(x.Rows, moverJSON{textOrNull(r.Value), r.Label, r.Before.String(), r.Now.String(), r.Change.String()})
		}
		j.Movers = append(j.Movers, x)
	}
	if st := d.Forecast; st != nil {
		f := st.Forecast
		j.Forecast = &forecastJSON{Since: at(st.Period.Since), Until: at(st.Period.Until), Spent: st.Cost.String(), Point: amountIf(f.Point, f.Known), Low: amountIf(f.Low, f.Known),
			High: amountIf(f.High, f.Known), RunRate: amountIf(st.RunRate, st.HasRunRate), Currency: st.Budget.Currency, Why: textOrNull(st.Why)}
	}
	for i := range d.Budgets {
		b := &d.Budgets[i]
		ok := b.Err == nil
		j.Budgets = append(j.Budgets, digestBudget{b.Budget.Name, textOrNull(string(b.State)), b.Limit.String(), amountIf(b.Cost, ok), amountIf(b.Headroom, ok),
			amountIf(b.Forecast.Point, ok && b.Forecast.Known), b.Budget.Currency})
	}
	for _, u := range d.Unusual {
		x := unusualJSON{Day: u.Day.In(d.Zone).Format(time.DateOnly), By: textOrNull(string(u.By)), Cost: u.Cost.String(), Usual: u.Usual.String(), Text: u.Text}
		if u.By != "" {
			x.Value = textOrNull(u.Value)
		}
		j.Unusual = append(j.Unusual, x)
	}
	for _, l := range d.Look {
		j.Look = append(j.Look, lookJSON{l.Code, l.Text, textOrNull(l.Hint)})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(j)
}

// Body is the digest as a message: the text for people, the figures for
// programs.
func (d *Digest) Body() budget.Body {
	b := budget.Body{Kind: "digest", Text: d.Text(), Level: "info"}
	add := func(name, label, value string) {
		if value != "" {
			b.Fields = append(b.Fields, budget.Field{Name: name, Label: label, Value: value})
		}
	}
	t := &d.Report.Total
	add("since", "From", d.Span.Since.UTC().Format(time.RFC3339))
	add("until", "Until", d.Span.Until.UTC().Format(time.RFC3339))
	add("currency", "Currency", d.currency())
	if t.Priced && len(t.Costs) == 0 {
		add("cost", "API-equivalent", t.Cost.String())
	}
	if t.CashKnown && len(t.Costs) == 0 {
		add("cash", "Cash", t.Cash.String())
	}
	if e := d.Moved.In(d.Cash); e.Known {
		add("change", "Change", e.Change.String())
		add("change_price", "Change by price", e.Price.String())
		add("change_volume", "Change by volume", e.Volume.String())
		add("change_mix", "Change by mix", e.Mix.String())
		add("change_fees", "Change by plan fees", e.Fees.String())
	}
	add("tokens", "Tokens", strconv.FormatInt(t.Tokens.Total(), 10))
	if st := d.Forecast; st != nil && st.Forecast.Known {
		add("forecast", "Forecast of the month", st.Forecast.Point.String())
		add("forecast_low", "Forecast, low", st.Forecast.Low.String())
		add("forecast_high", "Forecast, high", st.Forecast.High.String())
	}
	over, warned := 0, 0
	for i := range d.Budgets {
		switch d.Budgets[i].State {
		case budget.StateOver:
			over++
		case budget.StateWarn:
			warned++
		}
	}
	add("budgets_over", "Budgets over", strconv.Itoa(over))
	add("budgets_warned", "Budgets near their limit", strconv.Itoa(warned))
	if over > 0 {
		b.Level = "over"
	} else if warned > 0 {
		b.Level = "warn"
	}
	for i, l := range d.Look {
		if i < 10 {
			add("look_"+strconv.Itoa(i+1), "Look at", clean.Limit(l.Text, 300))
		}
	}
	add("audit_head", "Audit head", d.AuditHead)
	return b
}
