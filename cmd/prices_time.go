package cmd

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/pricing"
)

type changesDocument struct {
	Schema  string       `json:"schema"`
	AsOf    string       `json:"as_of"`
	Book    string       `json:"book"`
	Changes []changeJSON `json:"changes"`
}

type changeJSON struct {
	At        string   `json:"at"`
	Provider  string   `json:"provider"`
	Model     string   `json:"model"`
	Applies   string   `json:"applies_to"`
	Before    rateJSON `json:"before"`
	After     rateJSON `json:"after"`
	Text      string   `json:"text"`
	Scheduled bool     `json:"scheduled"`
}

func newPricesChanges(a *app) *cobra.Command {
	var asJSON bool
	var since string
	c := &cobra.Command{
		Use:   "changes",
		Short: "Show what changed lately, and what is scheduled",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			from := a.now().AddDate(0, 0, -90)
			if since != "" {
				span, err := parseSince(a, since)
				if err != nil {
					return err
				}
				from = span
			}
			changes := a.book.Changes(from, a.now().AddDate(100, 0, 0))
			if asJSON {
				return a.changesJSON(c, changes)
			}
			t := newPriceTable(c.OutOrStdout(), "AT", "PROVIDER", "MODEL", "APPLIES TO", "CHANGE", "")
			for i := range changes {
				ch := &changes[i]
				mark := ""
				if ch.At.After(a.now()) {
					mark = "scheduled"
				}
				t.row(dayText(ch.At, ""), ch.Provider, ch.Model, conditions(ch.Row()), ch.Text(), mark)
			}
			return t.w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&since, "since", "", "first `time` (default: 90 days ago)")
	return c
}

func (a *app) changesJSON(c *cobra.Command, changes []pricing.Change) error {
	d := changesDocument{Schema: "tokpit.prices.changes/1", AsOf: stamp(a.now()), Book: a.book.Version(), Changes: []changeJSON{}}
	for i := range changes {
		ch := &changes[i]
		d.Changes = append(d.Changes, changeJSON{stamp(ch.At), ch.Provider, ch.Model, conditions(ch.Row()),
			makeRates(&ch.Before.Rates), makeRates(&ch.After.Rates), ch.Text(), ch.At.After(a.now())})
	}
	return writeJSON(c.OutOrStdout(), d)
}

type lifeDocument struct {
	Schema string     `json:"schema"`
	AsOf   string     `json:"as_of"`
	Models []lifeJSON `json:"models"`
}

type lifeJSON struct {
	Provider     string   `json:"provider"`
	Model        string   `json:"model"`
	Status       string   `json:"status"`
	Released     *string  `json:"released"`
	Deprecated   *string  `json:"deprecated"`
	Shutdown     *string  `json:"shutdown"`
	Earliest     *string  `json:"earliest_shutdown"`
	Replacements []string `json:"replacements"`
	Note         *string  `json:"note"`
	Source       *string  `json:"source"`
	Confidence   string   `json:"confidence"`
}

func newPricesLifecycle(a *app) *cobra.Command {
	var asJSON, all bool
	c := &cobra.Command{
		Use:   "lifecycle",
		Short: "Show which models shut down, when, and what replaces them",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			lives := a.book.Retiring(a.now(), a.now().AddDate(100, 0, 0))
			if all {
				lives = a.book.Lives()
			}
			if asJSON {
				return a.livesJSON(c, lives)
			}
			t := newPriceTable(c.OutOrStdout(), "SHUTDOWN", "PROVIDER", "MODEL", "STATUS", "REPLACED BY", "NOTE")
			for i := range lives {
				l := &lives[i]
				t.row(dayText(l.Shutdown, "–"), l.Provider, l.Model, l.StatusAt(a.now()).String(), strings.Join(l.Replacements, ", "), l.Note)
			}
			return t.w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&all, "all", false, "every model that is known of, not only those to come")
	return c
}

func (a *app) livesJSON(c *cobra.Command, lives []pricing.Life) error {
	d := lifeDocument{Schema: "tokpit.prices.lifecycle/1", AsOf: stamp(a.now()), Models: []lifeJSON{}}
	for i := range lives {
		l := &lives[i]
		d.Models = append(d.Models, lifeJSON{l.Provider, l.Model, l.StatusAt(a.now()).String(), optionalTime(l.Released), optionalTime(l.Deprecated),
			optionalTime(l.Shutdown), optionalTime(l.Earliest), append([]string{}, l.Replacements...), optional(l.Note), optional(l.Source), l.Confidence.String()})
	}
	return writeJSON(c.OutOrStdout(), d)
}

// parseSince reads a time the way reports do.
func parseSince(a *app, text string) (time.Time, error) {
	q, err := a.query(reportOptions{since: text})
	return q.Since, err
}

type versionsDocument struct {
	Schema   string        `json:"schema"`
	AsOf     string        `json:"as_of"`
	Versions []versionJSON `json:"versions"`
}

type versionJSON struct {
	Version string `json:"version"`
	Learned string `json:"learned"`
	Rows    int    `json:"rows"`
	Note    string `json:"note"`
}

func newPricesVersions(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "versions",
		Short: "List what the book knew when; --book computes with an earlier state",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			d := versionsDocument{Schema: "tokpit.prices.versions/1", AsOf: stamp(a.now()), Versions: []versionJSON{}}
			t := newPriceTable(c.OutOrStdout(), "VERSION", "LEARNED", "PRICES", "FROM")
			for _, v := range a.latest.Versions() {
				d.Versions = append(d.Versions, versionJSON{v.Version, stamp(v.Learned), v.Rows, v.Note})
				t.row(v.Version, dayText(v.Learned, "–"), group(int64(v.Rows)), v.Note)
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), d)
			}
			return t.w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
