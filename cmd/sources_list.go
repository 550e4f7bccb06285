package cmd

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/usage"
)

func newSourcesList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "Say where usage comes from, and how that goes",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			s, err := a.standing(c.Context())
			if err != nil {
				return err
			}
			list := a.listed(s)
			if asJSON {
				return writeJSON(c.OutOrStdout(), sourcesDocument(list, a.now()))
			}
			return printSources(c.OutOrStdout(), list)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// listed is a source with what only a list shows.
type listed struct {
	report.SourceStatus
	state string
	tried time.Time // zero if never
	since time.Time // of a connection
}

func (a *app) listed(s standing) []listed {
	since := make(map[string]time.Time)
	for _, c := range s.connections {
		since[c.Name] = c.Since
	}
	var out []listed
	for _, src := range a.sourceStatus(s) {
		tried := s.lastTry(src.Name)
		out = append(out, listed{src, sourceState(&src, !tried.IsZero()), tried, since[src.Name]})
	}
	return out
}

func printSources(w io.Writer, list []listed) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "source\ttype\tstate\tlast sync\trecords\tread in full")
	for i := range list {
		l := &list[i]
		kind, synced := l.Type, "–"
		if kind == "" {
			kind = l.Kind
		}
		if !l.Synced.IsZero() {
			synced = stamp(l.Synced)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", clean.Text(l.Name), clean.Text(kind), l.state, synced, group(l.Records), describeCoverage(l.Coverage))
	}
	t.Flush()
	for i := range list {
		list[i].details(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// details says what else there is to know of a source, and what to do.
func (l *listed) details(b *strings.Builder) {
	var lines []string
	if l.KeyRef != "" {
		account := "account " + clean.Text(l.Account)
		if l.Account == "" { // of a gateway
			account = "for the providers' accounts"
		}
		text := fmt.Sprintf("key %s, %s, by %s, since %s", clean.Limit(l.KeyRef, 200), account, clean.Text(l.Grain), l.since.Format(time.DateOnly))
		if l.BaseURL != "" {
			text += ", at " + clean.Text(l.BaseURL)
		}
		lines = append(lines, text)
	}
	if l.Quarantined > 0 {
		lines = append(lines, count(l.Quarantined, "row")+" quarantined (tokpit doctor lists them)")
	}
	lines = append(lines, l.Doubts...)
	lines = append(lines, describeStanding(l.Standing)...)
	if l.Err != "" {
		text := "failed"
		if !l.tried.IsZero() {
			text += " " + stamp(l.tried)
		}
		lines = append(lines, "! "+text+": "+clean.Limit(l.Err, 600))
		if l.Hint != "" {
			lines = append(lines, "  hint: "+clean.Limit(l.Hint, 600))
		}
	}
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", clean.Text(l.Name))
	for _, line := range lines {
		fmt.Fprintf(b, "  %s\n", line)
	}
}

// describeCoverage says which days a source has read in full, usage before
// bills: the first and the last one, and how many between them are missing.
func describeCoverage(all []usage.Coverage) string {
	var out []string
	for _, basis := range []usage.Basis{usage.Reported, usage.Metered, usage.Logged, usage.Imported, usage.Billed} {
		var spans []usage.Span
		for _, c := range all {
			if c.Basis == basis {
				spans = append(spans, c.Span)
			}
		}
		if len(spans) == 0 {
			continue
		}
		first, last, days := spans[0].Since, spans[0].Until, 0
		for _, s := range joined(spans) {
			first, last = earliest(first, s.Since), latest(last, s.Until)
			days += int(s.Until.Sub(s.Since) / (24 * time.Hour))
		}
		text := fmt.Sprintf("%s %s – %s", basis, first.Format(time.DateOnly), last.AddDate(0, 0, -1).Format(time.DateOnly))
		if holes := int(last.Sub(first)/(24*time.Hour)) - days; holes > 0 {
			text += fmt.Sprintf(" (%s missing)", count(int64(holes), "day"))
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// joined joins spans of several accounts or providers that overlap.
func joined(spans []usage.Span) []usage.Span {
	all := make([]usage.Coverage, len(spans))
	for i, s := range spans {
		all[i] = usage.Coverage{Basis: usage.Reported, Span: s}
	}
	var out []usage.Span
	for _, c := range usage.MergeCoverage(all) {
		out = append(out, c.Span)
	}
	return out
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// describeStanding says what a provider says about the account itself.
func describeStanding(s *usage.Standing) (lines []string) {
	if s == nil {
		return nil
	}
	if s.Currency != "" {
		lines = append(lines, fmt.Sprintf("credit: %s of %s %s used (%s)", s.Used.Format(2), s.Granted.Format(2), clean.Text(s.Currency), stamp(s.At)))
	}
	for _, l := range s.Limits {
		what := "alert at"
		if l.Enforced {
			what = "limit of"
		}
		text := fmt.Sprintf("provider's own %s %s %s a %s", what, l.Amount.Format(2), clean.Text(l.Currency), clean.Text(l.Interval))
		if l.Scope != usage.ByOrganization && l.ID != "" {
			text += fmt.Sprintf(" for %s %s", l.Scope, clean.Text(l.ID))
		}
		if l.Note != "" {
			text += " (" + clean.Text(l.Note) + ")"
		}
		lines = append(lines, text)
	}
	for _, x := range s.Windows {
		text := fmt.Sprintf("plan window %s: %s of %s used", clean.Text(x.Name), report.ShareText(x.Used), count(int64(x.Length/time.Minute), "minute"))
		if !x.Resets.IsZero() {
			text += ", resets " + stamp(x.Resets)
		}
		lines = append(lines, text+" (said "+stamp(x.At)+")")
	}
	return lines
}
