package sinktest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"tokpit/usage"
)

// Chaos makes a provider's stand-in as unreliable as the real thing: it
// throttles, fails, hangs up and breaks off in the middle of an answer.
type Chaos struct {
	Handler http.Handler
	Percent int // of the requests that go wrong
	Seed    uint64

	once     sync.Once
	mu       sync.Mutex
	dice     *rand.Rand
	Requests int
	Failed   int
}

func (c *Chaos) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind := c.roll()
	switch kind {
	case 0: // throttled, in one of the ways to say until when
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}`)
	case 1:
		w.Header().Set("Retry-After-Ms", "1500")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "<html>busy</html>")
	case 2:
		w.WriteHeader(http.StatusInternalServerError)
	case 3: // no answer at all
		panic(http.ErrAbortHandler)
	case 4, 5: // half of the real answer
		whole := httptest.NewRecorder()
		c.Handler.ServeHTTP(whole, r)
		body := whole.Body.Bytes()
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(whole.Code)
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case 6: // cut off without anybody noticing
		whole := httptest.NewRecorder()
		c.Handler.ServeHTTP(whole, r)
		body := whole.Body.Bytes()
		w.WriteHeader(whole.Code)
		_, _ = w.Write(body[:len(body)*2/3])
	default:
		c.Handler.ServeHTTP(w, r)
	}
}

// roll returns what happens to a request; -1 is nothing.
func (c *Chaos) roll() int {
	c.once.Do(func() { c.dice = rand.New(rand.NewPCG(c.Seed, 1)) })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Requests++
	if c.dice.IntN(100) >= c.Percent {
		return -1
	}
	c.Failed++
	return c.dice.IntN(7)
}

// NoSleep is a wait that takes no time.
func NoSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// PullKilled runs a source into the sink and kills it at random, before and
// after batches, until one pull has come through.
func (s *Sink) PullKilled(t testing.TB, dice *rand.Rand, src usage.Source) {
	t.Helper()
	for range 200 {
		ctx, cancel := context.WithCancel(context.Background())
		left := dice.IntN(12)
		if left == 0 {
			left = 1 << 30
		}
		_, err := src.Pull(ctx, maps.Clone(s.Cursors), func(b usage.Batch) error {
			if left--; left == 0 {
				if dice.IntN(2) == 0 {
					return ErrFull
				}
				cancel()
				if dice.IntN(2) == 0 {
					return ctx.Err()
				}
			}
			return s.Apply(b)
		})
		cancel()
		if err == nil {
			return
		}
	}
	t.Fatal("the source never came through")
}
