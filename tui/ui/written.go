package ui

import "strings"

// Written puts amounts in a sentence of a report as all others on screen are:
// "USD 12.00" as "$12.00".
func Written(text, currency string) string {
	if currency == "" {
		return text
	}
	return strings.ReplaceAll(text, Text(currency)+" ", Symbol(currency))
}
