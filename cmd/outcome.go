package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tokpit/ingest"
	"tokpit/internal/clean"
)

// failure is the error of a sync in which some source failed.
func (o *outcome) failure() error {
	var out []error
	for i, err := range o.errs {
		if err != nil {
			e := fmt.Errorf("source %s: %w", o.results[i].Name, err)
			if h := hintOf(err); h != "" {
				e = hint(e, "%s", h)
			}
			out = append(out, e)
		}
	}
	return errors.Join(out...)
}

type syncDocument struct {
	Schema   string       `json:"schema"`
	AsOf     string       `json:"as_of"`
	Sources  []syncSource `json:"sources"`
	Revision uint64       `json:"revision"`
	// Retention is what was pruned, if it was applied with this sync.
	Retention *prunedDocument `json:"retention,omitempty"`
}

type syncSource struct {
	Name        string     `json:"name"`
	Files       int64      `json:"files"`
	BytesRead   int64      `json:"bytes_read"`
	Rows        int64      `json:"rows"`
	Added       int64      `json:"added"`
	Replaced    int64      `json:"replaced"`
	Duplicates  int64      `json:"duplicates"`
	Quarantined int64      `json:"quarantined"`
	TooOld      int64      `json:"too_old,omitempty"`   // refused, see tokpit retention
	Forgotten   int64      `json:"forgotten,omitempty"` // refused, see tokpit forget
	Error       *syncError `json:"error"`
}

type syncError struct {
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func (o *outcome) document(asOf time.Time) syncDocument {
	d := syncDocument{Schema: "tokpit.sync/1", AsOf: stamp(asOf), Sources: []syncSource{}, Revision: o.revision}
	for i, r := range o.results {
		s := syncSource{Name: r.Name, Files: r.Files, BytesRead: r.BytesRead, Rows: r.Rows, Added: r.Added,
			Replaced: r.Replaced, Duplicates: r.Duplicates, Quarantined: r.Quarantined, TooOld: r.TooOld, Forgotten: r.Forgotten}
		if err := o.errs[i]; err != nil {
			s.Error = &syncError{clean.Text(err.Error()), clean.Text(hintOf(err))}
		}
		d.Sources = append(d.Sources, s)
	}
	if o.pruned != nil {
		p := o.pruned.document(asOf)
		d.Retention = &p
	}
	return d
}

// print says what happened, one line a source.
func (o *outcome) print(w io.Writer) error {
	var b strings.Builder
	for i, r := range o.results {
		fmt.Fprintf(&b, "%-14s ", r.Name)
		switch {
		case o.errs[i] != nil:
			b.WriteString("failed, see below")
		case o.remote[i]:
			b.WriteString(pulled(r))
		case r.Name == settingDemo && r.Added == 0: // there are no files of it
			b.WriteString("nothing new")
		case r.Files == 0 && r.Added == 0:
			b.WriteString("nothing found")
			for _, p := range r.Places {
				fmt.Fprintf(&b, "\n%-14s   looked in %s", "", clean.Limit(p.Path, 4096))
				if p.Err != nil {
					fmt.Fprintf(&b, ": %s", clean.Text(p.Err.Error()))
				}
			}
		case r.Read == 0 && r.Rows == 0:
			fmt.Fprintf(&b, "%s, nothing new", count(r.Files, "file"))
		default:
			fmt.Fprintf(&b, "%s, %s new: %s read, %s added", count(r.Files, "file"), group(r.Read), count(r.Rows, "row"), group(r.Added))
			if r.Replaced > 0 {
				fmt.Fprintf(&b, ", %s updated", group(r.Replaced))
			}
			if n := r.Duplicates; n > 0 {
				fmt.Fprintf(&b, ", %s folded", count(n, "copy"))
			}
		}
		if r.Quarantined > 0 {
			fmt.Fprintf(&b, ", %s quarantined (tokpit doctor lists them)", group(r.Quarantined))
		}
		if n := r.TooOld; n > 0 {
			fmt.Fprintf(&b, ", %s older than the retention", group(n))
		}
		if r.Forgotten > 0 {
			fmt.Fprintf(&b, ", %s turned away (tokpit forget --list)", group(r.Forgotten))
		}
		b.WriteByte('\n')
	}
	if o.pruned != nil {
		fmt.Fprintf(&b, "%-14s ", "retention")
		if err := o.pruned.print(&b); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// pulled says what came of asking a provider.
func pulled(r ingest.Result) string {
	switch {
	case r.Rows == 0:
		return "no usage"
	case r.Added+r.Replaced == 0:
		return count(r.Rows, "row") + ", nothing new"
	}
	text := fmt.Sprintf("%s: %s added", count(r.Rows, "row"), group(r.Added))
	if r.Replaced > 0 {
		text += fmt.Sprintf(", %s updated", group(r.Replaced))
	}
	return text
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func writeJSON(w io.Writer, doc any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(doc)
}

// count writes a number with its noun: "1 file", "1,204 files", "2 copies".
func count(n int64, noun string) string {
	if n != 1 {
		if stem, ok := strings.CutSuffix(noun, "y"); ok && noun != "day" {
			noun = stem + "ie"
		}
		noun += "s"
	}
	return group(n) + " " + noun
}

// group writes a number with a comma every three digits.
func group(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
