package export

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// LedgerSchema names the columns of a ledger. Columns may be added at the end; a
// change needs a new number.
const LedgerSchema = "tokpit.ledger/1"

// What a row of a ledger is for.
const (
	ChargeUsage = "usage"
	ChargeFee   = "plan_fee"
	// ChargeReported holds what a source says in another currency than the row of
	// the usage, and nothing else.
	ChargeReported = "reported"
)

// Ledger is the table of the entries of a query.
type Ledger struct {
	By    []usage.Dimension // of the query
	Names *report.Names     // what ids are called
	Book  string            // version of the price book

	columns []Column
	keys    int            // cells of the query's keys, which come first
	at      map[string]int // the columns after them, by name
	cells   []Cell
}

// RecordSchema names the columns of a ledger of single records.
const RecordSchema = "tokpit.records/1"

// named are the dimensions whose values are ids that have names.
func named(d usage.Dimension) bool {
	switch d {
	case usage.ByOrganization, usage.ByProject, usage.ByKey, usage.ByUser:
		return true
	}
	return false
}

// DimensionColumns are the columns of a query's keys: ids, and the names of those
// that have some beside them.
func DimensionColumns(by []usage.Dimension) []Column {
	var out []Column
	for _, d := range by {
		kind := Text
		switch d {
		case usage.ByDay, usage.ByWeek, usage.ByMonth, usage.ByHour:
			kind = Date
		}
		name := strings.ReplaceAll(string(d), ":", "_")
		if d == usage.ByBand {
			out = append(out, Column{Name: "context_from", Kind: Count, About: "the least tokens of input that a request of the row has"},
				Column{Name: "context_to", Kind: Count, About: "the most; empty is no limit, and both empty is not known"})
			continue
		}
		out = append(out, Column{Name: name, Kind: kind, About: "the " + string(d) + ", as recorded"})
		if named(d) {
			out = append(out, Column{Name: name + "_name", Kind: Text, About: "what people call it today"})
		}
	}
	return out
}

// DimensionCells are the cells of [DimensionColumns].
func DimensionCells(to []Cell, by []usage.Dimension, keys []string, names *report.Names) []Cell {
	for i, d := range by {
		if d == usage.ByBand {
			to = append(to, bandCells(keys[i])...)
			continue
		}
		to = append(to, TextCell(keys[i]))
		if named(d) {
			name := ""
			if keys[i] != "" {
				if e, ok := names.Entity(d, keys[i]); ok {
					name = e.Name
				}
			}
			to = append(to, TextCell(name))
		}
	}
	return to
}

// bandCells reads what [usage.Band.String] writes.
func bandCells(key string) []Cell {
	out := make([]Cell, 2)
	from, to, _ := strings.Cut(key, "-")
	for i, text := range []string{from, to} {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			out[i] = CountCell(n)
		}
	}
	return out
}

// Columns are the columns of the ledger.
func (l *Ledger) Columns() []Column {
	if l.columns == nil {
		keys, figures := DimensionColumns(l.By), figureColumns()
		l.columns, l.keys, l.at = append(keys, figures...), len(keys), make(map[string]int, len(figures))
		for i := range figures {
			l.at[figures[i].Name] = len(keys) + i
		}
		l.cells = make([]Cell, len(l.columns))
	}
	return l.columns
}

// figureColumns are the columns after those of the query's keys.
func figureColumns() []Column {
	return slices.Concat([]Column{
		{"charge", Text, "usage; plan_fee, a day's part of a flat subscription; correction, what has changed about a closed cycle; or reported, an amount in another currency", false},
		{"planned", Flag, "true if a plan pays for the usage: its cost is an API-equivalent, its cash 0", false},
		{"period_start", Time, "beginning of the interval, UTC", false},
		{"period_end", Time, "end of the interval, exclusive, UTC", false},
		{"records", Count, "rows of the sources", true},
		{"requests", Count, "responses; empty where the source does not count them", true},
	}, tokenColumns(), []Column{
		{"quantities", Text, "what is billed by other meters: meter=units;…", false},
		{"unpriced_tokens", Count, "tokens without a price, which are not in cost", true},
		{"unpriced_quantities", Count, "units without a price, over all meters", true},
		{Currency, Text, "ISO 4217, of all amounts and prices of the row", false},
		{"cost", Amount, "tokens × price; empty if nothing of the row has a price", true},
		{"cost_low", Amount, "least possible cost, where it is a range", false},
		{"cost_high", Amount, "most possible cost, where it is a range", false},
		{"cash", Amount, "what is paid: the cost of usage under no plan, or the fee", true},
		{"reported_cost", Amount, "what the source itself says; never part of cost", true},
		{"cost_kind", Text, "computed, estimated (another vendor's price), range, unpriced, fee or correction", false},
		{"priced_as", Text, "provider/model of the price", false},
		{"price_input", Rate, "per 1,000,000 tokens", false},
		{"price_cache_read", Rate, "", false},
		{"price_cache_write_5m", Rate, "", false},
		{"price_cache_write_1h", Rate, "", false},
		{"price_output", Rate, "", false},
		{"price_source", Text, "where the price was published", false},
		{"price_since", Date, "since when it holds", false},
		{"price_book", Text, "version of the price book", false},
		{"corrects", Text, "the closed cycle that the row corrects: its figures are differences", false},
	})
}

// tokenColumns are the columns of [tokenCells].
func tokenColumns() []Column {
	return []Column{
		{"input_tokens", Count, "neither from nor into a cache", true},
		{"cache_read_tokens", Count, "", true},
		{"cache_write_5m_tokens", Count, "", true},
		{"cache_write_1h_tokens", Count, "", true},
		{"output_tokens", Count, "reasoning included", true},
		{"reasoning_tokens", Count, "part of output_tokens", true},
	}
}

