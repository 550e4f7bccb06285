package cmd

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
)

// mostUnusualDays is how far back days that stand out are looked for.
const mostUnusualDays = 92

type unusualDocument struct {
	Schema   string        `json:"schema"`
	AsOf     string        `json:"as_of"`
	Currency string        `json:"currency"`
	Looked   int           `json:"days_looked_at"`
	WhyNot   *string       `json:"why_none"` // null: they were looked for
	Days     []unusualJSON `json:"days"`
}

type unusualJSON struct {
	Day       string      `json:"day"`
	Dimension *string     `json:"dimension"` // null: all usage
	ID        *string     `json:"id"`
	Name      *string     `json:"name"`
	Cost      string      `json:"cost"`
	Usual     string      `json:"usual"`
	Rise      string      `json:"rise"`
	Score     float64     `json:"score"`
	Limit     float64     `json:"score_limit"`
	Text      string      `json:"text"`
	Causes    []causeJSON `json:"causes"` // their rises add up to that of the day
}

type causeJSON struct {
	Of    map[string]*string `json:"of"` // empty: what is left over
	Cost  string             `json:"cost"`
	Usual string             `json:"usual"`
	Rise  string             `json:"rise"`
}

// unusual prints the days that stand out.
func (a *app) unusual(c *cobra.Command, days int, asJSON bool) error {
	if days < 1 || days > mostUnusualDays {
		return hint(fmt.Errorf("%d days", days), "give a number between 1 and %d", mostUnusualDays)
	}
	r, err := a.budgetReader(c.Context())
	if err != nil {
		return err
	}
	in := r.input(c.Context())
	in.Unusual = days
	b, err := report.BuildBudgets(in)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), unusualDocumentOf(b, days))
	}
	return printUnusual(c.OutOrStdout(), b, days)
}

func unusualDocumentOf(b *report.Budgets, days int) unusualDocument {
	d := unusualDocument{Schema: "tokpit.forecast.unusual/1", AsOf: stamp(b.AsOf), Currency: "USD", Looked: days, WhyNot: optional(b.NoUnusual), Days: []unusualJSON{}}
	for i := range b.Unusual {
		u := &b.Unusual[i]
		j := unusualJSON{Day: u.Day.Format(time.DateOnly), Dimension: optional(string(u.By)), ID: optional(u.Value), Name: optional(u.Label), Cost: u.Cost.String(),
			Usual: u.Usual.String(), Rise: u.Rise.String(), Score: u.Score, Limit: u.Limit, Text: u.Text, Causes: []causeJSON{}}
		for _, x := range u.Causes {
			of := make(map[string]*string)
			for k, dim := range x.Dims {
				of[string(dim)] = optional(x.Values[k])
			}
			j.Causes = append(j.Causes, causeJSON{of, x.Cost.String(), x.Usual.String(), x.Rise.String()})
		}
		d.Days = append(d.Days, j)
	}
	return d
}

// printUnusual says which days stand out, and what their rise is made of.
func printUnusual(w io.Writer, b *report.Budgets, days int) error {
	var out strings.Builder
	switch {
	case b.NoUnusual != "":
		fmt.Fprintf(&out, "Not looked for: %s\n", b.NoUnusual)
	case len(b.Unusual) == 0:
		fmt.Fprintf(&out, "No day stands out: the whole days of the last %s were looked at.\n", count(int64(days), "day"))
	}
	for i := range b.Unusual {
		u := &b.Unusual[i]
		if i > 0 {
			out.WriteString("\n")
		}
		fmt.Fprintf(&out, "%s\n  %-10s %s, usually %s\n", clean.Text(u.Text), u.Day.Format(time.DateOnly), figure(u.Cost, "USD"), figure(u.Usual, "USD"))
		for k, x := range u.Causes {
			what := "rise"
			if k > 0 {
				what = ""
			}
			fmt.Fprintf(&out, "  %-10s %+.2f  %s\n", what, x.Rise.Float(), clean.Text(x.Label))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}
