package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"tokpit/internal/clean"
	"tokpit/report/export"
	"tokpit/report/focus"
)

// focus writes the rows of FOCUS.
func (x *exporter) focus(ctx context.Context, out export.Writer) error {
	if x.opt.check {
		x.held = &focusCheck{Writer: out}
		out = x.held
	}
	w, err := focus.New(out, x.focusOptions())
	if err != nil {
		return err
	}
	if err := x.entries(ctx, time.UTC, w.Entry); err != nil {
		return err
	}
	x.lacks = w.LeftOut()
	if err := x.taxes(w); err != nil {
		return err
	}
	return w.End()
}

// verdict says what a file of FOCUS lacks, and which rules it breaks; that is a
// "no" unless it is allowed.
func (x *exporter) verdict(talk io.Writer) error {
	if x.past != "" {
		fmt.Fprintln(talk, "tokpit: "+x.past)
	}
	if x.held != nil {
		if err := x.held.say(talk, x.opt.json, x.app.now); err != nil {
			return err
		}
	}
	if len(x.lacks) == 0 {
		return nil
	}
	for _, l := range x.lacks {
		fmt.Fprintf(talk, "tokpit: left out: %s of %s, which have no price\n", count(l.Tokens, "token"), clean.Text(cmp.Or(l.Model, "no model")))
	}
	fmt.Fprintln(talk, "hint: give them a price ([[price]] in the configuration), or say --allow-unpriced")
	if x.opt.allowUnpriced {
		return nil
	}
	return errNo
}

// providerTitle is how those who bill write their own names.
func providerTitle(id string) string {
	for _, p := range [][2]string{{"openai", "OpenAI"}, {"anthropic", "Anthropic"}, {"google", "Google"}, {"xai", "xAI"}, {"deepseek", "DeepSeek"},
		{"mistral", "Mistral AI"}, {"azure", "Microsoft"}, {"bedrock", "AWS"}, {"aws-bedrock", "AWS"}, {"vertex", "Google"}, {"openrouter", "OpenRouter"},
		{"groq", "Groq"}, {"together", "Together AI"}, {"fireworks", "Fireworks AI"}, {"cohere", "Cohere"}, {"moonshot", "Moonshot AI"}, {"alibaba", "Alibaba Cloud"}, {"zai", "Z.ai"}} {
		if p[0] == id {
			return p[1]
		}
	}
	return id
}
