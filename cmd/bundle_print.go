package cmd

import (
	"fmt"
	"io"
	"strings"

	"tokpit/internal/clean"
	"tokpit/usage/bundle"
)

// importedJSON is the document of `bundle import --json`.
type importedJSON struct {
	Schema string             `json:"schema"`
	DryRun bool               `json:"dry_run"`
	Files  []importedFileJSON `json:"files"`
}

type importedFileJSON struct {
	File        string             `json:"file"`
	Machine     *string            `json:"machine"`
	AsOf        *string            `json:"as_of"`
	Records     int64              `json:"records"`
	Notes       []string           `json:"notes"`
	Connections []importedPartJSON `json:"connections"`
}

type importedPartJSON struct {
	bundlePartJSON
	Into        *string `json:"into"`    // null: left out
	Skipped     *string `json:"skipped"` // why it was left out
	Added       int64   `json:"added"`
	Replaced    int64   `json:"replaced"`
	Duplicates  int64   `json:"duplicates"`
	TooOld      int64   `json:"too_old"`
	Otherwise   int64   `json:"read_otherwise"` // of sessions that count as another machine has read them
	Quarantined int64   `json:"quarantined"`
}

func importDocument(done []importedBundle, dry bool) importedJSON {
	doc := importedJSON{Schema: "tokpit.bundle-import/1", DryRun: dry, Files: []importedFileJSON{}}
	for _, one := range done {
		f := importedFileJSON{File: clean.Limit(one.file.Path, 4096), Machine: harmless(one.file.Machine), AsOf: optionalTime(one.file.AsOf),
			Records: one.file.Records(), Notes: append([]string{}, one.notes...), Connections: []importedPartJSON{}}
		for i := range one.parts {
			p := &one.parts[i]
			f.Connections = append(f.Connections, importedPartJSON{bundlePartJSON: partDocument(&p.Summary), Into: harmless(p.target), Skipped: harmless(p.skipped),
				Added: p.result.Added, Replaced: p.result.Replaced, Duplicates: p.result.Duplicates, TooOld: p.result.TooOld, Otherwise: p.otherwise, Quarantined: p.result.Quarantined})
		}
		doc.Files = append(doc.Files, f)
	}
	return doc
}

func printImports(w io.Writer, done []importedBundle, dry bool) error {
	var b strings.Builder
	for _, one := range done {
		fmt.Fprintf(&b, "%s: %s from %s\n", clean.Limit(one.file.Path, 4096), count(one.file.Records(), "record"), clean.Text(machineOf(one.file.Machine)))
		for i := range one.parts {
			if p := &one.parts[i]; p.Records > 0 || p.Gone > 0 || p.Days > 0 {
				fmt.Fprintf(&b, "  %s\n", p.said(dry))
			}
		}
		for _, note := range one.notes {
			fmt.Fprintf(&b, "  note: %s\n", clean.Text(note))
		}
	}
	if dry {
		b.WriteString("nothing was stored (--dry-run)\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// said says in a line what became of a part.
func (p *importedPart) said(dry bool) string {
	name := clean.Limit(p.Name, 200)
	into := clean.Limit(p.target, 200)
	if into != name {
		into = name + " → " + into
	}
	switch {
	case p.skipped != "":
		return fmt.Sprintf("%s: left out: %s", name, clean.Text(p.skipped))
	case dry:
		return fmt.Sprintf("%s: %s to look at", into, count(p.Records, "record"))
	}
	r := &p.result
	text := fmt.Sprintf("%s: %s new, %s better, %s known", into, group(r.Added), group(r.Replaced), group(r.Duplicates))
	if p.Role == bundle.Provider && p.Days > 0 {
		text += fmt.Sprintf(" (%s of a provider's figures)", count(p.Days, "day"))
	}
	if p.otherwise > 0 {
		text += fmt.Sprintf(", %s left out: their sessions count as another machine has read them", group(p.otherwise))
	}
	if r.TooOld > 0 {
		text += fmt.Sprintf(", %s older than the retention", group(r.TooOld))
	}
	if r.Quarantined > 0 {
		text += fmt.Sprintf(", %s quarantined (tokpit doctor lists them)", count(r.Quarantined, "row"))
	}
	return text
}
