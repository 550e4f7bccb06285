package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/usage/importer"
	"tokpit/usage/importer/otel"
)

// importFlags are what a person says of the files that are brought in.
type importFlags struct {
	format, mapName, mapFile, save                     string
	account, provider, organization, project, user, cy string
	at, replace                                        string
	yes, dryRun, json, printMap                        bool
}

func newImport(a *app) *cobra.Command {
	var o importFlags
	c := &cobra.Command{
		Use:   "import FILE…|FOLDER|-",
		Short: "Bring in usage from exports, bills and logs of others",
		Long: `Reads usage from files: exports of a dashboard, bills, invocation logs, telemetry,
and any other table in CSV or JSON whose columns a map explains. Files may be
compressed with gzip; - is the standard input, and a folder is all files below it
that may hold rows.

What a file is is found out from its content. Of a table that nobody knows the
map is guessed from its headers and first rows: a preview shows what would be
counted, and nothing is counted until the map has a name (--save NAME) and you
say so (--yes, or when you are asked). tokpit import maps lists the maps.

A file that was brought in already changes nothing, and rows that two files have
in common count once. Rows that cannot be counted are named with their line and
cost no other. Imported usage ranks below what logs and providers say of the same
account and day. tokpit undo import takes an import back.

A bill that was exported before its month was over does not agree with the final
one, so that both would count: import the final one with --replace ID.`,
		Example: `  tokpit import usage-events.csv
  tokpit import gateway.csv                            what would be counted?
  tokpit import gateway.csv --save our-gateway --yes   keep the guessed map, and count
  tokpit import june.csv july.csv --map our-gateway --project search
  tokpit import gateway.csv --print-map > map.toml     to be edited
  tokpit import gateway.csv --map-file map.toml --save our-gateway
  zcat logs.gz | tokpit import - --format bedrock
  tokpit import AWSLogs/                               invocation logs as S3 delivers them
  tokpit import answers.jsonl --at 2026-10-21          answers that do not say when
  tokpit report --by tag:import`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return hint(errors.New("no file to import"), "name files, or - for the standard input; tokpit import --help tells of formats")
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.runImport(c, args, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "", "what the files are, the `name` of a format or built-in map")
	f.StringVar(&o.mapName, "map", "", "read the files with the map of this `name`")
	f.StringVar(&o.mapFile, "map-file", "", "read the files with the map in this `file` (TOML)")
	f.StringVar(&o.save, "save", "", "keep a guessed map, or that of --map-file, under this `name`")
	f.StringVar(&o.account, "account", "", "the `account` of rows that name none")
	f.StringVar(&o.provider, "provider", "", "the `provider` of rows that name none")
	f.StringVar(&o.organization, "organization", "", "the `organization` of rows that name none")
	f.StringVar(&o.project, "project", "", "the `project` of rows that name none")
	f.StringVar(&o.user, "user", "", "the `user` of rows that name none")
	f.StringVar(&o.cy, "currency", "", "the `currency` of amounts that name none (default USD)")
	f.StringVar(&o.at, "at", "", "`when` rows were that do not say it: a day of UTC, or an RFC 3339 instant")
	f.StringVar(&o.replace, "replace", "", "undo the import of this `id` first, whose place the file takes: the final bill after one of half a month")
	f.BoolVar(&o.yes, "yes", false, "count a new map's rows without being asked")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be counted, and change nothing")
	f.BoolVar(&o.printMap, "print-map", false, "print the map of the file, to be edited, and stop")
	f.BoolVar(&o.json, "json", false, "print JSON")
	c.MarkFlagsMutuallyExclusive("format", "map", "map-file")
	c.MarkFlagsMutuallyExclusive("yes", "dry-run")
	c.AddCommand(newImportList(a), newImportMaps(a))
	return c
}

// importRun is one call of the command.
type importRun struct {
	app  *app
	c    *cobra.Command
	o    importFlags
	zone *time.Location // of times that do not say theirs
	at   time.Time      // of rows without a time
	in   *bufio.Reader  // what a person answers
	done []imported

	plans map[string]*otel.Plan // of files of telemetry, by name
}

// imported is what became of one file.
type imported struct {
	file     *importFile
	state    string // "counted", "already", "left", "preview", "failed"
	preview  *preview
	receipt  importReceipt
	left     map[string]int64 // rows left out on purpose, by reason
	billed   bool             // it brought charges of a bill
	sum      *modelSum        // of the rows of a file that was counted
	overlaps []string         // ids of imports that may count the same charges
	revision uint64
	saved    bool // a map was kept
	err      error
}

// What can become of a file.
const (
	importCounted = "counted"
	importAlready = "already"
	importLeft    = "left" // other files tell of the same calls
	importPreview = "preview"
	importFailed  = "failed"
)

func (a *app) runImport(c *cobra.Command, args []string, o importFlags) error {
	if a.demo {
		return hint(errors.New("the demo reads made-up data only"), "leave --demo out")
	}
	r := &importRun{app: a, c: c, o: o}
	if a.zoneName != "" {
		r.zone = a.zone
	}
	if o.cy != "" {
		r.o.cy = strings.ToUpper(o.cy)
		if len(r.o.cy) != 3 {
			return hint(fmt.Errorf("currency %q", clip(o.cy)), "give its code of three letters, such as USD or EUR")
		}
	}
	if o.at != "" {
		at, err := parseMoment("at", o.at)
		if err != nil {
			return err
		}
		r.at = at
	}
	args, err := importPaths(args)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return hint(errors.New("no files with rows in the folder"), "name files, or a folder with .jsonl, .json, .csv or .log files, compressed or not")
	}
	if o.replace != "" && len(args) > 1 {
		return hint(errReplaceOne, "name the file that takes the place of %s", clip(o.replace))
	}
	if err := a.store.EnsureEdges(c.Context()); err != nil && !o.dryRun {
		return err
	}
	if err := r.hear(c.Context(), args); err != nil {
		return err
	}
	var failed []error
	for _, path := range args {
		one := r.one(c.Context(), path)
		if c.Context().Err() != nil {
			return context.Cause(c.Context())
		}
		if one.err != nil {
			if unusable(one.err) {
				return one.err
			}
			failed = append(failed, one.err)
		}
		r.done = append(r.done, one)
		if !o.json && !o.printMap {
			if err := one.print(c.OutOrStdout(), r); err != nil {
				return unlessBrokenPipe(err)
			}
		}
	}
	if o.json && !o.printMap {
		if err := writeJSON(c.OutOrStdout(), r.document()); err != nil {
			return errors.Join(append(failed, unlessBrokenPipe(err))...)
		}
	}
	return errors.Join(failed...)
}

