package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/zalando/go-keyring"

	"tokpit/config"
	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/usage"
)

func newPrivacy(a *app) *cobra.Command {
	var asJSON, all bool
	c := &cobra.Command{
		Use:   "privacy",
		Short: "List what is kept about people, where, and for how long",
		Long: `Lists every field that the store keeps: what it is, which sources it comes from,
whether it is about a person, and where on disk it stands; what is never kept;
and which addresses on the network tokpit talks to. In short, or all of it with
--all or --json.

With [privacy] pseudonyms in the configuration, values of the dimensions named
there are replaced before they are stored: the same user gets the same pseudonym,
under another key another one. Names and addresses of what has a pseudonym are
not kept at all. Budgets, filters and rules then go by the pseudonym. Users
that were stored before get their pseudonyms by tokpit privacy apply.`,
		Example: `  tokpit privacy
  tokpit privacy --all
  tokpit privacy key ~/.config/tokpit/privacy.key
  tokpit privacy pseudonym user=ann@example.com
  tokpit privacy apply --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			d, err := a.privacy(c)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), d)
			}
			return d.print(c.OutOrStdout(), all)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&all, "all", false, "list every field")
	c.AddCommand(newPrivacyKey(a), newPrivacyPseudonym(a), newPrivacyApply(a))
	return c
}

type privacyDocument struct {
	Schema     string         `json:"schema"`
	AsOf       string         `json:"as_of"`
	Store      string         `json:"store"`
	Retention  string         `json:"retention"` // "" keeps everything
	Horizon    string         `json:"horizon,omitempty"`
	Pseudonyms []string       `json:"pseudonyms"`
	Forgotten  int            `json:"forgotten"` // entries of the list
	Fields     []privacyField `json:"fields"`
	Places     []privacyPlace `json:"places"`
	Files      []privacyFile  `json:"files"` // beside the store
	Never      []string       `json:"never_kept"`
	Network    []privacyReach `json:"network"`
}

type privacyReach struct {
	Address string `json:"address"`
	When    string `json:"when"`
}

func (a *app) privacy(c *cobra.Command) (*privacyDocument, error) {
	ctx := c.Context()
	status, err := a.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	list, err := a.store.Forgotten(ctx)
	if err != nil {
		return nil, err
	}
	d := &privacyDocument{Schema: "tokpit.privacy/1", AsOf: stamp(a.now()), Store: a.store.Path(), Pseudonyms: []string{}, Forgotten: len(list),
		Fields: privacyFields(), Places: privacyPlaces(), Files: privacyFiles(), Never: neverKept(), Network: []privacyReach{}}
	for _, h := range a.hidden() {
		d.Pseudonyms = append(d.Pseudonyms, string(h))
	}
	if day := status.Horizon.Records; !day.IsZero() {
		d.Horizon = day.UTC().Format(time.DateOnly)
	}
	if r, err := a.retention(ctx); err != nil {
		return nil, err
	} else if r != nil {
		d.Retention = fmt.Sprintf("records %s, then their sums are kept", r.Keep)
		if r.Cells == cellsPrune {
			d.Retention = fmt.Sprintf("records and sums %s", r.Keep)
		}
	}
	connected, err := a.connections(ctx)
	if err != nil {
		return nil, err
	}
	for _, conn := range connected {
		if conn.broken == nil {
			d.Network = append(d.Network, privacyReach{a.addressOf(&conn), "sync and cockpit, for the source " + conn.Name})
		}
	}
	d.Network = append(d.Network, a.reach()...)
	return d, nil
}

func (a *app) addressOf(c *connection) string {
	address := c.BaseURL
	if k, err := a.kindOf(c.Type); err == nil {
		address = cmp.Or(address, k.base)
	}
	return clean.Text(address)
}

// reach lists the addresses that are asked only when a person says so.
func (a *app) reach() []privacyReach {
	var out []privacyReach
	if m := a.config.Notify.Mail; m != nil {
		out = append(out, privacyReach{clean.Text(m.Host), "mail: alerts and digests"})
	}
	for _, w := range a.config.Notify.Webhooks {
		out = append(out, privacyReach{"webhook " + clean.Text(w.Name), "alerts and digests; the address is where [[notify.webhook]] says"})
	}
	return append(out, privacyReach{"the address of a price list", "tokpit prices update, when it is run"},
		privacyReach{"the provider of a model", "tokpit estimate --exact, when it is run: the prompt goes there to be counted"},
		privacyReach{"the address of a tokenizer", "tokpit tokenizer add, when it is run"})
}

func (d *privacyDocument) print(w io.Writer, all bool) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("store", "%s (one file, readable by you only)", clean.Text(d.Store))
	personal := []string{}
	for _, f := range d.Fields {
		if f.Personal && f.Of == "dims" {
			personal = append(personal, strings.ToLower(f.Field))
		}
	}
	line("kept", "%d fields, numbers most of them; about people or their work: %s, times of requests, names and addresses at providers, paths of logs",
		len(d.Fields), strings.Join(personal, ", "))
	switch {
	case d.Retention != "":
		line("how long", "%s", d.Retention)
	default:
		line("how long", "everything, until it is deleted (tokpit retention set 400d)")
	}
	if d.Horizon != "" {
		line("", "records before %s are gone, sums may be there", d.Horizon)
	}
	if len(d.Pseudonyms) > 0 {
		line("pseudonyms", "%s", strings.Join(d.Pseudonyms, ", "))
	} else {
		line("pseudonyms", "none ([privacy] pseudonyms in the configuration)")
	}
	line("forgotten", "%s on the list (tokpit forget --list)", count(int64(d.Forgotten), "entry"))
	for i, n := range d.Never {
		line(strings.Repeat("never kept", 1-min(i, 1)), "%s", n)
	}
	for i, r := range d.Network {
		line(strings.Repeat("network", 1-min(i, 1)), "%s: %s", r.Address, r.When)
	}
	if !all {
		fmt.Fprintf(&b, "\ntokpit privacy --all lists every field\n")
		_, err := io.WriteString(w, b.String())
		return err
	}
	for i, f := range d.Fields {
		if i == 0 || d.Fields[i-1].Of != f.Of {
			fmt.Fprintf(&b, "\n%s\n", f.Of)
		}
		mark := " "
		if f.Personal {
			mark = "*"
		}
		fmt.Fprintf(&b, "  %s %-14s %s; %s\n", mark, f.Field, f.What, f.From)
	}
	b.WriteString("\nplaces in the store\n")
	for _, p := range d.Places {
		fmt.Fprintf(&b, "    %-12s %s; %s\n", p.Bucket, p.What, p.Kept)
	}
	b.WriteString("\nfiles beside the store\n")
	for _, f := range d.Files {
		fmt.Fprintf(&b, "    %s: %s; %s\n", f.File, f.What, f.Kept)
	}
	b.WriteString("\n* may say something about a person\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func newPrivacyKey(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE|keyring:SERVICE/USER",
		Short: "Make the key of pseudonyms; it is not shown",
		Long: `Makes a key of 32 random bytes for pseudonyms and for the list of what was
forgotten, and puts it into a new file that nobody else may read, or into the
system's keyring. It is not shown. Keep a copy where the store's backups are not:
without it new usage gets other pseudonyms, and what was forgotten cannot be kept
away.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ref := args[0]
			if config.LooksLikeKey(ref) {
				return hint(errors.New("this looks like a key itself, and is not repeated here"), "name the file that a new key is to be put into")
			}
			if rest, ok := strings.CutPrefix(ref, "keyring:"); ok {
				if err := config.CheckRef(ref); err != nil {
					return err
				}
				return makeKeyringKey(c, rest)
			}
			path, err := filepath.Abs(strings.TrimPrefix(ref, "file:"))
			if err != nil {
				return err
			}
			if err := makeKeyFile(path); errors.Is(err, fs.ErrExist) {
				return hint(fmt.Errorf("%s is there already", clean.Text(path)), "a key that is in use must not be replaced; give another name")
			} else if err != nil {
				return err
			}
			return sayKey(c, "file:"+path)
		},
	}
}

