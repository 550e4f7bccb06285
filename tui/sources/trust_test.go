package sources

import (
	"slices"
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

// Days that are not compared for several reasons say each of them, with its days.
func TestEveryReasonWhyDaysAreNotCompared(t *testing.T) {
	day := func(d int, why string) report.DayReconciliation {
		return report.DayReconciliation{Day: time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC), Cause: report.Cause{Text: why}, Compared: report.Compared{Status: report.NotComparable}}
	}
	rec := &report.Reconciliation{Accounts: []report.AccountReconciliation{
		{Provider: "openai", Currency: "USD", Days: []report.DayReconciliation{day(3, "no usage was read"), day(4, "no usage was read"), day(9, "the bill is not complete"), day(12, "no usage was read")}},
		{Provider: "anthropic", Currency: "USD", Days: []report.DayReconciliation{day(9, "the bill is not complete")}},
	}}
	want := []string{"openai: 3–4 Nov, 12 Nov are not compared: no usage was read", "9 Nov is not compared: the bill is not complete"}
	if got := newTrust(rec).notes; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
