package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/tokenizer"
	"tokpit/tui/estimate"
)

// prompter is what the page of estimates works on. No method keeps any of a text,
// and no error holds any.
type prompter struct{ *desk }

var _ estimate.Desk = prompter{}

// maxPrompt is the largest file that the cockpit opens, in bytes: several times
// what any model reads.
const maxPrompt = 64 << 20

// Open implements estimate.Desk.
func (p prompter) Open(ctx context.Context, path string) ([]byte, error) {
	name := clean.Limit(path, 4096)
	f, err := os.Open(p.app.env.expand(path))
	if err != nil {
		return nil, withHint(readError(path, err))
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, withHint(readError(path, err))
	case info.IsDir():
		return nil, withHint(hint(fmt.Errorf("%s is a folder", name), "tokpit count shows what is in it"))
	case !info.Mode().IsRegular():
		return nil, withHint(hint(fmt.Errorf("%s is no file", name), "pipe it to tokpit estimate"))
	case info.Size() > maxPrompt:
		return nil, withHint(hint(fmt.Errorf("%s is larger than %d MB", name, maxPrompt>>20), "tokpit estimate reads files of any length"))
	}
	content := make([]byte, 0, info.Size()+512)
	for ctx.Err() == nil {
		if len(content) > maxPrompt {
			return nil, withHint(fmt.Errorf("%s grows while it is read", name))
		}
		content = slices.Grow(content, 64<<10)
		n, err := f.Read(content[len(content):min(cap(content), len(content)+1<<20)])
		content = content[:len(content)+n]
		if err == io.EOF {
			return content, nil
		}
		if err != nil {
			return nil, withHint(readError(path, err))
		}
	}
	return nil, ctx.Err()
}

// expand replaces ~ by the home directory, as a shell would.
func (e *Env) expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok && e.Home != "" && (rest == "" || os.IsPathSeparator(rest[0])) {
		return e.Home + rest
	}
	return path
}

// maxCompletions is how many ways to go on are offered.
const maxCompletions = 200

// Complete implements estimate.Desk.
func (p prompter) Complete(ctx context.Context, path string) []string {
	if path == "~" {
		return []string{"~" + string(filepath.Separator)}
	}
	folder, begun := filepath.Split(path)
	at := p.app.env.expand(folder)
	if at == "" {
		at = "."
	}
	f, err := os.Open(at)
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []string
	for ctx.Err() == nil && len(out) < 10*maxCompletions {
		entries, err := f.ReadDir(500)
		for _, e := range entries {
			name := e.Name()
			if !strings.HasPrefix(name, begun) || begun == "" && strings.HasPrefix(name, ".") {
				continue
			}
			if info, err := os.Stat(filepath.Join(at, name)); err == nil && info.IsDir() {
				name += string(filepath.Separator)
			}
			out = append(out, folder+name)
		}
		if err != nil {
			break
		}
	}
	slices.Sort(out)
	return out[:min(len(out), maxCompletions)]
}

// Image implements estimate.Desk.
func (p prompter) Image(_ context.Context, path string) (tokenizer.Image, error) {
	at := p.app.env.expand(path)
	if info, err := os.Stat(strings.TrimSuffix(at, ":low")); err == nil && !info.Mode().IsRegular() {
		return tokenizer.Image{}, withHint(fmt.Errorf("%s is no file", clean.Limit(path, 4096)))
	}
	img, err := readImage(at)
	return img, withHint(err)
}

// History implements estimate.Desk.
func (p prompter) History(ctx context.Context, of *report.Snapshot) (*report.History, error) {
	h, err := explorer{p.desk}.of(of).habitsInTurns(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		err = p.fit(err)
	}
	return h, err
}

// Library implements estimate.Desk.
func (p prompter) Library(context.Context) (tokenizer.Library, error) {
	l, err := p.app.shelf().library()
	return l, withHint(err)
}
