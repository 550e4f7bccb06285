package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/tokenizer"
)

type countOptions struct {
	encoding, model string
	json, noIgnore  bool
	depth, top      int
}

func newCount(a *app) *cobra.Command {
	var o countOptions
	c := &cobra.Command{
		Use:   "count [FILE…|FOLDER…|-]",
		Short: "Count the tokens of files",
		Long: `Counts tokens: one line a file, the number first, then a tab and the name. It
reads standard input without a file, or for -. Files of any size are counted in
constant memory, and nothing of them is kept.

A folder is shown as a tree of what its files weigh, the heaviest first. What
.gitignore leaves out is left out (with nested files and negation, and .git
itself), and so are binary files and symbolic links.

Counts are exact for OpenAI's encodings and for vocabularies that were added
(tokpit tokenizer). For other models --model prints the likeliest number, and
its range and method on standard error; --json has all of them.`,
		Example: `  tokpit count prompt.txt
  git diff | tokpit count
  tokpit count --model claude-opus-5-5 docs
  tokpit count --encoding cl100k_base src/*.go`,
		RunE: func(c *cobra.Command, args []string) error {
			k, err := a.counter(o)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				if isTerminal(c.InOrStdin()) {
					return hint(errors.New("nothing to count"), "give a file, a folder, or text on standard input; run: tokpit count --help")
				}
				args = []string{"-"}
			}
			return a.runCount(c, o, k, args)
		},
	}
	f := c.Flags()
	f.StringVar(&o.encoding, "encoding", "", "`encoding` to count in (default "+tokenizer.O200K+"; tokpit tokenizer list)")
	f.StringVar(&o.model, "model", "", "`model` to count for")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.noIgnore, "no-ignore", false, "count what .gitignore leaves out too")
	f.IntVar(&o.depth, "depth", 2, "how many `levels` of folders the tree shows; 0 is all")
	f.IntVar(&o.top, "top", 12, "how many `entries` of a folder the tree shows, none under 0.5 %; 0 is all")
	c.MarkFlagsMutuallyExclusive("encoding", "model")
	return c
}

// counter counts texts in one way.
type counter struct {
	method   tokenizer.Method
	model    string              // as asked for; "" if an encoding was
	encoding *tokenizer.Encoding // nil if it estimates
	library  tokenizer.Library
}

// tally is the count of a text.
type tally struct {
	tokens         tokenizer.Estimate
	bytes, invalid int64
	forced         int
}

func (t tally) add(u tally) tally {
	if t.bytes == 0 && t.tokens.Method == "" {
		return u
	}
	return tally{t.tokens.Add(u.tokens), t.bytes + u.bytes, t.invalid + u.invalid, t.forced + u.forced}
}

// counter settles how to count. It opens neither store nor price book unless a
// model's name means nothing without.
func (a *app) counter(o countOptions) (*counter, error) {
	k := &counter{model: clean.Limit(o.model, 200)}
	name := o.encoding
	if o.model != "" {
		if err := a.methodOf(o.model, k); err != nil {
			return nil, err
		}
		if !k.method.Exact {
			return k, nil
		}
		name = k.method.Encoding
	} else if name == "" {
		name = tokenizer.O200K
	}
	if f, err := parseFamily(name); err == nil {
		if k.library, err = a.shelf().library(f); err != nil {
			return nil, err
		}
	}
	var err error
	if k.encoding, err = k.library.Get(name); err != nil {
		return nil, hint(fmt.Errorf("there is no encoding %q", clip(name)), "tokpit tokenizer list shows what there is")
	}
	if o.model == "" {
		k.method = tokenizer.Method{Encoding: name, Exact: true}
	}
	return k, nil
}

// methodOf finds out how to count for a model, by its name, or by what the price
// book and the configuration know it as.
func (a *app) methodOf(model string, k *counter) error {
	provider, name := "", model
	k.method = tokenizer.For(provider, name)
	if k.method.Family == tokenizer.Unmeasured {
		if err := a.loadConfig(); err != nil {
			return err
		}
		if err := a.loadBook(); err != nil {
			return err
		}
		if r := a.book.Resolve("", model, time.Time{}); r.Model != "" {
			provider, name = r.Provider, r.Model
			k.method = tokenizer.For(provider, name)
		}
	}
	for _, f := range tokenizer.Addable() {
		if f == k.method.Family {
			var err error
			if k.library, err = a.shelf().library(f); err != nil {
				return err
			}
			k.method = k.library.For(provider, name)
		}
	}
	return nil
}

