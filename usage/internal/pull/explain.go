package pull

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tokpit/internal/clean"
)

// Codes of errors that no provider gave a code for.
const (
	CodeKey         = "key"          // the key cannot be sent
	CodeRefused     = "refused"      // not sent, because of where it would have gone
	CodeUnknownHost = "unknown-host" // the name resolves to nothing
	CodeUnreachable = "unreachable"  // no connection, or it broke before an answer
	CodeTLS         = "tls"          // no trustworthy connection
	CodeTimeout     = "timeout"
	CodeBroken      = "broken-off" // the answer ended early, every time
	CodeNotJSON     = "not-json"   // a web page, or nothing that parses
	CodeShape       = "shape"      // JSON of another kind
	CodeTooLarge    = "too-large"  // beyond MaxBody
	CodePaging      = "paging"     // pages that lead back to where they were
)

const adviceBase = "check the address (--base-url): it should lead to the API itself"

// Error is why a request was given up. Its text is harmless, one line, and free
// of the key.
type Error struct {
	Host    string
	Status  int    // HTTP status; 0 if there was no answer
	Code    string // the provider's own code, or one of this package's
	Message string // what happened, as the provider or we put it
	Advice  string // what to do about it; see Hint
	// RetryAt is when the server wants to be asked again; zero if it did not say.
	RetryAt time.Time
	Tries   uint // attempts, where there were several
	Final   bool // asking again does not help
	Err     error
}

// Error returns "api.example.com: message (401, code)".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Host != "" {
		b.WriteString(e.Host + ": ")
	}
	b.WriteString(e.Message)
	var notes []string
	if e.Status >= 300 {
		notes = append(notes, strconv.Itoa(e.Status))
		if e.Code != "" && !strings.Contains(e.Message, e.Code) {
			notes = append(notes, e.Code)
		}
	}
	if e.Tries > 1 {
		notes = append(notes, fmt.Sprintf("%d attempts", e.Tries))
	}
	if len(notes) > 0 {
		b.WriteString(" (" + strings.Join(notes, ", ") + ")")
	}
	return b.String()
}

// Hint says what to do about it; "" if there is nothing to say.
func (e *Error) Hint() string { return e.Advice }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// error completes an error and makes it harmless.
func (c *Client) error(e *Error, secrets []string) *Error {
	e.Host = clean.Text(c.base.Host)
	e.Code, e.Message = clean.Limit(redact(e.Code, secrets), 60), clean.Limit(redact(e.Message, secrets), 300)
	return e
}

// Said is what an error answer says about itself.
type Said struct{ Type, Code, Message string }

// Parse reads the error document that a provider sent, in the shapes that are
// common: {"error":{"message","type","code"}}, {"error":"…"}, {"message"} and
// {"detail"}. What is not there is "".
func Parse(body []byte) Said {
	var doc struct {
		Error, Detail, Message, Code, Type json.RawMessage
	}
	if json.Unmarshal(body, &doc) != nil {
		return Said{}
	}
	said := Said{Type: text(doc.Type), Code: text(doc.Code), Message: text(doc.Message)}
	for _, raw := range []json.RawMessage{doc.Error, doc.Detail} {
		var inner struct{ Message, Type, Code, Error json.RawMessage }
		if len(raw) == 0 || string(raw) == "null" {
			continue
		}
		if s := text(raw); s != "" {
			said.Message = s
		} else if json.Unmarshal(raw, &inner) == nil {
			said = Said{Type: text(inner.Type), Code: text(inner.Code), Message: text(inner.Message)}
			if said.Message == "" {
				said.Message = text(inner.Error)
			}
		}
		break
	}
	return said
}

// text is a JSON string, or a number as it stands (codes may be either).
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// Explain is the default explanation of an answer that is not 2xx: what the
// provider says where it says something, else the status in words, with advice
// by status. Readers call it and change what they know better.
func Explain(status int, _ http.Header, body []byte) *Error {
	said := Parse(body)
	e := &Error{Status: status, Code: said.Code, Message: said.Message, Final: !retryable(status)}
	if e.Code == "" {
		e.Code = said.Type
	}
	if e.Message == "" {
		e.Message = plain(status)
	}
	switch {
	case status == http.StatusUnauthorized:
		e.Advice = "the key is not accepted: check that it is complete, not revoked, and of this provider"
	case status == http.StatusPaymentRequired:
		e.Advice = "the account has no credit or a payment is due; see the provider's billing page"
	case status == http.StatusForbidden:
		e.Advice = "the key is known, but it may not read this: use an administrator's key"
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status >= 300 && status < 400:
		e.Advice = adviceBase
	case status == http.StatusTooManyRequests:
		e.Advice = "too many requests with this key: try again later"
	case status >= 500:
		e.Advice = "the provider has a problem: try again later"
	}
	return e
}

func plain(status int) string {
	if s := http.StatusText(status); s != "" {
		return strings.ToLower(s)
	}
	return "refused"
}
