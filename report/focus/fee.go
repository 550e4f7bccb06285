package focus

import (
	"time"

	"tokpit/money"
	"tokpit/report"
)

// fee writes a day's part of a plan's fee: the purchase, which is billed, and the
// day of the subscription that it pays for, which is what it effectively costs.
func (w *Writer) fee(e *report.Entry) error {
	w.subscription(e)
	w.text("ChargeCategory", "Purchase")
	w.text("ChargeDescription", "subscription of "+e.Plan.Source+", this day's part of the fee")
	w.text("PricingCategory", "Standard")
	w.text("SkuPriceId", e.Plan.Source+"/subscription-"+e.Span.Since.Format(time.DateOnly))
	for _, column := range []string{"ListUnitPrice", "ContractedUnitPrice", "ListCost", "ContractedCost", "BilledCost"} {
		w.amount(column, e.Charge.Cost)
	}
	w.amount("EffectiveCost", money.Amount{})
	if err := w.to.Row(w.cells); err != nil {
		return err
	}
	w.subscription(e)
	w.text("ChargeCategory", "Usage")
	w.text("ChargeDescription", "a day of the subscription of "+e.Plan.Source)
	w.text("PricingCategory", "Other")
	w.text("SkuPriceId", e.Plan.Source+"/subscription-paid")
	w.amount("ConsumedQuantity", money.FromUnits(1))
	w.text("ConsumedUnit", "Days")
	for _, column := range []string{"ListUnitPrice", "ContractedUnitPrice", "ListCost", "ContractedCost", "BilledCost"} {
		w.amount(column, money.Amount{})
	}
	w.amount("EffectiveCost", e.Charge.Cost)
	return w.to.Row(w.cells)
}

// subscription fills in what both rows of a fee have.
func (w *Writer) subscription(e *report.Entry) {
	w.begin(e)
	vendor := titled(e.Plan.Source)
	for _, column := range []string{"HostProviderName", "InvoiceIssuerName", "ProviderName", "ServiceProviderName", "PublisherName"} {
		w.text(column, vendor)
	}
	w.text("ServiceName", vendor+" subscription")
	w.text("ChargeFrequency", "Recurring")
	w.text("PricingUnit", "Days")
	w.amount("PricingQuantity", money.FromUnits(1))
	w.text("SkuId", e.Plan.Source+"/subscription")
	w.text("SkuMeter", "Subscription Days")
	w.text("x_CostKind", "fee")
	w.text("x_Basis", "")
}
