package pricing

import "strings"

// Flags are doubts about a price that a person should be able to see.
type Flags uint16

// The doubts.
const (
	// FlagEstimate: another vendor's list price stands in for the biller's own.
	FlagEstimate Flags = 1 << iota
	// FlagBeforeFirst: the usage is older than the first known price, which is used.
	FlagBeforeFirst
	// FlagTierMissing: no price is known for the service tier; standard is used.
	FlagTierMissing
	// FlagModifier: a surcharge or discount may apply that the book does not know.
	FlagModifier
	// FlagLikelyName: the name is priced as the model that it most likely stood for.
	FlagLikelyName
	// FlagBand: the requests' context lies on both sides of a threshold.
	FlagBand
	// FlagHours: the time covers hours with different prices.
	FlagHours
	// FlagPriceChange: a price changed within the time.
	FlagPriceChange
	// FlagUnpricedModel: the book has no price for the model.
	FlagUnpricedModel
	// FlagUnpricedClass: the model has no price for a class of tokens.
	FlagUnpricedClass
	// FlagUnpricedMeter: there is no price for a quantity.
	FlagUnpricedMeter
)

// rangeFlags are the doubts that a range of amounts answers.
const rangeFlags = FlagBand | FlagHours | FlagPriceChange

var flagNames = [...]string{"estimate", "before-first-row", "tier-missing", "modifier-unknown", "likely-name",
	"context-range", "hours-range", "price-change", "unpriced-model", "unpriced-class", "unpriced-meter"}

// Names returns the names of the flags that are set, in a fixed order.
func (f Flags) Names() []string {
	var out []string
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// String returns the names of the flags that are set, separated by commas.
func (f Flags) String() string { return strings.Join(f.Names(), ",") }