// count counts a text to its end.
func (k *counter) count(ctx context.Context, r io.Reader) (tally, error) {
	if k.encoding != nil {
		t, err := k.encoding.CountReader(ctx, r)
		return tally{tokenizer.Exactly(t.Tokens, k.method.String()), t.Bytes, t.Invalid, t.Forced}, err
	}
	m, err := report.MeasureReader(ctx, k.library, nil, r)
	return tally{k.method.Estimate(m.Profile), m.Bytes, m.Invalid, m.Forced}, err
}

// counted is what came of one argument.
type counted struct {
	name string
	tally
	tree *node // of a folder
}

func (a *app) runCount(c *cobra.Command, o countOptions, k *counter, args []string) error {
	out, talk := c.OutOrStdout(), c.ErrOrStderr()
	var all []counted
	var failed []error
	for _, name := range args {
		one, err := k.argument(c, o, name)
		if err != nil {
			if c.Context().Err() != nil {
				return c.Context().Err()
			}
			failed = append(failed, err)
			continue
		}
		for _, line := range remarks(&one) {
			fmt.Fprintln(talk, "tokpit: "+line)
		}
		all = append(all, one)
		if one.tree != nil {
			failed = append(failed, one.tree.err())
		}
		if o.json {
			continue
		}
		if one.tree != nil {
			err = one.tree.print(out, treeOptions{depth: o.depth, top: o.top, width: terminalWidth(out)})
		} else {
			_, err = fmt.Fprintf(out, "%d\t%s\n", one.tokens.Point, clean.Limit(name, 4096))
		}
		if err != nil {
			return err
		}
	}
	if o.json {
		if err := a.writeCounts(out, k, all); err != nil {
			return err
		}
	} else if len(all) > 0 {
		k.explain(talk, all)
	}
	return errors.Join(failed...)
}

// argument counts a file, a folder, or standard input.
func (k *counter) argument(c *cobra.Command, o countOptions, name string) (counted, error) {
	one := counted{name: name}
	var err error
	if name == "-" {
		one.tally, err = k.count(c.Context(), c.InOrStdin())
		return one, readError("standard input", err)
	}
	info, err := os.Stat(name)
	if err != nil {
		return one, readError(name, err)
	}
	if info.IsDir() {
		one.tree, err = k.folder(c.Context(), filepath.Clean(name), o.noIgnore)
		if err == nil {
			one.tally = one.tree.tally
		}
		return one, err
	}
	one.tally, err = k.file(c.Context(), name)
	return one, readError(name, err)
}

// readError names what could not be read, once.
func readError(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return hint(fmt.Errorf("read %s: %w", clean.Limit(name, 4096), err), "check the path, and who may read it")
}

func (k *counter) file(ctx context.Context, path string) (tally, error) {
	f, err := os.Open(path)
	if err != nil {
		return tally{}, err
	}
	defer f.Close()
	return k.count(ctx, f)
}

// remarks are what a person should know about a count.
func remarks(c *counted) []string {
	var out []string
	name := clean.Limit(c.name, 4096)
	if c.invalid > 0 {
		out = append(out, fmt.Sprintf("%s: %s not UTF-8; each broken character counts as U+FFFD", name, are(c.invalid, "byte")))
	}
	if c.forced > 0 {
		out = append(out, fmt.Sprintf("%s: cut in %s inside a word of many MB; the count may be off by a few tokens", name, count(int64(c.forced), "place")))
	}
	if c.tree != nil {
		out = append(out, c.tree.remarks(name)...)
	}
	return out
}

// are writes "1 byte is", "2 bytes are".
func are(n int64, noun string) string {
	if n == 1 {
		return count(n, noun) + " is"
	}
	return count(n, noun) + " are"
}

// explain says how estimates were found.
func (k *counter) explain(w io.Writer, all []counted) {
	if k.encoding != nil {
		return
	}
	var total tally
	for _, c := range all {
		total = total.add(c.tally)
	}
	fmt.Fprintf(w, "tokpit: %s to %s tokens for %s: %s\n", group(total.tokens.Low), group(total.tokens.High), k.model, k.method)
}