func makeKeyringKey(c *cobra.Command, rest string) error {
	service, user, _ := strings.Cut(rest, "/")
	if _, err := keyring.Get(service, user); err == nil {
		return hint(errors.New("the keyring has an entry of that name already"), "a key that is in use must not be replaced; give another name")
	}
	text, err := randomKey()
	if err != nil {
		return err
	}
	if err := keyring.Set(service, user, text); err != nil {
		return hint(errors.New("the keyring does not take it"), "put the key into a file: tokpit privacy key FILE")
	}
	return sayKey(c, "keyring:"+rest)
}

func sayKey(c *cobra.Command, ref string) error {
	_, err := fmt.Fprintf(c.OutOrStdout(), "made. In the configuration:\n\n[privacy]\npseudonyms = [\"user\"]\nkey = %q\n", clean.Text(ref))
	return err
}

func newPrivacyPseudonym(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "pseudonym DIMENSION=VALUE",
		Short: "Show what a value is kept as",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			name, value, ok := strings.Cut(args[0], "=")
			if !ok || value == "" {
				return hint(fmt.Errorf("%q", clip(args[0])), "write it as dimension=value, e.g. user=ann@example.com")
			}
			if a.config.Privacy.Key == "" {
				return hint(errors.New("there are no pseudonyms: [privacy] names no key"), "make one with tokpit privacy key")
			}
			keys, err := a.privacyKeys(c.Context())
			if err != nil {
				return err
			}
			p, err := ingest.NewPrivacy(keys, a.hidden(), nil)
			if err != nil {
				return err
			}
			d := usage.Dimension(name)
			if !p.Hides(d) {
				return hint(fmt.Errorf("%s has no pseudonyms", clip(clean.Text(name))), "[privacy] pseudonyms names those that have")
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), p.Shown(d, clean.Text(value)))
			return err
		},
	}
}
