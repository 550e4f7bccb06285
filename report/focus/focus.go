// Package focus turns a ledger into FOCUS, the FinOps Foundation's common form
// of cost data, valid for versions 1.2 and 1.3 at once: it has the columns that
// 1.3 renamed under both names.
//
// There is a row for each class of tokens of each entry of the ledger, with the
// price of 1,000,000 tokens and the quantity in millions, so that price ×
// quantity is the cost to the last digit. What a plan pays for costs nothing
// when it is used (its list cost is the API-equivalent), and the plan's fee is a
// recurring purchase. Keys of models and tokens that the specification knows from
// 1.5 on only are prefixed with "x_", as it asks for until then.
//
// FOCUS has no place for usage without a price; see [Writer.LeftOut].
package focus

import (
	"time"

	"tokpit/report"
	"tokpit/report/export"
	"tokpit/usage"
)

// Schema names the columns.
const Schema = "focus/1.2+1.3"

// CurrencyColumn says what the amounts of a row are in.
const CurrencyColumn = "BillingCurrency"

// By is the grain that entries must have: UTC days, and everything that a column
// is made from.
func By() []usage.Dimension { return report.LedgerBy() }

// Columns of the file, in its order.
func Columns() []export.Column {
	text, number, at := export.Text, export.Amount, export.Time
	return []export.Column{
		{Name: "BilledCost", Kind: number, Sum: true}, {Name: "BillingAccountId", Kind: text}, {Name: "BillingAccountName", Kind: text},
		{Name: CurrencyColumn, Kind: text}, {Name: "BillingPeriodEnd", Kind: at}, {Name: "BillingPeriodStart", Kind: at},
		{Name: "ChargeCategory", Kind: text}, {Name: "ChargeClass", Kind: text}, {Name: "ChargeDescription", Kind: text},
		{Name: "ChargeFrequency", Kind: text}, {Name: "ChargePeriodEnd", Kind: at}, {Name: "ChargePeriodStart", Kind: at},
		{Name: "ConsumedQuantity", Kind: number}, {Name: "ConsumedUnit", Kind: text}, {Name: "ContractedCost", Kind: number, Sum: true},
		{Name: "ContractedUnitPrice", Kind: number}, {Name: "EffectiveCost", Kind: number, Sum: true}, {Name: "HostProviderName", Kind: text},
		{Name: "InvoiceId", Kind: text}, {Name: "InvoiceIssuerName", Kind: text}, {Name: "ListCost", Kind: number, Sum: true},
		{Name: "ListUnitPrice", Kind: number}, {Name: "PricingCategory", Kind: text}, {Name: "PricingQuantity", Kind: number},
		{Name: "PricingUnit", Kind: text}, {Name: "ProviderName", Kind: text}, {Name: "PublisherName", Kind: text},
		{Name: "ServiceCategory", Kind: text}, {Name: "ServiceName", Kind: text}, {Name: "ServiceProviderName", Kind: text},
		{Name: "ServiceSubcategory", Kind: text}, {Name: "SkuId", Kind: text}, {Name: "SkuMeter", Kind: text}, {Name: "SkuPriceDetails", Kind: text},
		{Name: "SkuPriceId", Kind: text}, {Name: "SubAccountId", Kind: text}, {Name: "SubAccountName", Kind: text}, {Name: "Tags", Kind: text},
		{Name: "x_CostKind", Kind: text, About: "computed, estimated (another vendor's price) or range"},
		{Name: "x_CredentialId", Kind: text, About: "id of the API key"}, {Name: "x_CredentialName", Kind: text},
		{Name: "x_Environment", Kind: text}, {Name: "x_Organization", Kind: text}, {Name: "x_Region", Kind: text},
		{Name: "x_Source", Kind: text, About: "where the usage was read"}, {Name: "x_Basis", Kind: text},
		{Name: "x_PriceSource", Kind: text, About: "where the price was published"}, {Name: "x_PriceBook", Kind: text},
	}
}

// indices of the columns by name.
func indices() map[string]int {
	out := make(map[string]int)
	for i, c := range Columns() {
		out[c.Name] = i
	}
	return out
}

// Options say what rows need to know beside the ledger.
type Options struct {
	Names *report.Names
	// Provider is what people call who bills, by its name in the ledger.
	Provider func(id string) string
	// Cycle returns the billing period that an instant lies in.
	Cycle func(time.Time) usage.Span
	// Book is the version of the price book.
	Book string
	// Period is the billing period that corrections are booked in.
	Period usage.Span
	// Invoice returns the number of the invoice that charges of a billing period
	// are on, "" if it is not known; nil knows none.
	Invoice func(provider, account string, period usage.Span) string
}
