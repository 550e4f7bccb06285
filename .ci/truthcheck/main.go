// Truthcheck runs a built tokpit the way a person does and compares what it
// says with what is known to be true: recorded logs with expected totals, and
// trees from a log generator that writes down every response. It shares no
// code with tokpit: tokens are summed and priced here once more, with big
// rationals.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fail("usage: truthcheck golden|tree|again|kill [flags]")
	}
	fs := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	var c check
	fs.StringVar(&c.bin, "tokpit", "", "the program")
	fs.StringVar(&c.work, "work", "", "scratch folder")
	fs.StringVar(&c.fixtures, "fixtures", "", "recorded logs")
	fs.StringVar(&c.home, "home", "", "a generated tree")
	fs.StringVar(&c.loggen, "loggen", "", "the generator")
	fs.StringVar(&c.facts, "facts", os.Getenv("TOKPIT_FACTS"), "price tables")
	fs.IntVar(&c.kills, "kills", 5, "how often to kill")
	fs.DurationVar(&c.within, "for", time.Hour, "begin no new round of kills after so long")
	fs.StringVar(&c.size, "size", "10MB", "size of generated trees")
	_ = fs.Parse(os.Args[2:])
	if err := os.MkdirAll(c.work, 0o755); err != nil {
		fail("%v", err)
	}
	switch os.Args[1] {
	case "golden":
		c.golden()
	case "tree":
		c.tree()
	case "again":
		c.again()
	case "kill":
		c.kill()
	default:
		fail("unknown mode %s", os.Args[1])
	}
	if c.wrong > 0 {
		fail("%d of %d comparisons failed", c.wrong, c.compared)
	}
	fmt.Printf("ok: %s, %d comparisons\n", os.Args[1], c.compared)
	if c.compared == 0 {
		fail("nothing was compared")
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "truthcheck: "+format+"\n", args...)
	os.Exit(1)
}

type check struct {
	bin, work, fixtures, home, loggen, facts, size string
	kills, compared, wrong                         int
	within                                         time.Duration
}

func (c *check) equal(what string, got, want any) {
	c.compared++
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.wrong++
		if c.wrong <= 20 {
			fmt.Fprintf(os.Stderr, "WRONG %s: tokpit says %v, the truth is %v\n", what, got, want)
		}
	}
}

// place is one user's machine: a home and a store.
type place struct {
	c           *check
	home, store string
	now         string
}

func (c *check) place(home, store string) place {
	return place{c, home, filepath.Join(c.work, store), "2026-11-21T12:00:00Z"}
}

func (p place) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.c.bin, append([]string{"--store", p.store, "--tz", "UTC"}, args...)...)
	cmd.Env = []string{"HOME=" + p.home, "PATH=" + os.Getenv("PATH"), "TOKPIT_NOW=" + p.now}
	return cmd
}

// run expects success and decodes the JSON it prints.
func (p place) run(into any, args ...string) {
	cmd := p.command(args...)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil {
		fail("tokpit %s: %v\n%s", strings.Join(args, " "), err, talk.String())
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		fail("tokpit %s: %v\n%.500s", strings.Join(args, " "), err, out.String())
	}
}

func (p place) sync() { p.run(nil, "sync", "--json") }

// sound runs doctor.
func (p place) sound(what string) {
	var d struct {
		OK     bool
		Checks []struct {
			Name, Detail string
			OK           bool
		}
	}
	cmd := p.command("doctor", "--json")
	out, _ := cmd.Output()
	_ = json.Unmarshal(out, &d)
	p.c.equal(what+": doctor ok", d.OK, true)
	if !d.OK {
		fmt.Fprintf(os.Stderr, "%.2000s\n", out)
	}
}

// tokens are the billing classes, as `report --json` names them.
type tokens struct {
	Input        int64 `json:"input"`
	CacheRead    int64 `json:"cache_read"`
	CacheWrite5m int64 `json:"cache_write_5m"`
	CacheWrite1h int64 `json:"cache_write_1h"`
	Output       int64 `json:"output"`
	Reasoning    int64 `json:"reasoning"`
}

func (t *tokens) add(u tokens) {
	t.Input += u.Input
	t.CacheRead += u.CacheRead
	t.CacheWrite5m += u.CacheWrite5m
	t.CacheWrite1h += u.CacheWrite1h
	t.Output += u.Output
	t.Reasoning += u.Reasoning
}

func (t tokens) total() int64 {
	return t.Input + t.CacheRead + t.CacheWrite5m + t.CacheWrite1h + t.Output
}

type row struct {
	Source, Day, Model string
	Requests           *int64
	Tokens             tokens
	Cost               *string
	CostLow            *string `json:"cost_low"`
	CostHigh           *string `json:"cost_high"`
	UnpricedTokens     int64   `json:"unpriced_tokens"`
}

type document struct {
	Total       row
	Rows        []row
	Quarantined int64
	Unpriced    []struct {
		Model  string
		Tokens int64
	}
}

func (p place) report(args ...string) document {
	var d document
	p.run(&d, append([]string{"report", "--json"}, args...)...)
	return d
}

func requests(r row) int64 {
	if r.Requests == nil {
		return -1
	}
	return *r.Requests
}

func text(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