func tokenCells(c []Cell, t *usage.Tokens) []Cell {
	return append(c, CountCell(t.Input), CountCell(t.CacheRead), CountCell(t.CacheWrite5m), CountCell(t.CacheWrite1h), CountCell(t.Output), CountCell(t.Reasoning))
}

// Cells are the cells of an entry, valid until the next call.
func (l *Ledger) Cells(e *report.Entry) []Cell {
	columns := l.Columns()
	clear(l.cells)
	DimensionCells(l.cells[:0], l.By, e.Keys, l.Names)
	since := TimeCell(e.Span.Since)
	until := since
	if !e.Span.Until.Equal(e.Span.Since) {
		until = TimeCell(e.Span.Until)
	}
	l.from("planned", FlagCell(e.Planned), since, until)
	switch {
	case e.Correction != nil:
		l.correction(e)
	case e.Plan != nil:
		l.from("charge", TextCell(ChargeFee))
		l.from(Currency, TextCell(e.Charge.Currency))
		l.from("cash", AmountCell(e.Charge.Cost))
		l.from("cost_kind", TextCell("fee"))
	default:
		l.from("charge", TextCell(ChargeUsage))
		l.counts(e, requests(e))
		l.money(e)
	}
	return l.cells[:len(columns)]
}

// from sets the cells of a column and those after it.
func (l *Ledger) from(column string, cells ...Cell) { copy(l.cells[l.at[column]:], cells) }

// counts sets what an entry counts.
func (l *Ledger) counts(e *report.Entry, requests Cell) {
	l.from("records", CountCell(e.Records), requests)
	tokenCells(l.cells[:l.at["input_tokens"]], &e.Tokens)
	l.from("quantities", quantities(e.Quantities), CountCell(e.Charge.UnpricedTokens), CountCell(e.Charge.UnpricedQuantities))
}

func requests(e *report.Entry) Cell {
	if e.Requests == 0 && e.Uncounted > 0 && e.Uncounted == e.Records {
		return Cell{}
	}
	return CountCell(e.Requests)
}

// quantities writes units by meter, in the order of the meters' names.
func quantities(all []usage.Quantity) Cell {
	if len(all) == 0 {
		return Cell{}
	}
	parts := make([]string, len(all))
	for i, q := range all {
		parts[i] = q.Meter + "=" + strconv.FormatInt(q.N, 10)
	}
	sort.Strings(parts)
	return TextCell(strings.Join(parts, ";"))
}

// money sets what an entry of usage cost, and at which price.
func (l *Ledger) money(e *report.Entry) {
	kind := "computed"
	switch {
	case !e.Charge.Priced:
		kind = "unpriced"
	case e.Charge.Ranged:
		kind = "range"
	case e.Charge.Estimated:
		kind = "estimated"
	}
	var cost, low, high, cash Cell
	if e.Charge.Priced {
		cost, cash = AmountCell(e.Charge.Cost), AmountCell(e.Charge.Cost)
		if e.Charge.Ranged {
			low, high = AmountCell(e.Charge.Low), AmountCell(e.Charge.High)
		}
	}
	if e.Planned {
		cash = AmountCell(money.Amount{})
	}
	l.from(Currency, TextCell(currencyOf(e)), cost, low, high, cash, reported(e), TextCell(kind))
	l.from("price_book", TextCell(l.bookOf(e)))
	if !e.Charge.Priced || e.Mixed {
		return
	}
	as := e.Tariff.Model
	if e.Tariff.Provider != "" {
		as = e.Tariff.Provider + "/" + as
	}
	l.from("priced_as", TextCell(as))
	first := l.at["price_input"]
	for k := pricing.Input; k <= pricing.Output; k++ {
		if rate, known := e.Tariff.Base.Of(k); known {
			l.cells[first+int(k-pricing.Input)] = RateCell(rate)
		}
	}
	l.from("price_source", TextCell(e.Price.Source), dateOf(e))
}

// reported is what the source says of an entry in the currency of its row.
func reported(e *report.Entry) Cell {
	var out Cell
	for _, said := range e.Reported {
		if said.Currency == currencyOf(e) {
			out = AmountCell(said.Amount)
		}
	}
	return out
}

// currencyOf is the currency of an entry's row: that of its price, else the first
// one that a source gave.
func currencyOf(e *report.Entry) string {
	if e.Charge.Currency == "" && len(e.Reported) > 0 {
		return e.Reported[0].Currency
	}
	return e.Charge.Currency
}

// elsewhere writes what sources say of an entry in other currencies, as rows of
// their own, which have nothing else.
func (l *Ledger) elsewhere(w Writer, e *report.Entry) error {
	for _, said := range e.Reported {
		if said.Currency == currencyOf(e) {
			continue
		}
		cells := l.Cells(e)
		corrects := cells[l.at["corrects"]]
		clear(cells[l.at["records"]:])
		l.from("charge", TextCell(ChargeReported))
		l.from(Currency, TextCell(said.Currency))
		l.from("reported_cost", AmountCell(said.Amount))
		l.from("corrects", corrects)
		if err := w.Row(cells); err != nil {
			return err
		}
	}
	return nil
}

// dateOf is since when an entry's price holds.
func dateOf(e *report.Entry) Cell {
	since := e.Price.From
	if since.IsZero() {
		since = e.Tariff.From
	}
	if since.IsZero() {
		return Cell{}
	}
	return TextCell(since.UTC().Format("2006-01-02"))
}
