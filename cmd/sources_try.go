package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/internal/safehttp"
)

// testTime bounds the test of one connection: a person waits for it.
const testTime = 30 * time.Second

type testOptions struct {
	connectFlags
	all, json bool
	timeout   time.Duration
}

func newSourcesTest(a *app) *cobra.Command {
	var o testOptions
	c := &cobra.Command{
		Use:   "test NAME…|--all|--type TYPE --key REFERENCE",
		Short: "Ask providers whether they answer",
		Long: `Asks providers for next to nothing, and says in one line each whether that went
well, or what is wrong and what to do about it. It stores nothing. With --type
and --key it tries what sources add would add.

Exit status 1 means that something is wrong.`,
		Example: `  tokpit sources test acme
  tokpit sources test --all
  tokpit sources test --type openai --key env:OPENAI_ADMIN_KEY`,
		RunE: func(c *cobra.Command, args []string) error { return a.runSourcesTest(c, args, o) },
	}
	o.register(c, a)
	f := c.Flags()
	f.BoolVar(&o.all, "all", false, "test all connections")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.DurationVar(&o.timeout, "timeout", testTime, "how long to wait for each answer, a `duration`")
	return c
}

func (a *app) runSourcesTest(c *cobra.Command, args []string, o testOptions) error {
	if err := a.settle(c.Context(), c.CommandPath()); err != nil {
		return err
	}
	list, err := a.toTest(c.Context(), args, o)
	if err != nil {
		return err
	}
	verdicts := make([]verdict, len(list))
	var wait sync.WaitGroup
	free := make(chan struct{}, maxPulls)
	for i, conn := range list {
		wait.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			verdicts[i] = a.judge(c.Context(), conn, o.timeout)
		})
	}
	wait.Wait()
	if err := c.Context().Err(); err != nil {
		return err
	}
	if o.json {
		err = writeJSON(c.OutOrStdout(), testDocument{"tokpit.sources-test/1", stamp(a.now()), verdicts})
	} else {
		err = printVerdicts(c.OutOrStdout(), verdicts)
	}
	for _, v := range verdicts {
		if err == nil && !v.OK {
			err = errNo
		}
	}
	return err
}

// toTest lists the connections that a command line names.
func (a *app) toTest(ctx context.Context, args []string, o testOptions) ([]connection, error) {
	const help = "name connections, or give --all, or --type and --key"
	if o.timeout < time.Millisecond {
		return nil, hint(fmt.Errorf("timeout %v", o.timeout), "give a duration such as 10s")
	}
	if o.kind != "" || o.key != "" {
		if len(args) > 0 || o.all || o.kind == "" || o.key == "" {
			return nil, hint(errors.New("what is to be tested is not clear"), help)
		}
		want, err := a.connecting("new", o.connectFlags)
		if err != nil {
			return nil, err
		}
		c, err := a.settleConnection(want)
		return []connection{c}, err
	}
	if len(args) == 0 && !o.all || len(args) > 0 && o.all || o.connectFlags != (connectFlags{}) {
		return nil, hint(errors.New("what is to be tested is not clear"), help)
	}
	all, err := a.connections(ctx)
	if err != nil || o.all {
		if err == nil && len(all) == 0 {
			err = hint(errors.New("nothing is connected"), "run: tokpit sources add --help")
		}
		return all, err
	}
	var out []connection
	for _, name := range args {
		c, err := named(all, name)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func named(all []connection, name string) (connection, error) {
	var known []string
	for _, c := range all {
		if c.Name == name {
			return c, nil
		}
		known = append(known, c.Name)
	}
	if len(known) == 0 {
		known = []string{"none"}
	}
	return connection{}, hint(fmt.Errorf("there is no connection %q", clip(name)), "connected: %s", strings.Join(known, ", "))
}

// verdict is how the test of one connection went.
type verdict struct {
	Name  string     `json:"name"`
	Type  string     `json:"type"`
	OK    bool       `json:"ok"`
	Error *syncError `json:"error"`
}

type testDocument struct {
	Schema  string    `json:"schema"`
	AsOf    string    `json:"as_of"`
	Sources []verdict `json:"sources"`
}

func (a *app) judge(ctx context.Context, c connection, timeout time.Duration) verdict {
	v := verdict{Name: c.Name, Type: c.Type, OK: true}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := a.try(ctx, c); err != nil {
		v.OK, v.Error = false, &syncError{clean.Limit(err.Error(), 600), clean.Limit(hintOf(err), 600)}
	}
	return v
}

func printVerdicts(w io.Writer, all []verdict) error {
	var b strings.Builder
	for _, v := range all {
		fmt.Fprintf(&b, "%-14s ", v.Name)
		switch {
		case v.OK:
			b.WriteString("ok")
		case v.Error.Hint == "":
			b.WriteString("failed: " + v.Error.Message)
		default:
			b.WriteString("failed: " + v.Error.Message + "; " + v.Error.Hint)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// maxSkew is how far clocks may be apart before buckets end up on wrong days.
const maxSkew = 5 * time.Minute

// try asks a provider whether it answers, and compares clocks. The error says
// in words what is wrong.
func (a *app) try(ctx context.Context, c connection) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = hint(crash(p), "please report it")
		}
		err = a.keys.clear(err)
	}()
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	var last error // what a reader that is told to wait would try again after
	r, err := a.reader(c, watcher{waits: func(err error, _ time.Duration) { last = err }})
	if err != nil {
		return err
	}
	err = r.Test(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && last != nil:
		return last
	case errors.Is(err, context.DeadlineExceeded):
		return hint(errors.New("there was no answer in time"), "check the address, and whether a proxy or a firewall is in the way")
	case err != nil && hintOf(err) == "":
		return hint(err, "check the address, the key, and what stands between this machine and the provider")
	case err != nil:
		return err
	}
	if ahead, ok := a.skew(ctx, c); ok && ahead.Abs() > maxSkew {
		way := "ahead of"
		if ahead < 0 {
			way = "behind"
		}
		return hint(fmt.Errorf("this computer's clock is %s %s the server's", ahead.Abs().Round(time.Minute), way),
			"set the clock: usage would end up on wrong days")
	}
	return nil
}

// skew is how far the clock of this machine is ahead of the server's; ok is
// false if the server does not say. It asks without the key.
func (a *app) skew(ctx context.Context, c connection) (ahead time.Duration, ok bool) {
	address := c.BaseURL
	if k, err := a.kindOf(c.Type); address == "" && err == nil {
		address = k.base
	}
	u, err := safehttp.Check(address)
	if err != nil {
		return 0, false
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), nil)
	if err != nil {
		return 0, false
	}
	r.Header.Set("User-Agent", userAgent())
	client := safehttp.Keyed(u, true)
	defer client.CloseIdleConnections()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		return 0, false
	}
	defer answer.Body.Close()
	server, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return 0, false
	}
	return a.now().Sub(server), true
}
