package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/tokenizer"
	"tokpit/usage"
	"tokpit/usage/demo"
)

const (
	// lately is how far back the user's own requests count.
	lately = 90 * 24 * time.Hour
	// maxRequest is the largest file with a request, in bytes: images are in it.
	maxRequest = 256 << 20
)

// estimateBasis settles clock, configuration and prices, and what is known of the
// user's own requests. The store is opened only if it can matter: a gate in a
// script works while somebody else holds it.
func (a *app) estimateBasis(c *cobra.Command, o *estimateOptions) (*report.History, error) {
	fallback := time.Time{}
	if a.demo {
		fallback = demo.DefaultNow()
	}
	var err error
	if a.now, err = a.env.clock(fallback); err != nil {
		return nil, err
	}
	if err := a.loadConfig(); err != nil {
		return nil, err
	}
	if err := a.loadBook(); err != nil {
		return nil, err
	}
	needed := o.wanted.Share > 0
	if !needed && (len(o.models) > 0 || o.all) && o.order != report.OrderUsed {
		return nil, nil
	}
	h, err := a.ownRequests(c, needed)
	switch {
	case err != nil && (needed || c.Context().Err() != nil):
		return nil, err
	case err != nil:
		fmt.Fprintf(c.ErrOrStderr(), "tokpit: your own usage is left out: %s\n", clean.Limit(a.keys.clear(err).Error(), 500))
		return nil, nil
	case needed && h.All().Requests == 0:
		return nil, hint(fmt.Errorf("no requests of yours are known in the last 90 days, so there is no %s", o.output), "run: tokpit sync; or give a number with --output-tokens")
	}
	return h, nil
}

// ownRequests opens the store for the user's own requests.
func (a *app) ownRequests(c *cobra.Command, lengths bool) (*report.History, error) {
	if err := a.open(c); err != nil {
		return nil, err
	}
	return a.habits(c.Context(), lengths)
}

// habits are the user's requests of the last 90 days: record by record where the
// lengths of single answers are asked for, else from sums, which are at hand
// sooner.
func (a *app) habits(ctx context.Context, lengths bool) (*report.History, error) {
	b := report.NewHistoryBuilder(a.book)
	if !a.store.Exists() {
		return b.History(), nil
	}
	span := usage.Span{Since: a.now().Add(-lately), Until: a.now().Add(24 * time.Hour)}
	if !lengths {
		cube, err := a.store.Cube(ctx, span, false)
		if err != nil {
			return nil, err
		}
		b.Cube(cube, span.Since)
		return b.History(), nil
	}
	err := a.store.Records(ctx, span, func(_ string, r *usage.Record) bool {
		b.Record(r)
		return true
	})
	return b.History(), err
}

// habitsInTurns is habits with the lengths of answers for a screen that is in use:
// it reads a day at a time, the latest first, and gives way after each for as long
// as that took. Who writes into the store never waits longer than a day takes, and
// it ends at once when nobody asks any more.
func (a *app) habitsInTurns(ctx context.Context) (*report.History, error) {
	b := report.NewHistoryBuilder(a.book)
	since, until := a.now().Add(-lately), a.now().Add(24*time.Hour)
	for until.After(since) && a.store.Exists() {
		day := usage.Span{Since: until.Add(-24 * time.Hour), Until: until}
		if day.Since.Before(since) {
			day.Since = since
		}
		began := time.Now()
		err := a.store.Records(ctx, day, func(_ string, r *usage.Record) bool {
			b.Record(r)
			return ctx.Err() == nil
		})
		if err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(time.Since(began), 50*time.Millisecond)):
		}
		until = day.Since
	}
	return b.History(), nil
}

// input is a prompt that has been read.
type input struct {
	prompt report.Prompt
	limit  int64 // on the answer, as the request sets it; 0 if it sets none
	// texts are the prompt itself, kept only where a provider is to count it.
	texts []string
}

