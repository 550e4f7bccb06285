// Package notify carries messages about budgets to people: by mail, by webhook
// and through the terminal.
//
// A sender makes one attempt. When to try again, and when to stop, is decided by
// [budget.Delivery.Finish], which understands the errors from here: they are all
// *[Error]. What a sender returns can be stored and shown: it has one line, is
// harmless to a terminal and never holds a password, a signing secret or the
// path of a webhook's address, which for most services is a secret as well.
//
// Every message carries its delivery's key (as Message-ID and in a header), so
// that a receiver can drop what it already has. Text in messages may come from
// anywhere (names of projects and models): every channel's own markup is
// disarmed.
package notify

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"tokpit/internal/clean"
)

// Timeout bounds one attempt, well inside the lease of a delivery.
const Timeout = time.Minute

// Secret gives a password when it is needed. It is asked at each attempt, and
// what it returns is not kept.
type Secret func(context.Context) (string, error)

// Error says why an attempt failed.
type Error struct {
	Op        string // "mail to owner@example.com", "webhook at hooks.example.com"
	Status    int    // the receiver's code, 0 if it gave none
	Message   string // one harmless line
	permanent bool
	wait      time.Duration
	cause     error
}

func (e *Error) Error() string { return e.Op + ": " + e.Message }

// Unwrap returns the cause where that is known to hold no secret.
func (e *Error) Unwrap() error { return e.cause }

// Permanent reports that the receiver will never accept this message.
func (e *Error) Permanent() bool { return e.permanent }

// Wait is how long the receiver asked to be left alone.
func (e *Error) Wait() time.Duration { return e.wait }

// failure describes an error without the given secrets in it.
func failure(op string, err error, secrets ...string) *Error {
	e := &Error{Op: op, Message: redact(reason(err), secrets)}
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, io.EOF} {
		if errors.Is(err, known) {
			e.cause = known
		}
	}
	return e
}

// reason is an error's text without the address that it was about.
func reason(err error) string {
	var in *url.Error
	if errors.As(err, &in) {
		err = in.Err
	}
	var op net.Error
	switch {
	case errors.As(err, &op) && op.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the receiver hung up"
	}
	return err.Error()
}

// redact takes secrets out of a line, in the forms that protocols write them in.
func redact(text string, secrets []string) string {
	for _, s := range secrets {
		if s == "" {
			continue
		}
		for _, form := range []string{s, base64.StdEncoding.EncodeToString([]byte(s)), url.QueryEscape(s), url.PathEscape(s)} {
			text = strings.ReplaceAll(text, form, "[secret]")
		}
	}
	return clean.Text(text)
}

// keyOf is a delivery's key in the few characters that every header takes.
func keyOf(key string) string {
	plain := strings.IndexFunc(key, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}) < 0
	if plain && key != "" && len(key) <= 64 {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

// most characters of a text that is sent, and of one of its lines.
const (
	mostLines = 400
	mostLine  = 500
)

// lines are the lines of a text, each harmless.
func lines(text string) []string {
	all := strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	if len(all) > mostLines {
		all = append(all[:mostLines], "…")
	}
	for i, line := range all {
		all[i] = strings.TrimRight(clean.Limit(line, mostLine), " ")
	}
	return all
}
