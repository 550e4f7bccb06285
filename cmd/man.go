package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tokpit/pricing"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long: `Prints the manual page in roff, made from the commands themselves.

Read it at once, or put it where man finds it.`,
		Example: `  tokpit man | man -l -
  tokpit man > ~/.local/share/man/man1/tokpit.1`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := io.WriteString(c.OutOrStdout(), manual(c.Root(), thisBuild()))
			return err
		},
	}
}

// manual writes the manual page of the whole tree of commands.
func manual(root *cobra.Command, b build) string {
	m := &roff{}
	date, _, _ := strings.Cut(b.date, "T")
	if date == "" { // of no commit: as old as its prices
		date, _, _ = strings.Cut(pricing.Embedded().Version(), ".")
	}
	m.line(".TH TOKPIT 1 \"%s\" %s %s", date, quoted("tokpit "+b.version), quoted("User Commands"))
	m.line(".nh")
	m.line(".SH NAME")
	m.line("tokpit \\- %s", plainRoff(strings.ToLower(root.Short[:1])+root.Short[1:]))
	m.line(".SH SYNOPSIS")
	m.line(".B tokpit\n.RI [ flags ]")
	m.line(".br\n.B tokpit\n.I command\n.RI [ arguments ]\n.RI [ flags ]")
	m.line(".SH DESCRIPTION")
	m.text(root.Long)
	m.line(".SH OPTIONS")
	m.text("These go with every command.")
	m.flags(root.PersistentFlags())
	m.flags(root.LocalNonPersistentFlags())
	m.line(".SH COMMANDS")
	for _, c := range root.Commands() {
		m.command(c)
	}
	for _, s := range manSections() {
		m.line(".SH %s", quoted(s.title))
		if s.before != "" {
			m.text(s.before)
		}
		for _, e := range s.entries {
			m.line(".TP\n.B %s", plainRoff(e[0]))
			m.text(e[1])
		}
	}
	m.line(".SH EXAMPLES")
	m.example(root.Example)
	return m.b.String()
}

type manSection struct {
	title, before string
	entries       [][2]string
}

func manSections() []manSection {
	return []manSection{
		{"EXIT STATUS", "", [][2]string{{"0", "Done. Rows that were quarantined do not change that."},
			{"1", "The answer is no: a budget is over, a check found something, a gate refuses."},
			{"2", "An error: of the command line, of the input, of a source, of the store."}}},
		{"ENVIRONMENT", "", [][2]string{{"TOKPIT_STORE", "The store, a file; --store comes first."},
			{"TOKPIT_CONFIG", "The configuration, a file; --config comes first."},
			{"TOKPIT_NOW", "What the clock says, in RFC 3339; for tests and demonstrations."},
			{"XDG_DATA_HOME, XDG_CONFIG_HOME", "Where the store and the configuration are if nothing else is said."},
			{"VISUAL, EDITOR", "What opens a prompt on the Estimate page."},
			{"NO_COLOR", "No colour, if it is set."}}},
		{"FILES", "", [][2]string{{"$XDG_DATA_HOME/tokpit/tokpit.db", "The store (~/.local/share where the variable is not set; %LocalAppData% on Windows). Its .lock and .turn regulate who has it open; its .status has what the last status line said."},
			{"$XDG_DATA_HOME/tokpit/prices.csv", "Price lists that were taken over."},
			{"$XDG_DATA_HOME/tokpit/demo.db", "The made-up data of --demo."},
			{"$XDG_CONFIG_HOME/tokpit/config.toml", "The configuration, written by people only (~/.config)."}}},
	}
}

// roff collects a page.
type roff struct{ b strings.Builder }

func (m *roff) line(format string, args ...any) { fmt.Fprintf(&m.b, format+"\n", args...) }

// text writes paragraphs; what is indented stays as it is.
func (m *roff) text(s string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			m.line(".PP")
		}
		if strings.HasPrefix(paragraph, "  ") || strings.Contains(paragraph, "\n  ") {
			m.example(paragraph)
			continue
		}
		for line := range strings.SplitSeq(paragraph, "\n") {
			m.line("%s", plainRoff(strings.TrimSpace(line)))
		}
	}
}

// example writes lines as they are.
func (m *roff) example(s string) {
	m.line(".nf")
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		m.line("%s", plainRoff(line))
	}
	m.line(".fi")
}

func (m *roff) command(c *cobra.Command) {
	if c.Hidden || !c.IsAvailableCommand() && !c.HasAvailableSubCommands() {
		return
	}
	if c.Name() == "help" || c.Name() == "completion" && c.HasParent() {
		return // cobra's own; they explain themselves
	}
	m.line(".SS %s", quoted(strings.TrimPrefix(c.UseLine(), "tokpit ")))
	if c.Long != "" {
		m.text(c.Long)
	} else {
		m.text(c.Short + ".")
	}
	m.flags(c.LocalNonPersistentFlags())
	if c.Example != "" {
		m.line(".PP")
		m.example(c.Example)
	}
	for _, child := range c.Commands() {
		m.command(child)
	}
}

func (m *roff) flags(all *pflag.FlagSet) {
	all.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" || f.Name == "version" {
			return
		}
		name, use := pflag.UnquoteUsage(f)
		title := "--" + f.Name
		if f.Shorthand != "" {
			title = "-" + f.Shorthand + ", " + title
		}
		if name != "" {
			title += " " + name
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" && !strings.Contains(use, "default") {
			use += " (default " + f.DefValue + ")"
		}
		m.line(".TP\n.B %s", plainRoff(title))
		m.text(use)
	})
}

// plainRoff is text that roff does not obey: no line is a request, hyphens can be
// copied, backslashes are there.
func plainRoff(s string) string {
	s = strings.NewReplacer("\\", "\\e", "-", "\\-", "'", "\\(aq", "`", "\\(ga", "^", "\\(ha", "~", "\\(ti").Replace(s)
	var b strings.Builder
	if strings.HasPrefix(s, ".") {
		b.WriteString("\\&")
	}
	for _, r := range s {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\[u%04X]", r)
		}
	}
	return b.String()
}

func quoted(s string) string { return `"` + strings.ReplaceAll(plainRoff(s), `"`, `\(dq`) + `"` }