// readPrompt reads and measures what is to be sent.
func (a *app) readPrompt(c *cobra.Command, o *estimateOptions, library tokenizer.Library, encodings []string, args []string) (*input, error) {
	in := &input{prompt: report.Prompt{Images: o.pictures}}
	if o.messages != "" {
		if err := in.request(c, o, library, encodings); err != nil {
			return nil, err
		}
	} else if len(args) == 0 && len(o.pictures) == 0 || len(args) == 0 && !isTerminal(c.InOrStdin()) {
		args = []string{"-"}
	}
	for _, name := range args {
		m, text, err := measureFile(c, o.exact, library, encodings, name)
		if err != nil {
			return nil, err
		}
		if m.Invalid > 0 {
			fmt.Fprintf(c.ErrOrStderr(), "tokpit: %s: %s not UTF-8; each broken character counts as U+FFFD\n", clean.Limit(name, 4096), are(m.Invalid, "byte"))
		}
		in.prompt.Text = in.prompt.Text.Add(m)
		in.texts = append(in.texts, text)
	}
	if len(o.roles) > 0 {
		in.prompt.Chat.Messages = max(len(args), 1)
	}
	return in, nil
}

// measureFile measures a text, and returns it if it is to be kept.
func measureFile(c *cobra.Command, keep bool, library tokenizer.Library, encodings []string, name string) (report.Measured, string, error) {
	r := c.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return report.Measured{}, "", readError(name, err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return report.Measured{}, "", hint(fmt.Errorf("%s is a folder", clean.Limit(name, 4096)), "tokpit count shows what is in it; give the files that are sent")
		}
		r = f
	}
	var kept strings.Builder
	if keep {
		r = io.TeeReader(r, &kept)
	}
	m, err := report.MeasureReader(c.Context(), library, encodings, r)
	if name == "-" {
		name = "standard input"
	}
	return m, kept.String(), readError(name, err)
}

// request reads the file of --messages.
func (in *input) request(c *cobra.Command, o *estimateOptions, library tokenizer.Library, encodings []string) error {
	r := c.InOrStdin()
	if o.messages != "-" {
		f, err := os.Open(o.messages)
		if err != nil {
			return readError(o.messages, err)
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, maxRequest+1))
	if err != nil {
		return readError(o.messages, err)
	}
	name := clean.Limit(o.messages, 4096)
	if len(data) > maxRequest {
		return hint(fmt.Errorf("%s is larger than %d MB", name, maxRequest>>20), "no API takes a request of that size")
	}
	chat, err := report.ReadChat(data)
	if err != nil {
		return hint(fmt.Errorf("%s: %w", name, err), "%s", hintOf(err))
	}
	if chat.Unseen > len(o.pictures) {
		return hint(fmt.Errorf("%s: %s by address, whose sizes are not known", name, count(int64(chat.Unseen), "image")), "give a size for each: --images 1024x768")
	}
	for _, text := range chat.Texts {
		m, err := report.Measure(library, encodings, []byte(text))
		if err != nil {
			return err
		}
		in.prompt.Text = in.prompt.Text.Add(m)
	}
	in.prompt.Chat = chat.Chat
	in.prompt.Images = append(in.prompt.Images, chat.Images...)
	in.limit = chat.Output
	return nil
}

// readImage reads a size, or that of an image file.
func readImage(text string) (tokenizer.Image, error) {
	img, err := report.ParseImage(text)
	if err == nil {
		return img, nil
	}
	path, low := strings.CutSuffix(text, ":low")
	f, openErr := os.Open(path)
	if openErr != nil {
		if errors.Is(openErr, os.ErrNotExist) {
			return img, hint(fmt.Errorf("%w, and no file", err), "%s", hintOf(err))
		}
		return img, readError(path, openErr)
	}
	defer f.Close()
	img, err = report.ImageSize(f)
	if err != nil {
		return img, hint(fmt.Errorf("%s: %w", clean.Limit(path, 4096), err), "give its size instead: --images 1024x768")
	}
	img.Low = low
	return img, nil
}
