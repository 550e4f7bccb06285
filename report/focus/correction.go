package focus

import (
	"cmp"
	"strings"

	"tokpit/money"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/usage"
)

// correction writes what has changed about a closed cycle, in the billing period
// in which it is booked: it has costs, the difference in tokens, and no price. A
// changed fee has two rows, as the fee itself.
func (w *Writer) correction(e *report.Entry) error {
	if e.Charge.UnpricedTokens > 0 || e.Charge.UnpricedQuantities > 0 {
		w.lack(e)
	}
	if e.Charge.Currency == "" || !e.Charge.Priced && e.Plan == nil {
		return nil
	}
	zero, cash := money.Amount{}, e.Cash()
	if e.Plan != nil {
		if err := w.corrected(e, "Purchase", cash, cash, zero); err != nil {
			return err
		}
		return w.corrected(e, "Usage", zero, zero, cash)
	}
	return w.corrected(e, "Usage", e.Charge.Cost, cash, cash)
}

// corrected writes one row of a correction.
func (w *Writer) corrected(e *report.Entry, category string, list, billed, effective money.Amount) error {
	w.begin(e)
	what := e.Dims.Model
	if e.Plan != nil {
		what = "subscription of " + e.Plan.Source
		vendor := titled(e.Plan.Source)
		for _, column := range []string{"HostProviderName", "InvoiceIssuerName", "ProviderName", "ServiceProviderName", "PublisherName"} {
			w.text(column, vendor)
		}
		w.text("ServiceName", vendor+" subscription")
		w.text("x_Basis", "")
	}
	frequency := "Usage-Based"
	if e.Plan != nil {
		frequency = "Recurring"
	}
	var why []string
	for _, c := range e.Correction.Causes {
		why = append(why, strings.ReplaceAll(c.Code, "_", " "))
	}
	w.text("ChargeCategory", category)
	w.text("ChargeClass", "Correction")
	w.text("ChargeFrequency", frequency)
	w.text("ChargeDescription", "correction of "+e.Correction.Cycle+": "+cmp.Or(what, "no model")+", "+strings.Join(why, ", "))
	w.text("x_CostKind", "correction")
	if category == "Usage" { // may be empty by the text, must not be by the model of the rules
		quantity, unit := e.Total(), "Tokens"
		if e.Plan != nil {
			unit = "Days"
		}
		w.amount("ConsumedQuantity", money.FromUnits(quantity))
		w.text("ConsumedUnit", unit)
	}
	w.amount("ListCost", list)
	w.amount("ContractedCost", billed)
	w.amount("BilledCost", billed)
	w.amount("EffectiveCost", effective)
	return w.to.Row(w.cells)
}

// Tax writes the tax of an invoice as a row of its own, over the whole billing
// period; nothing if it has none.
func (w *Writer) Tax(i *report.Invoice, period usage.Span) error {
	if i.Tax.IsZero() {
		return nil
	}
	provider := w.opt.Provider(i.Provider)
	if provider == i.Provider {
		provider = titled(i.Provider)
	}
	clear(w.cells)
	w.text("BillingAccountId", cmp.Or(i.Account, "default"))
	w.text("BillingAccountName", cmp.Or(i.Account, "default"))
	w.text(CurrencyColumn, i.Currency)
	for _, column := range []string{"BillingPeriodStart", "ChargePeriodStart"} {
		w.set(column, export.TimeCell(period.Since))
	}
	for _, column := range []string{"BillingPeriodEnd", "ChargePeriodEnd"} {
		w.set(column, export.TimeCell(period.Until))
	}
	for _, column := range []string{"HostProviderName", "InvoiceIssuerName", "ProviderName", "ServiceProviderName", "PublisherName"} {
		w.text(column, provider)
	}
	w.text("ServiceCategory", "AI and Machine Learning")
	w.text("ServiceSubcategory", "Generative AI")
	w.text("ServiceName", provider+" API")
	w.text("InvoiceId", i.Number)
	w.text("ChargeCategory", "Tax")
	w.text("ChargeFrequency", "One-Time")
	w.text("ChargeDescription", "tax of the invoice "+i.Number)
	w.text("x_CostKind", "invoiced")
	for _, column := range []string{"BilledCost", "ContractedCost", "EffectiveCost", "ListCost"} {
		w.amount(column, i.Tax)
	}
	return w.to.Row(w.cells)
}
