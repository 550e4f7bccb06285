package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/internal/safehttp"
	"tokpit/pricing"
	"tokpit/pricing/pricelist"
	"tokpit/store"
)

type updateOptions struct {
	from                string
	dryRun, force, json bool
}

func newPricesUpdate(a *app) *cobra.Command {
	var o updateOptions
	c := &cobra.Command{
		Use:   "update --from FILE|URL [--dry-run] [--force]",
		Short: "Take a newer price list over, after showing what changes",
		Long: `Reads a price list and says what it would change; without --dry-run it then
appends the new prices to your own copy of the book. Nothing is deleted: past
usage keeps the prices of its time. Formats: tokpit's own CSV, LiteLLM's
model_prices_and_context_window.json, genai-prices' v2 data.json.

A price that moves more than fivefold, a unit that looks wrong, or a list that
has lost many models is refused; --force takes it all the same. tokpit prices
rollback takes the newest list away again. A URL must be https; nothing is ever
fetched unless you ask for it here.

Exit status 1 means that the list was refused, or holds prices that were.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runUpdate(c, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.from, "from", "", "`file` or https address of the list, - for standard input")
	f.BoolVar(&o.dryRun, "dry-run", false, "only show what would change")
	f.BoolVar(&o.force, "force", false, "take doubtful prices over too")
	f.BoolVar(&o.json, "json", false, "print JSON")
	_ = c.MarkFlagRequired("from")
	return c
}

func (a *app) runUpdate(c *cobra.Command, o updateOptions) error {
	if a.demo {
		return hint(fmt.Errorf("the demo's prices do not change"), "leave --demo out")
	}
	changes, additions, err := a.compareList(c, o.from)
	if err != nil {
		return err
	}
	next, changed, applyErr := changes.Apply(additions, o.force)
	if applyErr == nil && changed && !o.dryRun {
		if _, err := pricing.Embedded().Adding(next); err != nil {
			return err
		}
		if err := a.changeAdditions(c.Context(), store.AuditAdoptPrices, clean.Text(o.from), additions, next); err != nil {
			return err
		}
	}
	d := describeChanges(changes, a.now(), o, changed && applyErr == nil)
	if o.json {
		err = writeJSON(c.OutOrStdout(), d)
	} else {
		err = d.print(c.OutOrStdout())
	}
	switch {
	case err != nil:
		return err
	case errors.Is(applyErr, pricelist.ErrShrunk):
		complain(c.ErrOrStderr(), hint(applyErr, "if that is right: --force"))
		return errNo
	case applyErr != nil:
		return applyErr
	case len(changes.Refused) > 0 && !o.force:
		return errNo
	}
	return nil
}

// compareList reads a list and compares it with the book without the user's
// overrides.
func (a *app) compareList(c *cobra.Command, from string) (*pricelist.Changes, pricing.Additions, error) {
	data, err := readList(c.Context(), c.InOrStdin(), from)
	if err != nil {
		return nil, pricing.Additions{}, err
	}
	list, err := pricelist.Parse(data)
	if err != nil {
		return nil, pricing.Additions{}, hint(fmt.Errorf("%s: %w", clean.Text(from), err), "see: tokpit prices update --help for the formats")
	}
	additions, err := a.readAdditions()
	if err != nil {
		return nil, additions, err
	}
	book, err := pricing.Embedded().Adding(additions)
	if err != nil {
		return nil, additions, err
	}
	return pricelist.Compare(book, list, clean.Text(from), a.now()), additions, nil
}

// readList reads a file, standard input, or an https address.
func readList(ctx context.Context, stdin io.Reader, from string) ([]byte, error) {
	if strings.Contains(from, "://") {
		data, err := safehttp.Get(ctx, from, pricelist.MaxSize)
		if err != nil {
			return nil, hint(err, "addresses must be https and public; or download the list and give the file")
		}
		return data, nil
	}
	r := stdin
	if from != "-" {
		f, err := os.Open(from)
		if err != nil {
			return nil, hint(err, "give a file, an https address, or - for standard input")
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, pricelist.MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > pricelist.MaxSize {
		return nil, fmt.Errorf("%s is larger than %d MB", clean.Text(from), pricelist.MaxSize>>20)
	}
	return data, nil
}

// changeAdditions notes a change of the adopted prices in the audit trail, then
// makes it: prices that nobody can answer for never come into force.
func (a *app) changeAdditions(ctx context.Context, what, name string, before, after pricing.Additions) error {
	is, will := additionsText(before), additionsText(after)
	if err := a.store.NoteChange(ctx, a.actor(), what, name, is, will); err != nil {
		return fmt.Errorf("note it in the audit trail: %w", err)
	}
	if err := a.writeAdditions(after); err != nil {
		return errors.Join(err, a.store.NoteChange(ctx, a.actor(), "could not "+what, name, will, is))
	}
	return nil
}

// additionsText is what the audit trail says of the adopted prices, "" if there
// are none. The digest is that of the file.
func additionsText(l pricing.Additions) string {
	if len(l.Imports) == 0 {
		return ""
	}
	prices := 0
	for i := range l.Imports {
		prices += len(l.Imports[i].Rows)
	}
	out, _ := json.Marshal(struct {
		Lists  int    `json:"lists"`
		Prices int    `json:"prices"`
		SHA256 string `json:"sha256"`
	}{len(l.Imports), prices, fmt.Sprintf("%x", sha256.Sum256(l.Encode()))})
	return string(out)
}

// writeAdditions puts the new file in place in one step; the one before stays
// beside it.
func (a *app) writeAdditions(next pricing.Additions) error {
	path, err := a.pricesFile()
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".prices-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(next.Encode())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Chmod(f.Name(), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

type updateDocument struct {
	Schema    string      `json:"schema"`
	AsOf      string      `json:"as_of"`
	Format    string      `json:"format"`
	Applied   bool        `json:"applied"`
	New       []entryJSON `json:"new"`
	Changed   []entryJSON `json:"changed"`
	Scheduled []entryJSON `json:"scheduled"`
	Refused   []entryJSON `json:"refused"`
	Kept      []string    `json:"kept"` // models that the list lacks
	Unchanged int         `json:"unchanged"`
	Ignored   []countJSON `json:"ignored"`
	Problems  []problem   `json:"problems"`

	dryRun bool
}

type entryJSON struct {
	rowJSON
	Before *rateJSON `json:"before"`
	Factor *string   `json:"factor"`
	Reason *string   `json:"reason"`
	Note   *string   `json:"note"`
	text   string
}

type countJSON struct {
	What string `json:"what"`
	N    int    `json:"n"`
}

type problem struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

func describeChanges(c *pricelist.Changes, now time.Time, o updateOptions, applied bool) updateDocument {
	d := updateDocument{Schema: "tokpit.prices.update/1", AsOf: stamp(now), Format: string(c.Kind), Applied: applied && !o.dryRun, dryRun: o.dryRun,
		New: entries(c.New), Changed: entries(c.Changed), Scheduled: entries(c.Scheduled), Refused: entries(c.Refused),
		Kept: []string{}, Unchanged: c.Unchanged, Ignored: []countJSON{}, Problems: []problem{}}
	for _, ref := range c.Kept {
		d.Kept = append(d.Kept, clean.Text(ref.Provider+"/"+ref.Model))
	}
	for _, n := range c.Ignored {
		d.Ignored = append(d.Ignored, countJSON{clean.Text(n.What), n.N})
	}
	for _, p := range c.Problems {
		d.Problems = append(d.Problems, problem{clean.Text(p.Where), clean.Text(p.Reason)})
	}
	return d
}

func entries(list []pricelist.Entry) []entryJSON {
	out := []entryJSON{}
	for i := range list {
		e := &list[i]
		j := entryJSON{rowJSON: makeRow(&e.After), Factor: optional(e.Factor), Reason: optional(clean.Text(e.Reason)), Note: optional(clean.Text(e.Note))}
		if e.Had {
			before := makeRates(&e.Before.Rates)
			j.Before = &before
			ch := pricing.Change{Before: e.Before, After: e.After}
			j.text = ch.Text()
		} else {
			j.text = "input " + strings.Join(rateCells(&e.After.Rates), " / ")
		}
		out = append(out, j)
	}
	return out
}

// maxShown bounds each list for a person; JSON has all.
const maxShown = 40

func (d *updateDocument) print(w io.Writer) error {
	for _, part := range []struct {
		title string
		list  []entryJSON
	}{{"new", d.New}, {"changed", d.Changed}, {"scheduled", d.Scheduled}, {"refused", d.Refused}} {
		if len(part.list) == 0 {
			continue
		}
		fmt.Fprintf(w, "%s: %s\n", part.title, count(int64(len(part.list)), "price"))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for i, e := range part.list {
			if i == maxShown {
				fmt.Fprintf(t, "  … and %s more (--json lists all)\n", group(int64(len(part.list)-maxShown)))
				break
			}
			from, extra := "", ""
			if e.From != nil {
				from = (*e.From)[:10]
			}
			for _, s := range []*string{e.Factor, e.Reason, e.Note} {
				if s != nil {
					extra += *s + "  "
				}
			}
			fmt.Fprintf(t, "  %s/%s\t%s\t%s\t%s\t%s\n", clean.Text(e.Provider), clean.Text(e.Model), e.Tier, from, clean.Text(e.text), clean.Text(strings.TrimSpace(extra)))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if len(d.Problems) > 0 {
		fmt.Fprintf(w, "not readable: %s, e.g. %s: %s\n", count(int64(len(d.Problems)), "entry"), d.Problems[0].Where, d.Problems[0].Reason)
	}
	fmt.Fprintf(w, "unchanged: %s", count(int64(d.Unchanged), "model"))
	if len(d.Kept) > 0 {
		fmt.Fprintf(w, "; no longer in the list, kept: %s", group(int64(len(d.Kept))))
	}
	state := "nothing to take over"
	switch {
	case d.Applied:
		state = "taken over; tokpit prices rollback undoes it"
	case d.dryRun:
		state = "a dry run: nothing was written"
	}
	_, err := fmt.Fprintf(w, "\n%s\n", state)
	return err
}

func newPricesRollback(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "rollback",
		Short: "Take the newest adopted price list away again",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if a.demo {
				return hint(fmt.Errorf("the demo's prices do not change"), "leave --demo out")
			}
			additions, err := a.readAdditions()
			if err != nil {
				return err
			}
			before, gone, ok := additions.Rollback()
			if !ok {
				return hint(fmt.Errorf("no price list was adopted"), "the embedded book is in force; tokpit prices versions lists its states")
			}
			if err := a.openBeside(c, before); err != nil {
				return err
			}
			if err := a.changeAdditions(c.Context(), store.AuditRollbackPrices, gone.Origin, additions, before); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "took away %s of %s: %s\n", clean.Text(gone.Origin), stamp(gone.At), count(int64(len(gone.Rows)), "price"))
			return err
		},
	}
	return c
}

// openBeside opens the store with prices that are not in force yet: those that
// are may be what is broken.
func (a *app) openBeside(c *cobra.Command, next pricing.Additions) error {
	if err := a.loadConfig(); err != nil {
		return err
	}
	var err error
	if a.now, err = a.env.clock(time.Time{}); err != nil {
		return err
	}
	path, err := a.findStore()
	if err != nil {
		return err
	}
	if a.latest, err = a.adopting(next); err != nil {
		a.latest = pricing.Embedded() // still broken: one more list to take away
	}
	a.store = store.New(path, store.Options{Edges: a.latest.Edges(), Now: a.now, Holder: c.CommandPath()})
	return nil
}
