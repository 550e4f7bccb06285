package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/report"
	"tokpit/usage"
)

type syncOptions struct {
	json    bool
	sources []string
	since   string
}

func newSync(a *app) *cobra.Command {
	var o syncOptions
	c := &cobra.Command{
		Use:   "sync",
		Short: "Read new usage into the store",
		Long: `Reads what is new in the logs of the agents on this machine (Claude Code, Codex
CLI and the others that tokpit sources lists) and at the providers that were
connected (tokpit sources add), and stores it. Running it again adds nothing.
What has been stored stays when a tool deletes its logs.

Providers revise their figures, so each sync asks again for the last days and
replaces them. The first one goes back to the day given with sources add
--since; sync --since goes back further. It may be interrupted at any time: the
next one goes on from there.`,
		Example: `  tokpit sync
  tokpit sync --source acme-openai --since 2026-01-01`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return hint(fmt.Errorf("sync takes no %q", clip(args[0])), "to read one source: tokpit sync --source NAME; tokpit sources lists them")
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return a.runSync(c, o) },
	}
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().StringArrayVar(&o.sources, "source", nil, "read only this `source` (may be repeated)")
	c.Flags().StringVar(&o.since, "since", "", "let provider sources go back to this `day`")
	return c
}

func (a *app) runSync(c *cobra.Command, o syncOptions) error {
	if err := a.open(c); err != nil {
		return err
	}
	p := newProgress(c.ErrOrStderr())
	sources, err := a.chosen(c.Context(), o, p)
	if err != nil {
		return err
	}
	out, err := a.sync(c.Context(), sources, p)
	p.clear()
	if err != nil {
		return err
	}
	if o.json {
		err = writeJSON(c.OutOrStdout(), out.document(a.now()))
	} else {
		err = out.print(c.OutOrStdout())
	}
	return errors.Join(unlessBrokenPipe(err), out.failure())
}

// chosen lists what a sync is to read, from when on it is to.
func (a *app) chosen(ctx context.Context, o syncOptions, p *progress) ([]usage.Source, error) {
	if o.since != "" {
		if err := a.goBack(ctx, o); err != nil {
			return nil, err
		}
	}
	all, err := a.everything(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(o.sources) == 0 {
		return a.worthwhile(ctx, all)
	}
	return pick(all, o.sources)
}

// goBack lets connections begin earlier from now on. It is remembered, so that
// a sync that was interrupted is continued by any other.
func (a *app) goBack(ctx context.Context, o syncOptions) error {
	since, err := a.day(o.since)
	if err == nil {
		err = checkSince(since, a.now())
	}
	if err != nil {
		return err
	}
	all, err := a.connections(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 && len(o.sources) == 0 {
		return hint(errors.New("--since is for provider sources, and none is connected"), "run: tokpit sources add --help")
	}
	for _, name := range o.sources {
		if slices.ContainsFunc(a.local(nil), func(s usage.Source) bool { return s.Name() == name }) {
			return hint(fmt.Errorf("--since is for provider sources: %s always reads everything that is there", name), "leave --since out")
		}
	}
	for _, c := range all {
		if c.broken != nil || len(o.sources) > 0 && !slices.Contains(o.sources, c.Name) || !since.Before(c.Since) {
			continue
		}
		c.Since = since
		if err := a.saveConnection(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// day reads a day: YYYY-MM-DD as it is, since providers cut days in UTC, else
// the UTC day in which a span such as 30d or last-month begins.
func (a *app) day(text string) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, nil
	}
	span, err := report.ParseSpan(text, "", a.zone, a.now(), a.config.Cycle.AnchorDay)
	if err != nil {
		return time.Time{}, err
	}
	return span.Since.UTC().Truncate(24 * time.Hour), nil
}

// pick returns the named sources, or all of them.
func pick(all []usage.Source, names []string) ([]usage.Source, error) {
	if len(names) == 0 {
		return all, nil
	}
	var out []usage.Source
	for k, name := range names {
		i := slices.IndexFunc(all, func(s usage.Source) bool { return s.Name() == name })
		if i < 0 {
			var known []string
			for _, s := range all {
				known = append(known, s.Name())
			}
			return nil, hint(fmt.Errorf("unknown source %q", clip(name)), "known sources: %s", strings.Join(known, ", "))
		}
		if !slices.Contains(names[:k], name) {
			out = append(out, all[i])
		}
	}
	return out, nil
}
