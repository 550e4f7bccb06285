package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
)

// receiver answers with what it is told and keeps what it got.
type receiver struct {
	*httptest.Server
	answer http.HandlerFunc
	header []http.Header
	bodies [][]byte
}

func receive(t *testing.T, answer http.HandlerFunc) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.header, r.bodies = append(r.header, q.Header), append(r.bodies, body)
		if r.answer != nil {
			r.answer(w, q)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func TestWebhookArrivesSigned(t *testing.T) {
	r := receive(t, nil)
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	w := &Webhook{URL: r.URL + "/T0/secret", Secret: func(context.Context) (string, error) { return "s3cret", nil }, Now: func() time.Time { return now }}
	if err := w.Send(t.Context(), alert("")); err != nil {
		t.Fatal(err)
	}
	h, body := r.header[0], r.bodies[0]
	if h.Get(KeyHeader) != "0123abcd" || h.Get("Content-Type") != "application/json" {
		t.Errorf("%v", h)
	}
	signature := h.Get(SignatureHeader)
	if err := Verify("s3cret", signature, body, now.Add(time.Minute), 5*time.Minute); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another secret": Verify("s3crets", signature, body, now, time.Hour),
		"another body":   Verify("s3cret", signature, append(bytes.Clone(body), ' '), now, time.Hour),
		"too old":        Verify("s3cret", signature, body, now.Add(time.Hour), 5*time.Minute),
		"another time":   Verify("s3cret", strings.Replace(signature, "t=1", "t=2", 1), body, now, time.Hour),
		"none":           Verify("s3cret", "", body, now, time.Hour),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var got struct {
		ID, Kind, Level, Subject, Text string
		Fields                         map[string]string
	}
	if err := json.Unmarshal(body, &got); err != nil || got.ID != "0123abcd" || got.Fields["spent"] != "412.000001" || got.Level != "warn" {
		t.Errorf("%v %s", err, body)
	}
}

func TestShapes(t *testing.T) {
	d := alert("")
	d.Subject = "Budget <!channel> @everyone\x1b[31m"
	d.Body.Text = "**bold** <@U1> ```\nsecond & last"
	for shape, must := range map[Shape][]string{
		JSON:    {`"kind":"budget"`, `"subject":"Budget \u003c!channel\u003e @everyone"`},
		Slack:   {`\u0026lt;!channel\u0026gt;`, `\u0026lt;@U1`, `second \u0026amp; last`},
		Discord: {`"allowed_mentions":{"parse":[]}`, `'''`},
		Teams:   {`"RichTextBlock"`, `"type":"AdaptiveCard"`, `second \u0026 last`},
	} {
		r := receive(t, nil)
		if err := (&Webhook{URL: r.URL, Shape: shape}).Send(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(r.bodies[0]) || r.header[0].Get(SignatureHeader) != "" || bytes.Contains(r.bodies[0], []byte(`u001b`)) {
			t.Errorf("%s: %s", shape, r.bodies[0])
		}
		for _, want := range must {
			if !bytes.Contains(r.bodies[0], []byte(want)) {
				t.Errorf("%s: no %s in %s", shape, want, r.bodies[0])
			}
		}
	}
	if _, err := ParseShape("irc"); err == nil {
		t.Error("irc is no shape")
	}
	for _, s := range Shapes() {
		if got, err := ParseShape(string(s)); got != s || err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestWebhookFailures(t *testing.T) {
	answer := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			io.WriteString(w, "token SECRETPATH \x1b]0;x\a")
		}
	}
	for name, c := range map[string]struct {
		answer    http.HandlerFunc
		permanent bool
		wait      time.Duration
	}{
		"later":        {answer(503), false, 0},
		"slower":       {answer(429, "Retry-After", "90"), false, 90 * time.Second},
		"much slower":  {answer(429, "Retry-After", "99999999999999999999"), false, mostWait * time.Second},
		"no number":    {answer(429, "Retry-After", "-5"), false, 0},
		"forbidden":    {answer(403), false, 0},
		"gone":         {answer(410), true, 0},
		"not this":     {answer(400), true, 0},
		"away":         {answer(307, "Location", "http://127.0.0.1:1/SECRETPATH"), true, 0},
		"hangs up":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, 0},
		"says nothing": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, false, 0},
	} {
		r := receive(t, c.answer)
		w := &Webhook{URL: r.URL + "/SECRETPATH", Timeout: 2 * time.Second, Secret: func(context.Context) (string, error) { return "s3cret", nil }}
		if name == "says nothing" {
			w.Timeout = 100 * time.Millisecond
		}
		err := w.Send(t.Context(), alert(""))
		var e *Error
		if !errors.As(err, &e) || e.Permanent() != c.permanent || e.Wait() != c.wait {
			t.Errorf("%s: %+v", name, err)
		} else if s := err.Error(); strings.Contains(s, "SECRETPATH") || strings.Contains(s, "s3cret") || strings.Contains(s, "\x1b") {
			t.Errorf("%s: %q tells a secret", name, s)
		}
	}
	for _, bad := range []string{"http://hooks.example.com/SECRETPATH", "ftp://x/SECRETPATH", "https://u:SECRETPATH@example.com/", "SECRETPATH", "http://127.0.0.1:1/SECRETPATH", "https://10.0.0.1/SECRETPATH"} {
		err := (&Webhook{URL: bad}).Send(t.Context(), alert(""))
		if err == nil || strings.Contains(err.Error(), "SECRETPATH") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestDeliveryUntilAccepted drives the retry policy with a real receiver.
func TestDeliveryUntilAccepted(t *testing.T) {
	left := 3
	r := receive(t, func(w http.ResponseWriter, _ *http.Request) {
		if left--; left > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	w := &Webhook{URL: r.URL}
	d := alert("")
	now := d.Created
	for range 10 {
		mine, ok := d.Claim("me", now)
		if ok {
			d = mine.Finish("me", w.Send(t.Context(), mine), now)
		}
		now = now.Add(time.Minute)
	}
	if d.Done.IsZero() || len(r.bodies) != 3 || r.header[0].Get(KeyHeader) != r.header[2].Get(KeyHeader) {
		t.Errorf("%+v after %d attempts", d, len(r.bodies))
	}
}

func TestTerminal(t *testing.T) {
	d := alert("")
	d.Subject = "a;b\x1b]52;c;evil\a\u202ec"
	for form, want := range map[Form]string{
		Bell:   "\a",
		OSC9:   "\x1b]9;tokpit: a;bc\x1b\\\a",
		OSC777: "\x1b]777;notify;a,bc;Spend has reached 80%.\x1b\\\a",
		OSC99:  "\x1b]99;i=0123abcd:d=0;a;bc\x1b\\\x1b]99;i=0123abcd:p=body;Spend has reached 80%.\x1b\\\a",
	} {
		var out bytes.Buffer
		if err := (&Terminal{Out: &out, Form: form}).Send(t.Context(), d); err != nil || out.String() != want {
			t.Errorf("%s: %q, want %q", form, out.String(), want)
		}
	}
	var out bytes.Buffer
	(&Terminal{Out: &out, Form: OSC9, Tmux: true}).Send(t.Context(), d)
	if out.String() != "\x1bPtmux;\x1b\x1b]9;tokpit: a;bc\x1b\x1b\\\x1b\\\a" {
		t.Errorf("%q", out.String())
	}
	for env, want := range map[string]Form{"TERM=xterm-kitty": OSC99, "TERM_PROGRAM=WezTerm": OSC9, "TERM=foot": OSC777, "TERM=dumb": Bell} {
		got := Detect(func(name string) string {
			if n, v, _ := strings.Cut(env, "="); n == name {
				return v
			}
			return ""
		})
		if got != want {
			t.Errorf("%s: %s", env, got)
		}
	}
	var _ = []interface {
		Send(context.Context, budget.Delivery) error
	}{&Terminal{}, &Mail{}, &Webhook{}}
}
