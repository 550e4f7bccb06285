package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tokpit/tui/ui"
	"tokpit/usage"
)

// Completions are found by the names that flags and arguments have everywhere:
// --model is a model in every command. So one table says them all, and a new
// command is completed without a line of its own.

// values lists what may stand in a place. Partial is what has been typed.
type values func(l *liveValues, partial string) []string

// complete gives every flag and argument of a command and those below it their
// completions.
func (a *app) complete(root *cobra.Command) {
	flags, args := a.flagValues(), argValues()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { a.completeFlag(c, f, flags) })
		if c.ValidArgsFunction == nil && c.RunE != nil {
			c.ValidArgsFunction = a.argCompletion(c, args)
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(root)
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) { a.completeFlag(root, f, flags) })
}

func (a *app) completeFlag(c *cobra.Command, f *pflag.Flag, all map[string]values) {
	find := all[f.Name]
	if own := flagChoices()[c.Name()+" "+f.Name]; own != "" {
		find = oneOf(own)
	}
	if find == nil {
		return // files, as shells do
	}
	_ = c.RegisterFlagCompletionFunc(f.Name, func(c *cobra.Command, _ []string, partial string) ([]string, cobra.ShellCompDirective) {
		return a.offer(c, find, partial)
	})
}

// flagChoices are flags that mean something else in some command, and what they
// take there.
func flagChoices() map[string]string {
	return map[string]string{
		"export format":    "csv focus json jsonl xlsx md html report-md",
		"digest format":    "text md json",
		"tokpit theme":     strings.Join(ui.ThemeNames(), " "),
		"statusline color": "none tmux ansi",
		"add type":         "openai anthropic openrouter litellm",
		"test type":        "openai anthropic openrouter litellm",
		"add source":       "trial promotion purchase",
		"set kind":         "approved hard soft",
	}
}

const someTimes = "7d 30d 90d month last-month cycle"

// flagValues says what flags of a name take.
func (a *app) flagValues() map[string]values {
	model := func(l *liveValues, _ string) []string { return l.models() }
	pair := func(l *liveValues, partial string) []string { return l.pairs(partial) }
	one := func(d usage.Dimension) values { return func(l *liveValues, _ string) []string { return l.of(d) } }
	return map[string]values{
		"by":     func(_ *liveValues, partial string) []string { return listOf(dimensionChoices(), partial) },
		"filter": pair, "scope": pair, "match": pair,
		"model": model, "swap": func(l *liveValues, partial string) []string { return l.swaps(partial) },
		"provider": one(usage.ByProvider), "account": one(usage.ByAccount), "project": one(usage.ByProject), "user": one(usage.ByUser),
		"machine": one(usage.ByMachine), "source": one(usage.BySource), "key": nothingToOffer, "base-url": nothingToOffer,
		"basis": oneOf("headline reported metered logged imported billed"), "period": oneOf("day week month quarter year"),
		"since": oneOf(someTimes), "until": oneOf(someTimes), "currency": oneOf("USD EUR GBP JPY CNY CHF"),
		"tz": oneOf(someZones), "zone": oneOf(someZones), "tier": oneOf("standard batch flex priority"), "grain": oneOf("1d 1h 1m"),
		"output-tokens": oneOf("500 p50 p90 p50-each p90-each"),
		"encoding":      oneOf("o200k_base o200k_harmony cl100k_base p50k_base p50k_edit r50k_base"),
		"book":          func(l *liveValues, _ string) []string { return l.bookVersions() },
		"budget":        func(l *liveValues, _ string) []string { return l.budgets() },
		"map":           func(l *liveValues, _ string) []string { return l.decisions("import-map") },
		"warn": func(_ *liveValues, partial string) []string {
			return listOf(strings.Fields("50% 80% 100% forecast:100%"), partial)
		},
	}
}

const someZones = "UTC Europe/Berlin Europe/London America/New_York America/Los_Angeles Asia/Kolkata Asia/Shanghai Asia/Tokyo Australia/Sydney"

func nothingToOffer(*liveValues, string) []string { return nil }

func oneOf(words string) values {
	return func(*liveValues, string) []string { return strings.Fields(words) }
}

// listOf offers each word as the next one of a comma-separated list.
func listOf(words []string, partial string) []string {
	before := partial[:strings.LastIndexByte(partial, ',')+1]
	given := strings.Split(before, ",")
	var out []string
	for _, w := range words {
		if !slices.Contains(given, w) {
			out = append(out, before+w)
		}
	}
	return out
}

func dimensionChoices() []string { return append(strings.Fields(dimensionNames()), "tag:") }

// argValues says what the arguments of commands are, by the command's path
// without the program's name.
func argValues() map[string]values {
	budgets := func(l *liveValues, _ string) []string { return l.budgets() }
	scenarios := func(l *liveValues, _ string) []string { return l.documents("scenario") }
	connections := func(l *liveValues, _ string) []string { return l.documents(kindConnection) }
	model := func(l *liveValues, _ string) []string { return l.models() }
	all := map[string]values{
		"plan set": func(l *liveValues, _ string) []string { return l.of(usage.BySource) }, "prices list": model, "prices show": model,
		"prices history": model, "prices resolve": model, "simulate frontier": model, "sources test": connections, "sources remove": connections,
		"plan rm": func(l *liveValues, _ string) []string { return l.plans() }, "undo import": func(l *liveValues, _ string) []string { return l.decisions("import") },
		"limits rm": func(l *liveValues, _ string) []string { return l.decisions("limit") }, "credits rm": func(l *liveValues, _ string) []string { return l.decisions("grant") },
		"eval rm": func(l *liveValues, _ string) []string { return l.documents("score") },
	}
	for _, name := range []string{"set", "rm", "show", "check", "history", "replay", "ack", "snooze"} {
		all["budget "+name] = budgets
	}
	for _, name := range []string{"check", "compare", "show", "rm", "adopt"} {
		all["simulate "+name] = scenarios
	}
	return all
}

// argCompletion completes the arguments of a command: files for those that take
// files, nothing where nothing is known.
func (a *app) argCompletion(c *cobra.Command, all map[string]values) cobra.CompletionFunc {
	for _, word := range []string{"FILE", "FOLDER"} {
		if strings.Contains(c.Use, word) {
			return nil
		}
	}
	_, path, _ := strings.Cut(c.CommandPath(), " ")
	find, most := all[path], 1
	if strings.Contains(c.Use, "…") {
		most = 100
	}
	return func(c *cobra.Command, given []string, partial string) ([]string, cobra.ShellCompDirective) {
		if find == nil || len(given) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		out, directive := a.offer(c, find, partial)
		return slices.DeleteFunc(out, func(s string) bool { return slices.Contains(given, s) }), directive
	}
}

// offer lists what fits, and never fails: whoever presses tab wants no message.
func (a *app) offer(c *cobra.Command, find values, partial string) ([]string, cobra.ShellCompDirective) {
	out := a.inTime(c.Context(), func(l *liveValues) []string { return find(l, partial) })
	out = slices.DeleteFunc(out, func(s string) bool { return !typable(s) || !strings.HasPrefix(s, partial) })
	slices.Sort(out)
	directive := cobra.ShellCompDirectiveNoFileComp
	if slices.ContainsFunc(out, func(s string) bool { return strings.HasSuffix(s, "=") || strings.HasSuffix(s, ":") }) {
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	return slices.Compact(out), directive
}
