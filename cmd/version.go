package cmd

import (
	_ "embed"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/pricing"
	"tokpit/tokenizer"
)

// versionFile has three lines: the version that is released next or now, and the
// commit and its time, which git puts there when it exports a tree (see
// .gitattributes). So a release says what it was built from without asking git
// while it is built, and two builds of one commit are the same.
//
//go:embed VERSION
var versionFile string

// build is what this program was built from.
type build struct {
	version, commit, date string // commit and date are "" where nobody knows
	changed               bool   // from files that are in no commit
}

func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(versionFile, info)
}

// buildOf reads what git and Go have noted. A tree that git exported is a
// release; a module that somebody installed has its own version; anything else
// is a development build on the way to the version in the file.
func buildOf(file string, info *debug.BuildInfo) build {
	lines := append(strings.Split(strings.TrimSpace(file), "\n"), "", "", "")
	b := build{version: lines[0]}
	if !strings.HasPrefix(lines[1], "$") && lines[1] != "" {
		b.commit, b.date = lines[1], lines[2]
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.time":
			b.date = s.Value
		case "vcs.modified":
			b.changed = s.Value == "true"
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" && !pseudo(v) {
		b.version = strings.TrimPrefix(v, "v")
		return b
	}
	b.version += "-dev"
	if len(b.commit) >= 12 {
		b.version += "+" + b.commit[:12]
	}
	return b
}

// pseudo reports whether Go made a version up from a commit.
func pseudo(v string) bool {
	return strings.Contains(v, "+dirty") || regexp.MustCompile(`[-.][0-9]{14}-[0-9a-f]{12}`).MatchString(v)
}

// version is the version in a word.
func version() string { return thisBuild().version }

type programJSON struct {
	Schema    string   `json:"schema"`
	AsOf      string   `json:"as_of"`
	Version   string   `json:"version"`
	Commit    *string  `json:"commit"`
	Date      *string  `json:"commit_time"`
	Changed   bool     `json:"changed"` // built from files that are in no commit
	Go        string   `json:"go"`
	System    string   `json:"system"`
	Prices    string   `json:"prices"` // version of the embedded price book
	Encodings []string `json:"encodings"`
}

func newVersion(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print what this program is",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			now, err := a.env.clock(a.env.Now())
			if err != nil {
				return err
			}
			b := thisBuild()
			system := runtime.GOOS + "/" + runtime.GOARCH
			prices := pricing.Embedded().Version()
			if asJSON {
				return writeJSON(c.OutOrStdout(), programJSON{"tokpit.version/1", stamp(now()), b.version, optional(b.commit), optional(b.date), b.changed,
					runtime.Version(), system, prices, tokenizer.Names()})
			}
			text := "tokpit " + b.version + "\n"
			if b.commit != "" {
				text += "commit  " + b.commit + " of " + b.date
				if b.changed {
					text += ", with changes"
				}
				text += "\n"
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%sprices  %s\nbuilt   with %s for %s\n", text, prices, runtime.Version(), system)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
