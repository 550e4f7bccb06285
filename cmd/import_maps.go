package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/store"
	"tokpit/usage/importer/columns"
)

// kindMap is the kind of the decisions that keep column maps.
const kindMap = "import-map"

// savedMaps are the maps that people keep, by name.
func (a *app) savedMaps(ctx context.Context) ([]columns.Map, error) {
	all, err := a.store.Decisions(ctx, kindMap)
	if err != nil {
		return nil, err
	}
	var out []columns.Map
	for _, d := range all {
		m, err := columns.Parse([]byte(d.Text))
		if err != nil {
			return nil, hint(fmt.Errorf("the map %s cannot be read: %w", clean.Text(d.Name), err), "use the newer tokpit that wrote it, or remove it: tokpit import maps rm %s", clean.Text(d.Name))
		}
		m.Name = d.Name
		out = append(out, m)
	}
	return out, nil
}

// keepMap keeps a new map under its name, if it has one. A guess that left
// something open is not kept.
func (r *importRun) keepMap(ctx context.Context, f *importFile, p *preview) (bool, error) {
	if f.guess != nil && len(f.guess.Open) > 0 {
		if r.o.save == "" && !r.o.yes {
			return false, nil
		}
		return false, hint(fmt.Errorf("%s: %s", clean.Limit(f.name, 200), f.guess.Open[0]), "tokpit import %s --print-map > map.toml; edit it; then --map-file map.toml --save NAME", f.name)
	}
	m := *f.table
	switch {
	case m.Name == "" && r.o.yes:
		return false, hint(errors.New("the new map has no name"), "give it one with --save NAME; rows of files with the same map count once")
	case m.Name == "" || r.o.mapFile != "" && r.o.save == "" && !r.o.yes:
		return false, nil
	case p.rows == 0:
		return false, hint(fmt.Errorf("%s: no row could be counted", clean.Limit(f.name, 200)), "correct the map; nothing has been kept")
	}
	if err := r.app.admitMapName(ctx, m); err != nil {
		return false, err
	}
	_, err := r.app.store.SetDecision(ctx, r.app.actor(), kindMap, m.Name, string(m.Text()))
	return err == nil, err
}

// admitMapName returns an error if a map cannot be called so: its name is that of
// its rows' source.
func (a *app) admitMapName(ctx context.Context, m columns.Map) error {
	if err := checkName(m.Name); err != nil {
		return err
	}
	saved, err := a.savedMaps(ctx)
	if err != nil {
		return err
	}
	for _, k := range saved {
		if k.Name == m.Name && !k.Means(m) {
			return hint(fmt.Errorf("there is another map %s", m.Name), "choose another name, or take that one away first: tokpit import maps rm %s", m.Name)
		}
		if k.Name == m.Name {
			return nil
		}
	}
	all, err := a.connections(ctx)
	if err != nil {
		return err
	}
	local := a.local(nil)
	taken := slices.ContainsFunc(all, func(c connection) bool { return c.Name == m.Name })
	for _, s := range local {
		taken = taken || s.Name() == m.Name
	}
	if taken {
		return hint(fmt.Errorf("%s is the name of another source", m.Name), "choose another name for the map")
	}
	return nil
}

func newImportMaps(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "maps",
		Short: "List, show and remove column maps",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			saved, err := a.savedMaps(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), mapsDocument(a, saved))
			}
			return printMaps(c.OutOrStdout(), saved)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(&cobra.Command{
		Use: "show NAME", Short: "Print a map, as --map-file reads it", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			saved, err := a.savedMaps(c.Context())
			if err != nil {
				return err
			}
			for _, m := range append(saved, columns.Builtin()...) {
				if m.Name == args[0] {
					var b strings.Builder
					for _, line := range m.Words() {
						fmt.Fprintf(&b, "# %s\n", clean.Text(line))
					}
					_, err := io.WriteString(c.OutOrStdout(), b.String()+"\n"+string(m.Text()))
					return unlessBrokenPipe(err)
				}
			}
			return hint(fmt.Errorf("there is no map %q", clip(args[0])), "tokpit import maps lists them")
		},
	}, &cobra.Command{
		Use: "rm NAME", Short: "Remove a map; what it brought in stays", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			err := a.store.RemoveDecision(c.Context(), a.actor(), kindMap, args[0])
			if errors.Is(err, store.ErrNotFound) {
				return hint(fmt.Errorf("there is no map %q of yours", clip(args[0])), "tokpit import maps lists them; built-in ones stay")
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "the map %s is removed; what it brought in stays\n", clean.Text(args[0]))
			return err
		},
	})
	return c
}

func printMaps(w io.Writer, saved []columns.Map) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "map\tof\twhat it reads")
	for _, m := range saved {
		fmt.Fprintf(t, "%s\tyours\t%s\n", clean.Text(m.Name), clean.Text(m.Title))
	}
	for _, m := range columns.Builtin() {
		fmt.Fprintf(t, "%s\ttokpit\t%s\n", m.Name, m.Title)
	}
	t.Flush()
	_, err := io.WriteString(w, b.String())
	return unlessBrokenPipe(err)
}

type mapJSON struct {
	Name    string   `json:"name"`
	Title   *string  `json:"title"`
	BuiltIn bool     `json:"built_in"`
	Words   []string `json:"words"`
}

func mapsDocument(a *app, saved []columns.Map) any {
	maps := []mapJSON{}
	for i, m := range append(slices.Clone(saved), columns.Builtin()...) {
		x := mapJSON{Name: clean.Text(m.Name), BuiltIn: i >= len(saved)}
		if m.Title != "" {
			title := clean.Text(m.Title)
			x.Title = &title
		}
		for _, line := range m.Words() {
			x.Words = append(x.Words, clean.Text(line))
		}
		maps = append(maps, x)
	}
	return struct {
		Schema string    `json:"schema"`
		AsOf   string    `json:"as_of"`
		Maps   []mapJSON `json:"maps"`
	}{"tokpit.import-maps/1", stamp(a.now()), maps}
}
