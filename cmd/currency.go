package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
)

func currencyFlag(c *cobra.Command, to *string) {
	c.Flags().StringVar(to, "currency", "", "show figures in this `currency` too, at the dated rates of [currency] in the configuration; none shows their own only")
}

// largestRates is more than a century of daily rates of all currencies.
const largestRates = 64 << 20

// display reads the rates of a display currency: the one that is asked for, else
// the configured one. It returns nil if there is none.
func (a *app) display(asked string) (*report.Display, error) {
	currency := a.config.Currency.Display
	switch {
	case asked == "none":
		return nil, nil
	case asked != "":
		currency = strings.ToUpper(asked)
		if !report.CurrencyCode(currency) {
			return nil, hint(fmt.Errorf("--currency %q is no currency", clean.Text(clip(asked))), "give an ISO 4217 code such as EUR")
		}
	case currency == "":
		return nil, nil
	}
	path := a.config.Currency.Rates
	if path == "" {
		return nil, hint(errors.New("no exchange rates are configured"),
			"write a file with the columns date,currency,rate,source (such as 2026-11-20,EUR,0.9194,ECB) and name it in the configuration: [currency] rates = \"rates.csv\"")
	}
	if !filepath.IsAbs(path) {
		if at, _ := a.configFile(); at != "" {
			path = filepath.Join(filepath.Dir(at), path)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, hint(fmt.Errorf("exchange rates: %w", err), "correct [currency] rates in the configuration")
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > largestRates {
		return nil, hint(fmt.Errorf("exchange rates: %s is larger than %d MiB", path, largestRates>>20), "leave out days that you do not need")
	}
	rates, err := report.ReadExchangeRates(f)
	if err != nil {
		return nil, hint(fmt.Errorf("exchange rates: %s: %w", path, err), "the columns are date,currency,rate,source, and from for other currencies than USD")
	}
	return &report.Display{Currency: currency, Rates: rates}, nil
}
