package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/store"
)

// settingBackup is when the last backup was made, and where it was put.
const settingBackup = "backup/last"

type backupOptions struct {
	force, json bool
	keep        int
}

func newBackup(a *app) *cobra.Command {
	var o backupOptions
	c := &cobra.Command{
		Use:   "backup FILE|DIR",
		Short: "Copy the store, while it may be in use",
		Long: `Writes a copy of the store as it is at one moment; a sync or a cockpit may go on.
The copy is verified like the store itself, has a seal by which any change of it
is found, and appears under its name when it is complete, readable by you only.
In a directory its name is tokpit-DATE.db, and --keep N removes all but the
newest N of that kind there.

A backup holds usage, budgets, plans, closes and the audit trail. It does not
hold keys, the configuration, adopted price lists or the key of pseudonyms: those
are files beside the store. It is a store itself: tokpit --store FILE report.`,
		Example: `  tokpit backup ~/backups --keep 14
  tokpit backup /mnt/usb/tokpit.db --force
  tokpit restore ~/backups/tokpit-2026-11-20T150000Z.db`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.backup(c, args[0], o)
		},
	}
	c.Flags().BoolVar(&o.force, "force", false, "replace the file if it is there")
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().IntVar(&o.keep, "keep", 0, "in a directory, keep only the newest `N` backups (default: all)")
	return c
}

type backupDocument struct {
	Schema   string   `json:"schema"`
	AsOf     string   `json:"as_of"`
	Path     string   `json:"path"`
	Size     int64    `json:"size"` // bytes
	Revision uint64   `json:"revision"`
	Records  int64    `json:"records"`
	SHA256   string   `json:"sha256"` // of the store in it, without the seal
	Removed  []string `json:"removed"`
}

func (a *app) backup(c *cobra.Command, to string, o backupOptions) error {
	path, dir, err := a.backupPath(to, o)
	if err != nil {
		return err
	}
	b, err := a.store.Backup(c.Context(), path, o.force)
	switch {
	case errors.Is(err, store.ErrExists):
		return hint(err, "give another name, or replace it with --force")
	case errors.Is(err, store.ErrNotFound):
		return hint(errors.New("nothing has been stored yet"), "run: tokpit sync")
	case errors.Is(err, store.ErrCorrupt):
		return hint(err, "the store itself may be damaged; run: tokpit doctor")
	case err != nil:
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	d := backupDocument{Schema: "tokpit.backup/1", AsOf: stamp(a.now()), Path: path, Size: info.Size(), Revision: b.Revision, Records: b.Records,
		SHA256: b.SHA256, Removed: []string{}}
	if dir != "" && o.keep > 0 {
		if d.Removed, err = rotate(dir, path, o.keep); err != nil {
			return err
		}
	}
	a.noteBackup(c.Context(), path)
	if o.json {
		return writeJSON(c.OutOrStdout(), d)
	}
	w := c.OutOrStdout()
	_, err = fmt.Fprintf(w, "%s\n  %s, %s, revision %d, verified\n  SHA-256 %s\n", clean.Text(path), kib(d.Size), count(b.Records, "record"), b.Revision, b.SHA256)
	for _, name := range d.Removed {
		if err == nil {
			_, err = fmt.Fprintf(w, "  removed %s\n", clean.Text(name))
		}
	}
	return err
}

// noteBackup remembers that there is a backup, for doctor. A store that may only
// be read has been backed up all the same.
func (a *app) noteBackup(ctx context.Context, path string) {
	_ = a.store.SetSetting(ctx, settingBackup, stamp(a.now())+" "+path)
}

// backupPath is where a backup goes; dir is where others of its kind are, "" if
// a file was named.
func (a *app) backupPath(to string, o backupOptions) (path, dir string, err error) {
	if path, err = filepath.Abs(to); err != nil {
		return "", "", err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		dir = path
		path = filepath.Join(path, "tokpit-"+a.now().UTC().Format(backupTime)+".db")
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return "", "", err
	case os.IsPathSeparator(to[max(0, len(to)-1):][0]):
		return "", "", hint(fmt.Errorf("%s: there is no such directory", clean.Text(to)), "make it, or name a file")
	case err != nil:
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return "", "", hint(err, "make the directory, or name another one")
		}
	}
	if o.keep < 0 || o.keep > 0 && dir == "" {
		return "", "", hint(fmt.Errorf("--keep %d", o.keep), "it is for a directory, and at least 1")
	}
	return path, dir, nil
}

const backupTime = "2006-01-02T150405Z"

func backupName() *regexp.Regexp {
	return regexp.MustCompile(`^tokpit-\d{4}-\d\d-\d\dT\d{6}Z\.db$`)
}

// rotate removes all but the newest backups in a directory, by the time in their
// names. The one that has just been made stays, and nothing that has another kind
// of name is touched.
func rotate(dir, made string, keep int) (removed []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	name := backupName()
	var all []string
	for _, e := range entries {
		text := strings.TrimSuffix(strings.TrimPrefix(e.Name(), "tokpit-"), ".db")
		if _, err := time.Parse(backupTime, text); err == nil && e.Type().IsRegular() && name.MatchString(e.Name()) && e.Name() != filepath.Base(made) {
			all = append(all, e.Name())
		}
	}
	slices.Sort(all)
	removed = []string{}
	for len(all) > keep-1 {
		if err := os.Remove(filepath.Join(dir, all[0])); err != nil {
			return removed, err
		}
		removed, all = append(removed, all[0]), all[1:]
	}
	return removed, nil
}
