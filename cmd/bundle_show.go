package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/usage/bundle"
)

func newBundleShow(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show FILE",
		Short: "Say what a bundle holds, and whether it is whole",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.settle(c.Context(), c.CommandPath()); err != nil {
				return err
			}
			f, err := bundle.Open(c.Context(), args[0])
			if err != nil {
				return bundleHint(err)
			}
			defer f.Close()
			if asJSON {
				return unlessBrokenPipe(writeJSON(c.OutOrStdout(), showDocument(f)))
			}
			return unlessBrokenPipe(printBundle(c.OutOrStdout(), f))
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// bundleJSON is the document of `bundle show --json`.
type bundleJSON struct {
	Schema      string           `json:"schema"`
	File        string           `json:"file"`
	Bytes       int64            `json:"bytes"`
	Machine     *string          `json:"machine"`
	Store       *string          `json:"store"`
	AsOf        *string          `json:"as_of"`
	Revision    uint64           `json:"revision"`
	Since       *string          `json:"since"`
	Until       *string          `json:"until"`
	Records     int64            `json:"records"`
	Connections []bundlePartJSON `json:"connections"`
	SHA256      string           `json:"sha256"` // of the text in it
}

type bundlePartJSON struct {
	Connection string  `json:"connection"`
	Role       string  `json:"role"`
	Records    int64   `json:"records"`
	Gone       *int64  `json:"gone,omitempty"`
	Type       *string `json:"type,omitempty"`
	Account    *string `json:"account,omitempty"`
	Machine    *string `json:"machine,omitempty"`
	First      *string `json:"first,omitempty"`
	Last       *string `json:"last,omitempty"`
}

func partDocument(p *bundle.Summary) bundlePartJSON {
	return bundlePartJSON{Connection: clean.Limit(p.Name, 200), Role: string(p.Role), Records: p.Records, Gone: &p.Gone, Type: harmless(p.Type),
		Account: harmless(p.Account), Machine: harmless(p.Machine), First: optionalTime(p.First), Last: optionalTime(p.Last)}
}

func showDocument(f *bundle.File) bundleJSON {
	doc := bundleJSON{Schema: "tokpit.bundle-show/1", File: clean.Limit(f.Path, 4096), Bytes: f.Size, Machine: harmless(f.Machine), Store: harmless(f.Store),
		AsOf: optionalTime(f.AsOf), Revision: f.Revision, Since: optionalTime(f.Span.Since), Until: optionalTime(f.Span.Until), Records: f.Records(),
		Connections: []bundlePartJSON{}, SHA256: f.Digest}
	for i := range f.Parts {
		doc.Connections = append(doc.Connections, partDocument(&f.Parts[i]))
	}
	return doc
}

func printBundle(w io.Writer, f *bundle.File) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is whole: %s, %s bytes\n", clean.Limit(f.Path, 4096), count(f.Records(), "record"), group(f.Size))
	fmt.Fprintf(&b, "from %s, revision %d of its store", clean.Text(machineOf(f.Machine)), f.Revision)
	if !f.AsOf.IsZero() {
		fmt.Fprintf(&b, ", last changed %s", stamp(f.AsOf))
	}
	b.WriteString("\n")
	if !f.Span.Since.IsZero() || !f.Span.Until.IsZero() {
		fmt.Fprintf(&b, "only usage %s\n", describeSpan(f.Span.Since, f.Span.Until))
	}
	rows := [][]string{{"source", "role", "records", "taken back", "first", "last"}}
	for i := range f.Parts {
		p := &f.Parts[i]
		first, last := "–", "–"
		if p.Records > 0 {
			first, last = p.First.UTC().Format(time.DateOnly), p.Last.UTC().Format(time.DateOnly)
		}
		rows = append(rows, []string{clean.Limit(p.Name, 200), string(p.Role), group(p.Records), group(p.Gone), first, last})
	}
	b.WriteString("\n")
	writeTable(&b, rows, 2, 3)
	_, err := io.WriteString(w, b.String())
	return err
}

func describeSpan(since, until time.Time) string {
	var parts []string
	if !since.IsZero() {
		parts = append(parts, "from "+since.UTC().Format(time.DateOnly))
	}
	if !until.IsZero() {
		parts = append(parts, "before "+until.UTC().Format(time.DateOnly))
	}
	return strings.Join(parts, ", ")
}

func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
