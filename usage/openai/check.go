package openai

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// testPatience is how long [Source.Test] waits for an answer.
const testPatience = 20 * time.Second

// maxSkew is how far clocks may be apart before [Source.Test] says so.
const maxSkew = time.Hour

// CodeClock is the code of the error that says that this machine's clock, or
// the provider's, is wrong.
const CodeClock = "clock"

// Test asks for one bucket of today's usage, once, and returns what is wrong as
// an error of one line with a hint; nil if a pull can be expected to work.
func (s *Source) Test(ctx context.Context) error {
	in, err := s.open(ctx, 1)
	if err != nil {
		return err
	}
	defer in.close()
	limited, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	today := s.opt.Now().UTC().Truncate(buckets.Day)
	var got page
	completions := kind{name: kindCompletions}
	header, err := in.client.GetHeader(limited, completions.path(),
		question{since: today.Add(-buckets.Day), until: today, width: "1d", limit: 1, groupBy: []string{"model"}}.query(), &got)
	switch {
	case err != nil && ctx.Err() == nil && limited.Err() != nil:
		return &pull.Error{Code: pull.CodeTimeout, Message: fmt.Sprintf("no answer within %s", s.patience), Advice: "check the network and the address (--base-url), then try again"}
	case err != nil:
		return err
	case got.Data == nil:
		return &pull.Error{Status: http.StatusOK, Code: pull.CodeShape, Message: "the answer is JSON, but not a page of usage", Final: true,
			Advice: adviceBase}
	}
	if at, err := http.ParseTime(header.Get("Date")); err == nil {
		if off := s.opt.Now().Sub(at); off.Abs() > maxSkew {
			return &pull.Error{Code: CodeClock, Message: fmt.Sprintf("this machine's clock is %s %s the provider's", off.Abs().Round(time.Minute), direction(off)),
				Advice: "set the clock; until then today's usage may be missing or seem late"}
		}
	}
	return nil
}

func direction(off time.Duration) string {
	if off > 0 {
		return "ahead of"
	}
	return "behind"
}
