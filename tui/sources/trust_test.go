package sources

import (
	"strings"
	"testing"
	"time"

	"tokpit/report"
)

// Days that several providers cannot be compared on are said of each of them.
func TestDaysThatAreNotCompared(t *testing.T) {
	gap := func(provider string) report.AccountReconciliation {
		return report.AccountReconciliation{Provider: provider, Currency: "USD", Days: []report.DayReconciliation{{
			Day: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC), Cause: report.Cause{Text: "no bill yet"}, Compared: report.Compared{Status: report.NotComparable}}}}
	}
	whole := report.AccountReconciliation{Provider: "mistral", Currency: "USD"}
	rec := &report.Reconciliation{Accounts: []report.AccountReconciliation{gap("openai"), gap("anthropic"), whole}}
	if got := newTrust(rec).notes; len(got) != 1 || !strings.HasPrefix(got[0], "openai, anthropic: ") {
		t.Errorf("%q", got)
	}
}
