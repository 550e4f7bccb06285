package report

import (
	"fmt"
	"io"
	"time"

	"tokpit/internal/clean"
)

// EstimateSchema names the shape of the JSON form of estimates.
const EstimateSchema = "tokpit.estimate/1"

// EstimateReport is estimates as they are printed.
type EstimateReport struct {
	AsOf  time.Time // whose prices they are
	Book  string    // version of the price book
	Tier  string    // the service tier that was asked for, "" is standard
	Query EstimateQuery
	Rows  []Estimated
	// Budget is one that the first row is held against; nil if none is.
	Budget *EstimateBudget
}

// WriteJSON writes the estimates as one document, a model to a line. Amounts are
// exact decimals in strings, and what is not known is null.
func (r *EstimateReport) WriteJSON(w io.Writer) error {
	e := encoder{b: make([]byte, 0, 1024+1200*len(r.Rows))}
	e.raw("{")
	e.text("schema", EstimateSchema)
	e.time("as_of", r.AsOf)
	e.text("prices", r.Book)
	if r.Tier == "" {
		e.text("service_tier", "standard")
	} else {
		e.text("service_tier", r.Tier)
	}
	e.prompt(&r.Query)
	e.answers(r)
	e.budget(r.Budget)
	e.key("models")
	e.raw("[")
	for i := range r.Rows {
		e.raw("\n{")
		e.estimated(&r.Rows[i])
		e.raw("}")
		if i < len(r.Rows)-1 {
			e.raw(",")
		}
	}
	e.raw("]}\n")
	_, err := w.Write(e.b)
	return err
}

func (e *encoder) prompt(q *EstimateQuery) {
	p := &q.Prompt
	e.key("prompt")
	e.raw("{")
	e.int("bytes", p.Text.Bytes)
	e.int("invalid_bytes", p.Text.Invalid)
	e.int("images", int64(len(p.Images)))
	e.int("messages", int64(p.Chat.Messages))
	e.int("tools", int64(len(p.Chat.Tools)))
	e.raw("}")
	if q.Traffic.Known() {
		e.text("calls_per_day", q.Traffic.String())
		e.text("days_per_month", "365/12")
	} else {
		e.optional("calls_per_day", "")
	}
}

// answers writes the length of all answers, null where models differ in it.
func (e *encoder) answers(r *EstimateReport) {
	shortest, longest, ok := AnswerLengths(r.Rows)
	e.key("answers")
	e.raw("{")
	if ok && shortest == longest {
		e.int("tokens", longest)
	} else {
		e.optional("tokens", "")
	}
	e.bool("one_length", ok && shortest == longest)
	e.text("asked", r.Query.Output.String())
	e.raw("}")
}

func (e *encoder) estimated(r *Estimated) {
	e.text("model", clean.Text(r.Model))
	e.optional("provider", clean.Text(r.Provider))
	e.optional("asked", r.Asked)
	e.key("tokens")
	if t := &r.Tokens; r.Counted {
		e.raw("{")
		e.int("low", t.Low)
		e.int("high", t.High)
		e.int("point", t.Point)
		e.bool("exact", t.Exact)
		e.text("method", t.Method)
		e.raw("}")
	} else {
		e.raw("null")
	}
	e.optional("why_not", r.Why)
	e.int("output_tokens", r.Output)
	e.text("output_basis", r.OutputBasis)
	e.bool("priced", r.Priced)
	if r.Priced {
		e.text("currency", r.Currency)
	} else {
		e.optional("currency", "")
	}
	e.cost("input_cost", OptionalCost{r.Input, r.Priced})
	e.cost("output_cost", OptionalCost{r.OutputCost, r.Priced})
	e.cost("total", OptionalCost{r.Total, r.Priced})
	e.cost("cached", r.Cached)
	e.cost("cache_fill", r.CacheFill)
	e.cost("batch", r.Batch)
	e.cost("per_day", r.PerDay)
	e.cost("per_month", r.PerMonth)
	e.limits(r)
	e.cost("difference", r.Difference)
	e.bool("baseline", r.Baseline)
	e.optional("status", r.status())
	e.time("shutdown", r.Shutdown)
	e.time("price_changes", r.Changes)
	e.strings("flags", r.Flags.Names())
	e.strings("candidates", r.Candidates)
	if r.Requests > 0 {
		e.int("own_requests", r.Requests)
	} else {
		e.optional("own_requests", "")
	}
}

// limits writes what is known of the window: null is not known, and an estimate
// that only may fit does not.
func (e *encoder) limits(r *Estimated) {
	e.key("fits")
	switch r.Fit {
	case FitUnknown:
		e.raw("null")
	case Fits:
		e.raw("true")
	default:
		e.raw("false")
	}
	e.text("fit", r.Fit.String())
	known := func(name string, n int64) {
		if n > 0 {
			e.int(name, n)
		} else {
			e.optional(name, "")
		}
	}
	known("tokens_over", r.Over)
	known("window", r.Window)
	known("max_output", r.MaxOutput)
	known("long_context_over", r.LongOver)
}

func (e *encoder) cost(name string, c OptionalCost) {
	e.key(name)
	if !c.Known {
		e.raw("null")
		return
	}
	e.raw("{")
	e.amount("low", c.Low, true)
	e.amount("high", c.High, true)
	e.amount("point", c.Point, true)
	e.raw("}")
}

func (e *encoder) bool(name string, v bool) {
	e.key(name)
	e.raw(fmt.Sprint(v))
}

// status is what is known of the model's life, "" if nothing is.
func (r *Estimated) status() string {
	if !r.HasLife {
		return ""
	}
	return r.Life.String()
}

// String is the number of calls per day: a whole number or a fraction such as
// 20/7; "0" if it is not known.
func (t Traffic) String() string {
	if !t.Known() {
		return "0"
	}
	a, b := t.Calls, t.Days
	for b != 0 {
		a, b = b, a%b
	}
	if t.Days == a {
		return fmt.Sprint(t.Calls / a)
	}
	return fmt.Sprintf("%d/%d", t.Calls/a, t.Days/a)
}
