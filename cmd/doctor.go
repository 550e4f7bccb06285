package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/store"
)

func newDoctor(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check the store and say what is connected",
		Long: `Says what is connected and where tokpit looked, lists rows that could not be
counted with their file and line, and verifies the store: every cell is
recomputed from its records. It changes nothing.

Exit status 1 means that something is wrong with the store or a source;
quarantined rows alone do not.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			err := a.open(c)
			if a.store != nil && unusable(err) {
				a.zone, err = a.homeZone() // the pinned one is out of reach, as the checks will say
			}
			if err != nil {
				return err
			}
			d, err := a.examine(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(c.OutOrStdout(), d)
			} else {
				err = d.print(c.OutOrStdout())
			}
			if err == nil && !d.OK {
				err = errNo
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// diagnosis is the document of `doctor --json`.
type diagnosis struct {
	Schema      string           `json:"schema"`
	AsOf        string           `json:"as_of"`
	Checks      []check          `json:"checks"`
	Quarantined []quarantinedRow `json:"quarantined"`
	OK          bool             `json:"ok"`
}

type check struct {
	Name   string  `json:"name"`
	OK     bool    `json:"ok"`
	Detail string  `json:"detail"`
	Hint   *string `json:"hint"` // null where there is nothing to do
}

type quarantinedRow struct {
	Source string `json:"source"`
	File   string `json:"file"`
	Line   *int64 `json:"line"` // null for the file as a whole
	Reason string `json:"reason"`
}

func (d *diagnosis) add(name string, ok bool, hint, detail string, args ...any) {
	c := check{Name: name, OK: ok, Detail: clean.Limit(fmt.Sprintf(detail, args...), 2000)}
	if hint != "" {
		c.Hint = &hint
	}
	d.Checks = append(d.Checks, c)
	d.OK = d.OK && ok
}

// startAfresh is all that can be done about a damaged store.
const startAfresh = "move the file away and run: tokpit sync; logs that still exist are read again"

// maxListed is how many quarantined rows a person is shown; JSON has them all.
const maxListed = 50

func (a *app) examine(ctx context.Context) (*diagnosis, error) {
	d := &diagnosis{Schema: "tokpit.doctor/1", AsOf: stamp(a.now()), Quarantined: []quarantinedRow{}, OK: true}
	status, err := a.store.Status(ctx)
	if err != nil {
		return d, a.unreadable(d, err)
	}
	a.examineSetting(d)
	a.examineStore(ctx, d, status)
	if err := a.examineCare(ctx, d, status); err != nil {
		return d, a.unreadable(d, err)
	}
	if err := a.examineSources(ctx, d); err != nil {
		return d, a.unreadable(d, err)
	}
	if err := a.examineNotify(ctx, d); err != nil {
		return d, a.unreadable(d, err)
	}
	rows, err := a.store.Quarantined(ctx, 0)
	if err != nil {
		return d, a.unreadable(d, err)
	}
	for _, q := range rows {
		row := quarantinedRow{Source: q.Source, File: q.File, Reason: q.Reason}
		if q.Line > 0 {
			row.Line = &q.Line
		}
		d.Quarantined = append(d.Quarantined, row)
	}
	return d, nil
}

// unreadable turns a store that cannot be read into a failed check; other
// errors (interrupted, busy) stay errors.
func (a *app) unreadable(d *diagnosis, err error) error {
	if !unusable(err) || errors.Is(err, store.ErrBusy) {
		return err
	}
	hint := hintOf(err)
	if errors.Is(err, store.ErrCorrupt) {
		hint = startAfresh
	}
	d.add("store", false, hint, "%v", err)
	return nil
}

func (a *app) examineSetting(d *diagnosis) {
	d.add("time zone", true, "", "days are cut in %s", a.zone)
	d.add("prices", true, "", "book %s, %s, context edges %v", a.book.Version(), count(int64(len(a.book.Models())), "model"), a.book.Edges())
}

func (a *app) examineStore(ctx context.Context, d *diagnosis, status store.Status) {
	if !status.Exists {
		d.add("store", true, "run: tokpit sync", "nothing stored yet; it will be %s", status.Path)
		return
	}
	detail := fmt.Sprintf("%s, %d KiB, revision %d", status.Path, status.Size/1024, status.Revision)
	if info, err := os.Stat(status.Path); err == nil && a.env.OS != "windows" && info.Mode().Perm()&0o077 != 0 {
		d.add("store", false, "run: chmod 600 "+status.Path, "%s: others on this machine may read it (mode %04o)", detail, info.Mode().Perm())
	} else {
		d.add("store", true, "", "%s", detail)
	}
	v, err := a.store.Verify(ctx)
	switch {
	case err != nil:
		d.add("cells verified", false, hintOf(err), "%v", err)
	case len(v.Problems) > 0:
		d.add("cells verified", false, startAfresh,
			"%s: %s", count(int64(len(v.Problems)), "problem"), strings.Join(v.Problems, "; "))
	default:
		d.add("cells verified", true, "", "%s in %s agree with %s on %s", count(v.Cells, "cell"), count(v.Days, "day"),
			count(v.Records, "record"), count(v.Blocks, "block"))
	}
	plans, err := a.store.Plans(ctx)
	if err != nil {
		d.add("plans", false, hintOf(err), "%v", err)
	} else {
		for _, p := range plans {
			d.add("plan", true, "", "%s", describePlan(p))
		}
		if len(plans) == 0 {
			d.add("plan", true, "if a subscription covers your agents: tokpit plan set claude-code --monthly 200 --from 2026-05-01",
				"none set: all figures are tokens × price")
		}
	}
}

func (d *diagnosis) print(w io.Writer) error {
	var b strings.Builder
	for _, c := range d.Checks {
		mark := "ok  "
		if !c.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(&b, "%s  %-15s %s\n", mark, c.Name, strings.ReplaceAll(c.Detail, "; ", "\n"+strings.Repeat(" ", 22)))
		if c.Hint != nil {
			fmt.Fprintf(&b, "      %-15s hint: %s\n", "", *c.Hint)
		}
	}
	if n := int64(len(d.Quarantined)); n > 0 {
		fmt.Fprintf(&b, "\n%s could not be counted:\n", count(n, "row"))
		d.printQuarantined(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printQuarantined names bad rows; those of a file that are bad for one reason, one
// after the other, are one line.
func (d *diagnosis) printQuarantined(b *strings.Builder) {
	all, listed := d.Quarantined, 0
	for i := 0; i < len(all); listed++ {
		if listed == maxListed {
			fmt.Fprintf(b, "  … and %s more (--json lists all)\n", count(int64(len(all)-i), "row"))
			return
		}
		q, n := all[i], 1
		for q.Line != nil && i+n < len(all) && all[i+n].Source == q.Source && all[i+n].File == q.File && all[i+n].Reason == q.Reason && all[i+n].Line != nil {
			n++
		}
		at := q.File
		switch {
		case n > 1:
			at = fmt.Sprintf("%s:%d–%d (%s)", q.File, *q.Line, *all[i+n-1].Line, count(int64(n), "row"))
		case q.Line != nil:
			at = fmt.Sprintf("%s:%d", q.File, *q.Line)
		}
		fmt.Fprintf(b, "  %s: %s: %s\n", q.Source, at, q.Reason)
		i += n
	}
}
