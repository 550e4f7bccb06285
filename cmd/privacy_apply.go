package cmd

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/config"
	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/store"
	"tokpit/usage"
)

type renameOptions struct{ dryRun, yes, json bool }

func newPrivacyApply(a *app) *cobra.Command {
	var o renameOptions
	c := &cobra.Command{
		Use:   "apply",
		Short: "Give what is stored already the pseudonyms that [privacy] asks for",
		Long: `Pseudonyms begin with what is read from then on. This gives them to what is
stored already: every record, sum, limit, budget and scope that has a value of a
dimension that [privacy] names gets the pseudonym that reading it again would
give; what quotes such a value (scenarios, messages, the audit trail, which can
still be verified) says the pseudonym instead; names and addresses of what has
one go. No figure changes but by what it is called. Then the file is written
anew, so that no name is left in unused parts.

What cannot be renamed is named, and the exit status is 1: a closed month stays as
it was invoiced, and where logs have been read to holds their paths. Rules of the
configuration are yours to change: those that match by a name are listed. Logs,
bundles and backups that were made before hold the names as they are. End a
cockpit or a watch that is running first: it still has the old configuration.

Without --yes it shows what would change, and asks on a terminal.`,
		Example: `  tokpit privacy apply --dry-run
  tokpit privacy apply --yes`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.applyPrivacy(c, &o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "only show what would change")
	f.BoolVarP(&o.yes, "yes", "y", false, "do it without asking")
	f.BoolVar(&o.json, "json", false, "print JSON: the receipt")
	c.MarkFlagsMutuallyExclusive("dry-run", "yes")
	return c
}

func (a *app) applyPrivacy(c *cobra.Command, o *renameOptions) error {
	ctx := c.Context()
	r, err := a.renaming(ctx)
	if err != nil {
		return err
	}
	if _, err := a.store.FinishForgetting(ctx); err != nil {
		return err
	}
	would, err := a.store.Renamable(ctx, *r)
	if err != nil {
		return renameError(err)
	}
	closed, err := a.closedNames(ctx, r)
	if err != nil {
		return err
	}
	p := applyPreview{Renamed: would, dims: a.hidden(), closed: closed, rules: a.namedRules(r)}
	if !o.json {
		if err := p.print(c.OutOrStdout()); err != nil {
			return err
		}
	}
	if o.dryRun {
		return p.dry(c, o.json)
	}
	if would.Any() && !o.yes {
		if err := confirm(c, "Replace these names for good? [y/N] ", "nothing has been renamed"); err != nil {
			return err
		}
	}
	receipt, did, err := a.store.Rename(ctx, a.actor(), *r)
	if err != nil {
		return renameError(err)
	}
	left := slices.Concat(did.Left, closed, a.copiesBeside())
	if err := os.Remove(a.statusFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		left = append(left, store.Mention{Where: placeStatus, Key: filepath.Base(a.statusFile()), Count: 1})
	}
	receipt.Left = int64(len(left))
	if err := tellRenamed(c, &receipt, left, o.json); err != nil {
		return err
	}
	if len(left) > 0 {
		return errNo
	}
	return nil
}

// renaming is what [privacy] makes of names.
func (a *app) renaming(ctx context.Context) (*store.Renaming, error) {
	hidden := a.hidden()
	switch {
	case a.demo:
		return nil, hint(errors.New("nobody in the demo is real"), "leave --demo out")
	case len(hidden) == 0:
		return nil, hint(errors.New("there are no pseudonyms: [privacy] names no dimension"), "make a key with tokpit privacy key FILE; it prints what belongs into the configuration")
	case !a.store.Exists():
		return nil, hint(errors.New("nothing has been stored yet"), "run: tokpit sync; what comes in gets its pseudonyms on the way")
	}
	keys, err := a.privacyKeys(ctx)
	if err != nil {
		return nil, err
	}
	p, err := ingest.NewPrivacy(keys, hidden, nil)
	if err != nil {
		return nil, err
	}
	r := &store.Renaming{Names: make(map[usage.Dimension]func(string) string), Key: [8]byte(keys[0].Check())}
	for _, d := range hidden {
		r.Names[d] = func(value string) string { return p.Shown(d, value) }
	}
	if !p.Hides(usage.BySession) {
		return r, a.checkSessions(ctx, hidden)
	}
	noted, err := a.store.Setting(ctx, settingPseudonyms)
	if err != nil {
		return nil, err
	}
	r.ID, r.Setting.Name, r.Setting.Value = p.ID, settingPseudonyms, hex.EncodeToString(r.Key[:])
	if noted != "" {
		if noted != r.Setting.Value {
			return nil, otherKey()
		}
		return r, nil
	}
	if exported, err := a.store.Setting(ctx, settingStore); err != nil || exported != "" {
		return nil, cmp.Or(err, noSessions("other machines have bundles of this store, and would count its records twice under other ids"))
	}
	return r, nil
}

func noSessions(why string) error {
	return hint(fmt.Errorf("sessions cannot get pseudonyms here: with them the ids of records change, and %s", why),
		`take "session" out of [privacy] pseudonyms, or begin a new store with --store and sync into that`)
}

func renameError(err error) error {
	if errors.Is(err, store.ErrDigests) {
		return noSessions(err.Error())
	}
	return err
}

// closedNames lists the closed months that have names in them.
func (a *app) closedNames(ctx context.Context, r *store.Renaming) (left []store.Mention, err error) {
	book, err := a.closed(ctx)
	if err != nil {
		return nil, err
	}
	all, err := book.all(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		n := int64(0)
		for i := range f.Entries {
			for d, name := range r.Names {
				if v := d.Of(f.Entries[i].Dims); v != "" && name(v) != v {
					n++
					break
				}
			}
		}
		if n > 0 {
			left = append(left, store.Mention{Where: "close", Key: f.Name(), Count: n})
		}
	}
	return left, nil
}

// namedRules lists the rules that match by a name which has a pseudonym now. Who
// wrote the configuration has to change them.
func (a *app) namedRules(r *store.Renaming) (out []string) {
	for _, rules := range [][]config.Rule{a.config.Accounts, a.config.Environments, a.config.Allocations} {
		for i := range rules {
			for _, d := range slices.Sorted(maps.Keys(rules[i].Match)) {
				name := r.Names[usage.Dimension(d)]
				if name == nil {
					continue
				}
				for _, pattern := range rules[i].Match[d] {
					if to := name(pattern); to != pattern {
						if to = "write " + to; strings.ContainsAny(pattern, "*?") {
							to = "no pattern finds pseudonyms, list those that are meant"
						}
						out = append(out, fmt.Sprintf("%s: %s = %q matches nothing any more; %s", rules[i].Where(), d, clip(clean.Text(pattern)), to))
					}
				}
			}
		}
	}
	for _, b := range a.config.Bases {
		if name := r.Names[usage.ByAccount]; name != nil && name(b.Account) != b.Account {
			out = append(out, fmt.Sprintf("%s: account = %q matches nothing any more; write %s", b.Where(), clip(clean.Text(b.Account)), name(b.Account)))
		}
	}
	return out
}

// applyPreview is what would change.
type applyPreview struct {
	store.Renamed
	dims   []usage.Dimension
	closed []store.Mention
	rules  []string
}

func (p *applyPreview) print(w io.Writer) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	var what []string
	for _, d := range p.dims {
		what = append(what, fmt.Sprintf("%s %s", d, group(p.Values[d])))
	}
	fmt.Fprintf(&b, "names that become pseudonyms: %s\n", strings.Join(what, ", "))
	if p.Any() {
		line("records", "%s, and their sums", count(p.Records, "record"))
		if n := p.Sums + p.Names; n > 0 {
			line("beside them", "%s, %s", count(p.Names, "name"), count(p.Sums, "old sum"))
		}
		if n := p.Texts + p.AuditRows; n > 0 {
			line("texts", "%s and %s of the trail", count(p.Texts, "text"), count(p.AuditRows, "row"))
		}
		if p.Ordinary > 0 {
			line("too short", "%s: scopes follow, but texts are not searched for them", count(p.Ordinary, "name"))
		}
	} else {
		line("records", "all have their pseudonyms already")
	}
	for _, r := range p.rules {
		line("rule", "%s", r)
	}
	for _, m := range slices.Concat(p.Left, p.closed) {
		line("stays", "%s", leftWords(&m))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type dryApply struct {
	Schema    string           `json:"schema"`
	Values    map[string]int64 `json:"values"`
	Records   int64            `json:"records"`
	Sums      int64            `json:"sums_without_records"`
	Names     int64            `json:"names"`
	Texts     int64            `json:"texts"`
	AuditRows int64            `json:"audit_rows"`
	Rules     []string         `json:"rules"`
	Left      []leftJSON       `json:"left"`
}

func (p *applyPreview) dry(c *cobra.Command, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprintln(c.ErrOrStderr(), "tokpit: nothing has been renamed (--dry-run)")
		return err
	}
	d := dryApply{Schema: "tokpit.privacy.apply.dry-run/1", Values: make(map[string]int64), Records: p.Records, Sums: p.Sums, Names: p.Names,
		Texts: p.Texts, AuditRows: p.AuditRows, Rules: p.rules, Left: lefts(slices.Concat(p.Left, p.closed))}
	for _, dim := range p.dims {
		d.Values[string(dim)] = p.Values[dim]
	}
	if d.Rules == nil {
		d.Rules = []string{}
	}
	return writeJSON(c.OutOrStdout(), d)
}

func tellRenamed(c *cobra.Command, r *store.RenameReceipt, left []store.Mention, asJSON bool) error {
	if asJSON {
		r.Schema = cmp.Or(r.Schema, "tokpit.privacy.apply/1")
		return writeJSON(c.OutOrStdout(), r)
	}
	var b strings.Builder
	if r.ID != "" {
		fmt.Fprintf(&b, "renamed: %s, receipt %s\n", count(r.Records, "record"), r.ID)
		fmt.Fprintf(&b, "  the file was written anew: %s before, %s now; revision %d\n", kib(r.SizeBefore), kib(r.SizeAfter), r.RevisionAfter)
		fmt.Fprintf(&b, "  logs of the tools, bundles and backups made before still hold the names; restored, run this again\n")
	}
	for i := range left {
		fmt.Fprintf(&b, "  stays: %s\n", leftWords(&left[i]))
	}
	_, err := io.WriteString(c.OutOrStdout(), b.String())
	return err
}
