package cmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/usage"
	"tokpit/usage/claudecode"
	"tokpit/usage/codex"
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
	width := len("records")
	for i := range list {
		width = max(width, len(group(list[i].Records)))
	}
	fmt.Fprintf(t, "source\ttype\tstate\tlast sync\t%*s\tread in full\n", width, "records")
	var away []string
	for i := range list {
		l := &list[i]
		if l.away() {
			away = append(away, clean.Text(l.Name))
			continue
		}
		kind, synced := l.Type, "–"
		if kind == "" {
			kind = l.Kind
		}
		if !l.Synced.IsZero() {
			synced = stamp(l.Synced)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%*s\t%s\n", clean.Text(l.Name), clean.Text(kind), l.state, synced, width, group(l.Records), cmp.Or(describeCoverage(l.Coverage), "–"))
	}
	t.Flush()
	if len(away) > 0 {
		fmt.Fprintf(&b, "\nnot on this machine: %s\n", strings.Join(away, ", "))
	}
	for i := range list {
		list[i].details(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// away reports whether a tool has left no trace on this machine or another one. The
// two most common ones are shown, so that a person sees that they were looked for.
func (l *listed) away() bool {
	return l.Type == "" && l.Records+l.Quarantined == 0 && l.Err == "" && l.Name != claudecode.Name && l.Name != codex.Name &&
		len(l.Places) > 0 && !slices.ContainsFunc(l.Places, func(p usage.Place) bool { return p.Found })
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
