package focus

import (
	"cmp"
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/report"
)

// skuOf names what is sold: a model of who bills.
func skuOf(e *report.Entry) string {
	return cmp.Or(e.Tariff.Provider, e.Dims.Provider, "unknown") + "/" + cmp.Or(e.Tariff.Model, e.Dims.Model, "unknown")
}

// priceID names one price of a SKU: it changes with the tier, the size of the
// request and the day from which the price holds.
func priceID(sku string, e *report.Entry) string {
	id := sku + "-" + cmp.Or(e.Tariff.Tier, e.Dims.Tier, pricing.Standard)
	if b := band(e); b != "" {
		id += "-context-" + b
	}
	if from := e.Price.From; !from.IsZero() {
		id += "-" + from.UTC().Format(time.DateOnly)
	}
	if e.Planned {
		id += "-plan"
	}
	if !e.Tariff.Discount.One() {
		id += "-discounted"
	}
	return id
}

// band is the requests by context that a price is for, where it says so.
func band(e *report.Entry) string {
	if e.Price.Context == (pricing.Context{}) {
		return ""
	}
	return e.Dims.Band.String()
}

// suffix says what is special about the usage, for the description.
func suffix(e *report.Entry) string {
	var parts []string
	if t := e.Dims.Tier; t != "" && t != pricing.Standard {
		parts = append(parts, t)
	}
	if band(e) != "" {
		parts = append(parts, "long context")
	}
	if e.Planned {
		parts = append(parts, "under a plan")
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// unitOf is the unit of a meter in the specification's spelling.
func unitOf(meter string) string {
	words := strings.Split(meter, "_")
	last := titled(words[len(words)-1])
	switch {
	case strings.HasSuffix(last, "ch"):
		return last + "es"
	case !strings.HasSuffix(last, "s"):
		return last + "s"
	}
	return last
}

// titled writes a name of ours for people: "web_search" is "Web Search".
func titled(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == '-' })
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return cmp.Or(strings.Join(words, " "), "Unknown")
}
