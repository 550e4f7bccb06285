package focus

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/usage"
)

// LeftOut is what FOCUS cannot express.
type LeftOut struct {
	Provider, Model string
	Tokens, Units   int64 // without a price
}

// Writer writes entries as rows.
type Writer struct {
	to    export.Writer
	opt   Options
	at    map[string]int
	cells []export.Cell
	lacks map[[2]string]*LeftOut
	order [][2]string
}

// New returns a writer of rows. It writes the header.
func New(to export.Writer, opt Options) (*Writer, error) {
	w := &Writer{to: to, opt: opt, at: indices(), cells: make([]export.Cell, len(Columns())), lacks: make(map[[2]string]*LeftOut)}
	return w, to.Begin(Columns())
}

// End finishes the file.
func (w *Writer) End() error { return w.to.End() }

// LeftOut lists the usage without a price that has been given to [Writer.Entry],
// and is in no row, in the order in which it came.
func (w *Writer) LeftOut() []LeftOut {
	out := make([]LeftOut, len(w.order))
	for i, k := range w.order {
		out[i] = *w.lacks[k]
	}
	return out
}

// Entry writes the rows of an entry, whose query must have been by [By] in UTC.
func (w *Writer) Entry(e *report.Entry) error {
	switch {
	case e.Correction != nil:
		return w.correction(e)
	case e.Plan != nil:
		return w.fee(e)
	case e.Charge.UnpricedTokens != 0 || e.Charge.UnpricedQuantities != 0:
		w.lack(e)
	}
	if !e.Charge.Priced {
		return nil
	}
	if e.Mixed {
		return w.mixed(e)
	}
	for _, c := range classes() {
		n := c.of(&e.Tokens)
		rate, known := e.Tariff.Base.Of(c.class)
		if n == 0 || !known {
			continue
		}
		if err := w.tokens(e, &c, n, rate); err != nil {
			return err
		}
	}
	for _, q := range e.Quantities {
		rate, known := e.Unit(q.Meter)
		if q.N == 0 || !known {
			continue
		}
		if err := w.quantity(e, q, rate); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) lack(e *report.Entry) {
	k := [2]string{e.Dims.Provider, e.Dims.Model}
	l := w.lacks[k]
	if l == nil {
		l = &LeftOut{Provider: k[0], Model: k[1]}
		w.lacks[k] = l
		w.order = append(w.order, k)
	}
	l.Tokens += e.Charge.UnpricedTokens
	l.Units += e.Charge.UnpricedQuantities
}

// class is how FOCUS names a class of tokens.
type class struct {
	class             pricing.Class
	of                func(*usage.Tokens) int64
	meter, id, words  string
	direction, action string
}

func classes() []class {
	return []class{
		{pricing.Input, func(t *usage.Tokens) int64 { return t.Input }, "Input Tokens", "input", "input tokens", "Input", "Uncached"},
		{pricing.CacheRead, func(t *usage.Tokens) int64 { return t.CacheRead }, "Cache Read Input Tokens", "cache-read", "cache read input tokens", "Input", "Read"},
		{pricing.CacheWrite5m, func(t *usage.Tokens) int64 { return t.CacheWrite5m }, "Cache Write Input Tokens", "cache-write", "cache write input tokens", "Input", "Write"},
		{pricing.CacheWrite1h, func(t *usage.Tokens) int64 { return t.CacheWrite1h }, "Cache Write Input Tokens", "cache-write-1h", "cache write input tokens, kept for an hour", "Input", "Write"},
		{pricing.Output, func(t *usage.Tokens) int64 { return t.Output }, "Output Tokens", "output", "output tokens", "Output", ""},
	}
}

func (w *Writer) set(column string, c export.Cell) { w.cells[w.at[column]] = c }

func (w *Writer) text(column, s string) { w.set(column, export.TextCell(s)) }

func (w *Writer) amount(column string, a money.Amount) { w.set(column, export.AmountCell(a)) }

// begin fills in what all rows of an entry have.
func (w *Writer) begin(e *report.Entry) {
	clear(w.cells)
	d := e.Dims
	provider := cmp.Or(w.opt.Provider(d.Provider), "Unknown")
	publisher := provider
	if vendor, _, ok := strings.Cut(d.Model, "/"); ok { // as gateways write models
		if name := w.opt.Provider(vendor); name != "" && name != vendor {
			publisher = name
		}
	}
	cycle := w.opt.Cycle(e.Span.Since)
	if e.Correction != nil {
		cycle = w.opt.Period
	}
	if w.opt.Invoice != nil {
		w.text("InvoiceId", w.opt.Invoice(e.BilledBy(), d.Account, cycle))
	}
	w.text("BillingAccountId", cmp.Or(d.Account, "default"))
	w.text("BillingAccountName", cmp.Or(d.Account, "default"))
	w.text(CurrencyColumn, e.Charge.Currency)
	w.set("BillingPeriodStart", export.TimeCell(cycle.Since))
	w.set("BillingPeriodEnd", export.TimeCell(cycle.Until))
	w.set("ChargePeriodStart", export.TimeCell(e.Span.Since.Truncate(time.Second)))
	w.set("ChargePeriodEnd", export.TimeCell(e.Span.Until))
	for _, column := range []string{"HostProviderName", "InvoiceIssuerName", "ProviderName", "ServiceProviderName"} {
		w.text(column, provider)
	}
	w.text("PublisherName", publisher)
	w.text("ServiceCategory", "AI and Machine Learning")
	w.text("ServiceSubcategory", "Generative AI")
	w.text("ServiceName", provider+" API")
	w.text("SubAccountId", d.Project)
	w.text("SubAccountName", w.opt.Names.Of(usage.ByProject, d.Project))
	w.text("x_CredentialId", d.Key)
	w.text("x_CredentialName", w.opt.Names.Of(usage.ByKey, d.Key))
	w.text("x_Environment", d.Environment)
	w.text("x_Organization", d.Organization)
	w.text("x_Region", d.Region)
	w.text("x_Source", d.Source)
	w.text("x_Basis", d.Basis.String())
	w.text("x_PriceBook", cmp.Or(e.Book, w.opt.Book))
	if center := d.Tags.Get("cost_center"); center != "" {
		w.text("Tags", flat("cost_center", center))
	}
}

// flat writes a flat JSON object; keys come in the order given, and those
// without a value are left out.
func flat(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		key, _ := json.Marshal(pairs[i]) // strings always encode
		value, _ := json.Marshal(pairs[i+1])
		if b.Len() == 0 {
			b.WriteByte('{')
		} else {
			b.WriteByte(',')
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	if b.Len() == 0 {
		return ""
	}
	return b.String() + "}"
}

// usage fills in what all rows of usage have.
func (w *Writer) usage(e *report.Entry, kind string) {
	w.begin(e)
	w.text("ChargeCategory", "Usage")
	w.text("ChargeFrequency", "Usage-Based")
	w.text("x_CostKind", kind)
	w.text("x_PriceSource", e.Price.Source)
}

// kindOf says how sure the cost of an entry is.
func kindOf(e *report.Entry) string {
	switch {
	case e.Charge.Ranged:
		return "range"
	case e.Charge.Estimated:
		return "estimated"
	}
	return "computed"
}

// price fills in prices and costs of n units, in lots of a size.
func (w *Writer) price(e *report.Entry, n, lot int64, rate, list money.Rate) {
	quantity := money.NewRate(money.FromUnits(1)).Scale(1, lot).Times(n)
	w.amount("PricingQuantity", quantity)
	w.amount("ListUnitPrice", list.Times(lot))
	w.amount("ListCost", list.Times(n))
	category := "Standard"
	if e.Planned { // the plan's fee is what it costs
		rate, category = money.Rate{}, "Other"
	}
	w.text("PricingCategory", category)
	w.amount("ContractedUnitPrice", rate.Times(lot))
	for _, column := range []string{"ContractedCost", "BilledCost", "EffectiveCost"} {
		w.amount(column, rate.Times(n))
	}
}

// million tokens are what prices are for.
const million = 1_000_000

// tokens writes the row of one class of tokens.
func (w *Writer) tokens(e *report.Entry, c *class, n int64, rate money.Rate) error {
	w.usage(e, kindOf(e))
	sku := skuOf(e) + "-" + c.id
	w.text("ChargeDescription", e.Dims.Model+" "+c.words+suffix(e))
	w.set("ConsumedQuantity", export.AmountCell(money.FromUnits(n)))
	w.text("ConsumedUnit", "Tokens")
	w.text("PricingUnit", "1000000 Tokens")
	w.text("SkuId", sku)
	w.text("SkuMeter", c.meter)
	w.text("SkuPriceId", priceID(sku, e))
	w.text("SkuPriceDetails", flat("x_ModelId", e.Tariff.Model, "x_TokenDirection", c.direction, "x_TokenCacheAction", c.action,
		"x_ServiceTier", e.Dims.Tier, "x_ContextBand", band(e)))
	list := rate
	if !e.Tariff.Discount.One() {
		if published, known := e.Price.Rates.Of(c.class); known && published.Cmp(rate) > 0 {
			list = published
		}
	}
	w.price(e, n, million, rate, list)
	return w.to.Row(w.cells)
}

// quantity writes the row of something that is billed by another meter.
func (w *Writer) quantity(e *report.Entry, q usage.Quantity, rate money.Rate) error {
	w.usage(e, kindOf(e))
	sku := skuOf(e) + "-" + q.Meter
	w.text("ChargeDescription", e.Dims.Model+" "+strings.ReplaceAll(q.Meter, "_", " ")+suffix(e))
	w.set("ConsumedQuantity", export.AmountCell(money.FromUnits(q.N)))
	w.text("ConsumedUnit", unitOf(q.Meter))
	w.text("PricingUnit", unitOf(q.Meter))
	w.text("SkuId", sku)
	w.text("SkuMeter", titled(q.Meter))
	w.text("SkuPriceId", priceID(sku, e))
	w.text("SkuPriceDetails", flat("x_ModelId", e.Tariff.Model, "x_Meter", q.Meter))
	w.price(e, q.N, 1, rate, rate)
	return w.to.Row(w.cells)
}

// mixed writes usage of a bucket in which a price changed: it has a cost and no
// one price.
func (w *Writer) mixed(e *report.Entry) error {
	w.usage(e, "range")
	cost := e.Charge.Cost
	billed := cost
	if e.Planned {
		billed = money.Amount{}
	}
	n := e.Tokens.Total()
	w.text("ChargeDescription", e.Dims.Model+" tokens, while a price changed"+suffix(e))
	w.set("ConsumedQuantity", export.AmountCell(money.FromUnits(n)))
	w.text("ConsumedUnit", "Tokens")
	w.text("PricingUnit", "1000000 Tokens")
	w.amount("PricingQuantity", money.NewRate(money.FromUnits(1)).Scale(1, million).Times(n))
	w.amount("ListCost", cost)
	for _, column := range []string{"ContractedCost", "BilledCost", "EffectiveCost"} {
		w.amount(column, billed)
	}
	return w.to.Row(w.cells)
}
