// Package cmd is the command line, and the only place where the parts of
// tokpit are wired together: sources to the store, the store and the price
// book to reports, reports to the cockpit.
//
// stdout is data, stderr is talk. Exit status: 0 done, 1 the answer is no, 2
// an error.
package cmd

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tokpit/tui/ui"
)

// Main runs the program and returns its exit status.
func Main(env Env) int {
	// Without this the runtime ends the program when the reader of its output
	// has gone; so the write fails instead, which is no error.
	signal.Ignore(syscall.SIGPIPE)
	noCore()
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup asks
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	a := newApp(&env)
	err := a.execute(ctx)
	status := exitStatus(err)
	if status == 2 {
		complain(env.Stderr, a.keys.clear(err))
	}
	return status
}

// execute runs the command line. A crash becomes an error, since what a program
// crashes with may hold a key, and Go would print it as it is.
func (a *app) execute(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = hint(crash(p), "please report it; what was stored is complete as far as it goes")
		}
	}()
	c, err := newRoot(a).ExecuteContextC(ctx)
	if misused(err) {
		err = hint(err, "%srun: %s --help", didYouMean(c, err), c.CommandPath())
	}
	return err
}

// didYouMean names the command that somebody may have meant.
func didYouMean(c *cobra.Command, err error) string {
	var typed, of string
	if !scanned(err.Error(), "unknown command %q for %q", &typed, &of) {
		return ""
	}
	c.SuggestionsMinimumDistance = 2
	near := c.SuggestionsFor(typed)
	if len(near) == 0 {
		return ""
	}
	return fmt.Sprintf("did you mean %s %s? Else ", c.CommandPath(), near[0])
}

// New returns the root command. It is built afresh on each call, so nothing is
// shared between two runs in one process.
func New(env *Env) *cobra.Command { return newRoot(newApp(env)) }

func newRoot(a *app) *cobra.Command {
	env := a.env
	var every time.Duration
	var plain bool
	root := &cobra.Command{
		Use:   "tokpit",
		Short: "See what language-model APIs cost you, exactly",
		Long: `tokpit shows what language-model APIs cost and how they are used.

Without a command it opens the cockpit on a terminal (reading the logs that
Claude Code and Codex CLI keep on this machine, and asking the providers that
were connected), and prints a report otherwise. With --plain it writes what the pages
show as linear text, for screen readers and scripts; names choose among them.
A whole month for finance is a file that tokpit export writes, and the cockpit too.`,
		Example: `  tokpit                              open the cockpit
  tokpit --demo                       open it on made-up data
  tokpit --plain overview budgets     write what two pages show as text
  tokpit sync && tokpit report --since 30d --by day,model
  tokpit export --cycle 2026-10 --format xlsx -o october.xlsx
  tokpit sources add acme --type openai --key env:OPENAI_ADMIN_KEY
  tokpit plan set claude-code --monthly 200 --from 2026-05-01`,
		Args: func(c *cobra.Command, args []string) error {
			if plain {
				return nil
			}
			return cobra.NoArgs(c, args)
		},
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
		RunE: func(c *cobra.Command, pages []string) error {
			if plain {
				return a.runPlain(c, pages)
			}
			return a.runRoot(c, every)
		},
	}
	defer func() { a.complete(root) }() // when all commands are there
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetVersionTemplate("tokpit {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return hint(err, "run: %s --help", c.CommandPath())
	})
	root.Flags().DurationVar(&every, "pull-every", pullEvery, "how often the cockpit asks providers, a `duration` of at least 1m; 0 is never")
	root.Flags().StringVar(&a.periodText, "period", "", "`span` of time that the cockpit begins with, such as 30d, last-month or 2026-10 (default: the configuration's, else each page's own)")
	root.Flags().StringVar(&a.themeName, "theme", "", "`name` of the cockpit's theme: "+strings.Join(ui.ThemeNames(), ", ")+" (default: the configuration's, else auto)")
	root.Flags().BoolVar(&plain, "plain", false, "write what the pages show as linear text, for screen readers, and exit")
	f := root.PersistentFlags()
	f.StringVar(&a.storePath, "store", "", "store `file` (default $TOKPIT_STORE, else the data directory)")
	f.StringVar(&a.configPath, "config", "", "configuration `file` (default $TOKPIT_CONFIG, else the config directory)")
	f.StringVar(&a.zoneName, "tz", "", "time `zone` to cut days in, an IANA name (default: the pinned one)")
	f.StringVar(&a.bookVersion, "book", "", "compute with the price book as it was in `version` (see tokpit prices versions)")
	f.BoolVar(&a.demo, "demo", false, "use made-up data, in a store of its own")
	root.AddCommand(newSync(a), newReport(a), newExport(a), newPrices(a), newReprice(a), newDoctor(a), newPlan(a), newSources(a), newReconcile(a), newImport(a), newUndo(a))
	root.AddCommand(newCount(a), newEstimate(a), newTokenizer(a))
	root.AddCommand(newBundle(a))
	root.AddCommand(newBudget(a), newLimits(a), newCredits(a), newForecast(a), newAudit(a), newWatch(a), newDigest(a))
	root.AddCommand(newSimulate(a), newEval(a))
	root.AddCommand(newClose(a), newInvoice(a), newVariance(a), newChargeback(a))
	root.AddCommand(newBackup(a), newRestore(a), newCompact(a), newRetention(a), newForget(a), newPrivacy(a))
	root.AddCommand(newStatusline(a), newVersion(a), newMan())
	return root
}