// one brings in one file, or shows what that would count.
func (r *importRun) one(ctx context.Context, path string) (out imported) {
	fail := func(err error) imported {
		out.state, out.err = importFailed, err
		return out
	}
	f, err := openImport(ctx, path, r.c.InOrStdin())
	if err != nil {
		return fail(err)
	}
	defer f.close()
	out.file = f
	if err := r.choose(ctx, f); err != nil {
		return fail(err)
	}
	if r.o.printMap {
		return r.printMap(f, fail)
	}
	if err := r.plan(ctx, f); err != nil {
		return fail(err)
	}
	if f.plan != nil && (r.o.dryRun || f.unheard()) {
		if out.state, err = r.once(ctx, f, &out); err != nil {
			return fail(err)
		}
		if out.state != "" {
			return out
		}
	}
	if f.fresh || r.o.dryRun {
		if out.preview, err = r.look(ctx, f); err != nil {
			return fail(err)
		}
		out.state = importPreview
		if r.o.dryRun {
			return out
		}
		if out.saved, err = r.keepMap(ctx, f, out.preview); err != nil {
			return fail(err)
		}
		if !out.saved || !r.agreed(&out) {
			return out
		}
	}
	if r.o.replace != "" {
		if err := r.replace(ctx, f); err != nil {
			return fail(err)
		}
	}
	if err := r.count(ctx, f, &out); err != nil {
		return fail(err)
	}
	return out
}

// printMap prints the map of a file that has one.
func (r *importRun) printMap(f *importFile, fail func(error) imported) imported {
	if f.table == nil {
		return fail(hint(fmt.Errorf("%s is %s, which is read without a map", f.name, f.format.Title()), "leave --print-map out"))
	}
	text := fmt.Sprintf("# The map of %s. Keep it: tokpit import %s --map-file THIS --save NAME\n", clean.Limit(f.name, 200), clean.Limit(f.name, 200))
	if f.guess != nil {
		for _, open := range f.guess.Open {
			text += "# To be settled: " + clean.Limit(open, 300) + "\n"
		}
	}
	if f.half {
		text += "# Columns of the file: " + columnNames(f.guess) + "\n"
	}
	if _, err := io.WriteString(r.c.OutOrStdout(), text+string(f.table.Text())); err != nil {
		return fail(unlessBrokenPipe(err))
	}
	return imported{file: f, state: importPreview}
}

// agreed asks a person whether the rows of a preview are to be counted. It only
// asks on a terminal.
func (r *importRun) agreed(out *imported) bool {
	if r.o.yes {
		return true
	}
	if r.o.json || !isTerminal(r.c.InOrStdin()) || !isTerminal(r.c.OutOrStdout()) || out.file.name == "-" {
		return false
	}
	_ = out.print(r.c.OutOrStdout(), r)
	out.preview.shown = true
	fmt.Fprintf(r.c.ErrOrStderr(), "Count %s? [y/N] ", count(out.preview.rows, "row"))
	if r.in == nil {
		r.in = bufio.NewReader(r.c.InOrStdin())
	}
	answer, _ := r.in.ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// options are what is said of a file, for an import of this id.
func (r *importRun) options(id string) importer.Options {
	return importer.Options{ID: id, Account: r.o.account, Provider: r.o.provider, Organization: r.o.organization, Project: r.o.project, User: r.o.user,
		Currency: r.o.cy, Zone: r.zone, At: r.at, Now: r.app.now()}
}

// source makes the file a source.
func (r *importRun) source(f *importFile, id string, p *progress) *importer.File {
	src := &importer.File{Path: f.path, Label: f.label, Format: f.format, Options: r.options(id)}
	if p != nil {
		src.Progress = func(done, total int64) { p.steps(f.format.Name(), done, total) }
	}
	return src
}

// unpackedHead returns the beginning of a file.
func unpackedHead(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	plain, err := importer.Unpack(file)
	if err != nil {
		return nil, err
	}
	head := make([]byte, importer.HeadSize)
	n, err := io.ReadFull(plain, head)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil
	}
	return head[:n], err
}
