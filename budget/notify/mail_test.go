package notify

import (
	"context"
	"errors"
	"io"
	"net/mail"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/budget"
)

const password = "hunter2-Zürich"

func (s *server) sender() *Mail {
	return &Mail{Host: "127.0.0.1", Port: s.port, From: "Tokpit <tokpit@mail.test>", Roots: s.roots, Timeout: 5 * time.Second}
}

func alert(to string) budget.Delivery {
	return budget.NewDelivery("0123abcd", "mail:"+to, "Budget web: 412.00 USD of 500.00 USD spent (82 %)",
		budget.Body{Kind: "budget", Level: "warn", Text: "Spend has reached 80%.\n\n.\nZürich ∑\n", Fields: []budget.Field{{Name: "spent", Label: "Spent", Value: "412.000001"}}}, time.Now())
}

func TestMailArrives(t *testing.T) {
	s := serve(t, &server{auth: true})
	m := s.sender()
	m.Username, m.Password = "tokpit", func(context.Context) (string, error) { return password, nil }
	if err := m.Send(t.Context(), alert("owner@example.com")); err != nil {
		t.Fatal(err)
	}
	got := s.taken()
	if len(got) != 1 || !got[0].secure || got[0].login != "\x00tokpit\x00"+password || !strings.Contains(got[0].to, "<owner@example.com>") {
		t.Fatalf("%+v", got)
	}
	letter, err := mail.ReadMessage(strings.NewReader(got[0].data))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Message-Id": "<0123abcd.tokpit@mail.test>", "X-Tokpit-Delivery": "0123abcd", "Auto-Submitted": "auto-generated",
		"Subject": "Budget web: 412.00 USD of 500.00 USD spent (82 %)", "To": "<owner@example.com>"} {
		if got := letter.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if body, _ := io.ReadAll(letter.Body); !strings.Contains(string(body), "\r\n.\r\n") || !strings.Contains(string(body), "Z=C3=BCrich") {
		t.Errorf("%q", body)
	}
}

// TestMailIsNotSentInTheClear: a server elsewhere must encrypt, and be who it says.
func TestMailIsNotSentInTheClear(t *testing.T) {
	s := serve(t, &server{noTLS: true, auth: true})
	m := s.sender()
	if err := m.Send(t.Context(), alert("owner@example.com")); err != nil {
		t.Errorf("this machine may do without: %v", err)
	}
	m.Host = "mail.test"
	options, err := m.client(t.Context(), password, time.Second)
	if err != nil || !strings.EqualFold(options.TLSPolicy(), "TLSMandatory") {
		t.Errorf("%v, %v", options.TLSPolicy(), err)
	}
	stranger := serve(t, &server{})
	m = stranger.sender()
	m.Roots = s.roots
	var e *Error
	if err := m.Send(t.Context(), alert("owner@example.com")); !errors.As(err, &e) || e.Permanent() || len(stranger.taken()) != 0 {
		t.Errorf("a stranger's certificate: %v", err)
	}
}

func TestMailFailures(t *testing.T) {
	for _, c := range []struct {
		at, answer string
		permanent  bool
	}{
		{at: "greeting"}, {at: "EHLO"}, {at: "STARTTLS"}, {at: "AUTH"}, {at: "MAIL"}, {at: "RCPT"}, {at: "DATA"}, {at: "body"},
		{at: "greeting", answer: "421 too busy"},
		{at: "STARTTLS", answer: "454 not now"},
		{at: "AUTH", answer: "535 AHR1bmtub3du " + password + " is wrong"},
		{at: "MAIL", answer: "451 later"},
		{at: "RCPT", answer: "450 greylisted"},
		{at: "RCPT", answer: "550 no such user", permanent: true},
		{at: "DATA", answer: "554 no", permanent: true},
		{at: "body", answer: "452 disk full"},
		{at: "body", answer: "552 too large \x1b[31m", permanent: true},
	} {
		s := serve(t, &server{auth: true, at: c.at, answer: c.answer})
		m := s.sender()
		m.Username, m.Password = "tokpit", func(context.Context) (string, error) { return password, nil }
		err := m.Send(t.Context(), alert("owner@example.com"))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s %q: %v", c.at, c.answer, err)
			continue
		}
		if e.Permanent() != c.permanent || strings.Contains(err.Error(), password) || strings.ContainsAny(err.Error(), "\x1b\n") || len(s.taken()) != 0 {
			t.Errorf("%s %q: permanent %v: %q", c.at, c.answer, e.Permanent(), err)
		}
	}
	// What the server has taken is sent, however it says good-bye.
	s := serve(t, &server{at: "QUIT"})
	if err := s.sender().Send(t.Context(), alert("owner@example.com")); err != nil || len(s.taken()) != 1 {
		t.Errorf("hanging up after all: %v", err)
	}
}

func TestMailGivesUpWaiting(t *testing.T) {
	for _, stage := range []string{"greeting", "EHLO", "STARTTLS", "MAIL", "body"} {
		s := serve(t, &server{at: stage, stall: true})
		m := s.sender()
		m.Timeout = 150 * time.Millisecond
		began := time.Now()
		if err := m.Send(t.Context(), alert("owner@example.com")); err == nil || time.Since(began) > 30*time.Second { // the server says nothing for ever
			t.Errorf("%s: %v after %s", stage, err, time.Since(began))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, &server{at: "body", stall: true})
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := s.sender().Send(ctx, alert("owner@example.com")); err == nil {
		t.Error("a cancelled attempt succeeded")
	}
}

// TestHeadersCannotBeAdded whatever a delivery says.
func TestHeadersCannotBeAdded(t *testing.T) {
	nasty := rapid.StringOf(rapid.RuneFrom([]rune("ab:\r\n\x00 <>@\",;=?_\u2028\u0085é.")))
	rapid.Check(t, func(t *rapid.T) {
		d := alert(rapid.OneOf(nasty, rapid.Just("owner@example.com"), rapid.Map(nasty, func(s string) string { return "owner@example.com" + s })).Draw(t, "to"))
		d.Subject = "x\r\nBcc: evil@example.com" + nasty.Draw(t, "subject")
		d.Key = "k\r\nBcc: evil" + nasty.Draw(t, "key")
		d.Body.Text = nasty.Draw(t, "text")
		m := &Mail{From: "a@example.com"}
		message, err := m.compose(d)
		if err != nil {
			return
		}
		var b strings.Builder
		if _, err := message.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(b.String(), "\r\n\r\n")
		allowed := []string{"From", "To", "Subject", "Date", "Message-ID", "X-Tokpit-Delivery", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
		seen := make(map[string]int)
		for line := range strings.SplitSeq(head, "\r\n") {
			if strings.ContainsAny(line, "\r\n\x00") {
				t.Fatalf("a bare line break in %q", line)
			}
			if line[0] == ' ' || line[0] == '\t' {
				continue
			}
			name, _, _ := strings.Cut(line, ":")
			seen[name]++
		}
		for _, name := range allowed {
			if seen[name] > 1 {
				t.Fatalf("%s twice in %q", name, head)
			}
			delete(seen, name)
		}
		if len(seen) > 0 {
			t.Fatalf("%v in %q", seen, head)
		}
		if rcpts, err := message.GetRecipients(); err != nil || len(rcpts) != 1 {
			t.Fatalf("recipients %q, %v", rcpts, err)
		}
	})
}
