package pull

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// transport answers in the place of a server.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// drip is a body that sends a byte and then keeps its reader waiting until its
// time is over.
type drip struct {
	sent bool
	wait func() error
}

func (d *drip) Read(b []byte) (int, error) {
	if !d.sent {
		d.sent, b[0] = true, '{'
		return 1, nil
	}
	return 0, d.wait()
}

func (*drip) Close() error { return nil }

// The time that attempts take counts like the time between them.
func TestADrippingServer(t *testing.T) {
	now, asked := clock(), 0
	var slept time.Duration
	c, err := New(Options{Base: "https://api.example.com", Authorize: authorize, Now: func() time.Time { return now },
		Sleep: func(_ context.Context, d time.Duration) error { now, slept = now.Add(d), slept+d; return nil },
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			asked++
			body := &drip{wait: func() error { now = now.Add(2 * time.Minute); return context.DeadlineExceeded }}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, Request: r}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	e := AsError(c.Get(t.Context(), "x", nil, new(doc)))
	if e == nil || e.Code != CodeTimeout || e.Tries != 3 || asked != 3 || !strings.Contains(e.Hint(), "within 5m0s in all") {
		t.Fatalf("%d requests: %+v", asked, e)
	}
	// The last attempt was allowed the rest of the time; this stand-in ignores that.
	if took := now.Sub(clock()); took != 6*time.Minute+slept || slept > 3*time.Second {
		t.Errorf("took %s, slept %s", took, slept)
	}
}

// dripping is a server that sends a byte now and then, and never ends. It
// reports when it is asked.
func dripping(t *testing.T, asked chan<- bool) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- true:
		default:
		}
		for {
			io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// An attempt that is under way ends with the time of its request.
func TestAnAttemptEndsInTime(t *testing.T) {
	c, err := New(Options{Base: dripping(t, nil), MaxElapsed: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	began := time.Now()
	e := AsError(c.Get(t.Context(), "x", nil, new(doc)))
	if took := time.Since(began); e == nil || e.Code != CodeTimeout || took > 5*time.Second {
		t.Errorf("after %s: %+v", took, e)
	}
}

// A person who stops waiting does so at once, also in the middle of an answer.
func TestADrippingServerIsLeftAtOnce(t *testing.T) {
	asked := make(chan bool, 1)
	c, err := New(Options{Base: dripping(t, asked)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	began := time.Now()
	if err := c.Get(ctx, "x", nil, new(doc)); !errors.Is(err, context.Canceled) || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}
