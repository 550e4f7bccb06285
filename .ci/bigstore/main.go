// Command bigstore makes a store of a large organization's year: bigstore FILE
// [RECORDS], 10 million by default, in about a million cells of a quarter hour.
// The same call makes the same figures.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
)

const days = 365

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bigstore:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 0 || len(args) > 2 {
		return fmt.Errorf("usage: bigstore FILE [RECORDS]")
	}
	records := 10_000_000
	if len(args) == 2 {
		var err error
		if records, err = strconv.Atoi(args[1]); err != nil {
			return err
		}
	}
	if _, err := os.Stat(args[0]); err == nil {
		return fmt.Errorf("%s is there already", args[0])
	}
	s := store.New(args[0], store.Options{Edges: pricing.Embedded().Edges(), Holder: "bigstore"})
	last := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	g := generator{rng: rand.New(rand.NewPCG(9, 10))}
	for d := range days {
		day := last.AddDate(0, 0, d-days)
		batch := g.day(day, records*(d+1)/days-records*d/days)
		if _, err := s.Commit(context.Background(), "claude-code", usage.Batch{Records: batch}); err != nil {
			return err
		}
	}
	return nil
}

// generator makes requests of 40 services, each with its model, project and key.
type generator struct {
	rng *rand.Rand
	n   int
}

func models() [][2]string {
	return [][2]string{
		{"anthropic", "claude-sonnet-4-5"}, {"anthropic", "claude-haiku-4-5"}, {"anthropic", "claude-opus-4-1"},
		{"openai", "gpt-5"}, {"openai", "gpt-5-mini"}, {"openai", "gpt-4.1"}, {"google", "gemini-2.5-pro"}, {"google", "gemini-2.5-flash"},
		{"deepseek", "deepseek-chat"}, {"mistral", "mistral-large-latest"},
	}
}

func (g *generator) day(day time.Time, n int) []usage.Record {
	out := make([]usage.Record, n)
	all := models()
	for i := range out {
		service := g.rng.IntN(40)
		if g.rng.IntN(4) > 0 { // most traffic is that of a few services
			service = g.rng.IntN(12)
		}
		m := all[service%len(all)]
		r := &out[i]
		g.n++
		*r = usage.Record{ID: fmt.Sprintf("r%09d", g.n), Start: day.Add(time.Duration(i) * 24 * time.Hour / time.Duration(n)), Requests: 1}
		r.Dims = usage.Dims{Source: "claude-code", Account: "org-main", Provider: m[0], Model: m[1], Basis: usage.Logged,
			Project: fmt.Sprintf("service %02d", service), Key: fmt.Sprintf("key_%02d", service), Machine: fmt.Sprintf("host-%d", service%3),
			Session: fmt.Sprintf("%s-%02d-%03d", day.Format("0102"), service, g.rng.IntN(8))}
		r.Tokens = usage.Tokens{Input: 200 + g.rng.Int64N(4000), CacheRead: g.rng.Int64N(20_000), Output: 50 + g.rng.Int64N(1500)}
		r.Context = r.TotalInput()
	}
	return out
}
