package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/internal/safehttp"
)

// Webhook posts JSON to an address. With a secret the request is signed; see
// [Verify] for how a receiver checks it.
type Webhook struct {
	URL     string // https, or http to this machine
	Private bool   // a person gave the address: private networks are allowed
	Shape   Shape  // "" is [JSON]
	Secret  Secret // nil is no signature
	Timeout time.Duration
	Now     func() time.Time
}

// Headers of a request.
const (
	// SignatureHeader holds "t=<Unix seconds>,v1=<hex>": the HMAC-SHA256 of the
	// seconds, a point and the body, under the shared secret.
	SignatureHeader = "Tokpit-Signature"
	// KeyHeader holds the delivery's key, the same in every attempt.
	KeyHeader = "Idempotency-Key"
)

// Send posts one message; nil means that the receiver answered with a 2xx.
func (w *Webhook) Send(ctx context.Context, d budget.Delivery) error {
	limit := w.Timeout
	if limit <= 0 {
		limit = Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	u, err := safehttp.Check(w.URL)
	if err != nil {
		return &Error{Op: "webhook", Message: redact(err.Error(), []string{w.URL}), permanent: true, cause: safehttp.ErrRefused}
	}
	op := "webhook at " + u.Host
	now := time.Now
	if w.Now != nil {
		now = w.Now
	}
	body, err := w.Shape.encode(d, now())
	if err != nil {
		return &Error{Op: op, Message: err.Error(), permanent: true}
	}
	secret := ""
	if w.Secret != nil {
		if secret, err = w.Secret(ctx); err != nil || secret == "" {
			return &Error{Op: op, Message: "the signing secret cannot be read"}
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return failure(op, err, w.URL, secret)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "tokpit")
	r.Header.Set(KeyHeader, keyOf(d.Key))
	if secret != "" {
		r.Header.Set(SignatureHeader, sign(secret, body, now()))
	}
	client := safehttp.Keyed(u, w.Private)
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		e := failure(op, err, w.URL, u.RequestURI(), secret)
		if errors.Is(err, safehttp.ErrRefused) {
			e.permanent, e.cause = true, safehttp.ErrRefused
		}
		return e
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // what it says does not matter
	return judge(op, answer, now())
}

// mostWait is the longest time, in seconds, that a receiver can ask for; how much
// of it is granted is for whoever tries again to say.
const mostWait = 366 * 24 * 60 * 60

// judge says what an answer means. Most refusals may be over tomorrow (a secret
// was rolled, an address moved); a few are about the message itself.
func judge(op string, answer *http.Response, now time.Time) error {
	code := answer.StatusCode
	if code >= 200 && code < 300 {
		return nil
	}
	e := &Error{Op: op, Status: code, Message: strings.TrimSpace("answered " + strconv.Itoa(code) + " " + http.StatusText(code))}
	switch code {
	case http.StatusBadRequest, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		e.permanent = true
	}
	after := answer.Header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(after, 10, 64); seconds > 0 && (err == nil || errors.Is(err, strconv.ErrRange)) {
		e.wait = time.Duration(min(seconds, mostWait)) * time.Second
	} else if date, err := http.ParseTime(after); err == nil {
		e.wait = max(0, date.Sub(now))
	}
	return e
}

func sign(secret string, body []byte, now time.Time) string {
	seconds := strconv.FormatInt(now.Unix(), 10)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac(secret, seconds, body))
}

func mac(secret, seconds string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(seconds + "."))
	h.Write(body)
	return h.Sum(nil)
}

// ErrSignature is wrapped by the errors of [Verify].
var ErrSignature = errors.New("signature does not hold")

// Verify checks the [SignatureHeader] of a request as its receiver would: made
// with the secret, over this body, not longer ago (or ahead) than tolerance.
func Verify(secret, header string, body []byte, now time.Time, tolerance time.Duration) error {
	var seconds, signature string
	for part := range strings.SplitSeq(header, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "t":
			seconds = value
		case "v1":
			signature = value
		}
	}
	got, err := hex.DecodeString(signature)
	if err != nil || !hmac.Equal(got, mac(secret, seconds, body)) {
		return ErrSignature
	}
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return ErrSignature
	}
	if age := now.Sub(time.Unix(at, 0)).Abs(); age > tolerance {
		return fmt.Errorf("%w: it is %s old", ErrSignature, age.Round(time.Second))
	}
	return nil
}
