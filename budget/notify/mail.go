package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"tokpit/budget"
	"tokpit/internal/clean"
)

// Mail sends through a submission server (RFC 6409). The connection is
// encrypted before anything is said, with STARTTLS or from its start; only a
// server on this machine may do without.
type Mail struct {
	Host string
	Port int // 0 is 587, or 465 with Implicit
	// Implicit is TLS from the first byte on.
	Implicit bool
	From     string // an address, or "Name <address>"
	Username string // "" is no login
	Password Secret
	Roots    *x509.CertPool // nil is the system's
	Timeout  time.Duration  // 0 is [Timeout]
	Now      func() time.Time
}

// Send hands one message to the server; nil means that the server has taken it.
func (m *Mail) Send(ctx context.Context, d budget.Delivery) error {
	op := "mail to " + clean.Text(d.To)
	limit := m.Timeout
	if limit <= 0 {
		limit = Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	message, err := m.compose(d)
	if err != nil {
		return &Error{Op: op, Message: clean.Text(err.Error()), permanent: true}
	}
	var password string
	if m.Username != "" && m.Password != nil {
		if password, err = m.Password(ctx); err != nil {
			return &Error{Op: op, Message: "the password cannot be read"}
		}
	}
	secrets := []string{password, base64.StdEncoding.EncodeToString([]byte("\x00" + m.Username + "\x00" + password))}
	if password == "" {
		secrets = nil
	}
	client, err := m.client(ctx, password, limit)
	if err != nil {
		return failure(op, err, secrets...)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return failure(op, err, secrets...)
	}
	defer client.Close() // QUIT: the message is with the server by then, or never
	err = client.Send(message)
	if err == nil || message.IsDelivered() {
		return nil
	}
	e := failure(op, err, secrets...)
	var refused *mail.SendError
	if errors.As(err, &refused) {
		e.Status = refused.ErrorCode()
		e.permanent = e.Status >= 500 && e.Status < 600
	}
	return e
}

// client returns a connection to be made.
func (m *Mail) client(ctx context.Context, password string, limit time.Duration) (*mail.Client, error) {
	settings := &tls.Config{ServerName: m.Host, RootCAs: m.Roots, MinVersion: tls.VersionTLS12}
	port, policy := m.Port, mail.TLSMandatory
	if port == 0 {
		if port = 587; m.Implicit {
			port = 465
		}
	}
	if isLoopback(m.Host) {
		policy = mail.TLSOpportunistic
	}
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(limit), mail.WithTLSConfig(settings), mail.WithTLSPolicy(policy),
		mail.WithHELO("localhost"), mail.WithoutNoop(), mail.WithoutRset(), mail.WithDialContextFunc(m.dial(ctx, settings))}
	if m.Implicit {
		options = append(options, mail.WithSSL())
	}
	if m.Username != "" {
		kind := mail.SMTPAuthAutoDiscover
		if policy == mail.TLSOpportunistic {
			kind = mail.SMTPAuthPlainNoEnc // it stays on this machine
		}
		options = append(options, mail.WithSMTPAuth(kind), mail.WithUsername(m.Username), mail.WithPassword(password))
	}
	return mail.NewClient(m.Host, options...)
}

// dial connects, and closes the connection when ctx ends: a server that talks
// slowly for ever is left then.
func (m *Mail) dial(ctx context.Context, settings *tls.Config) mail.DialContextFunc {
	return func(_ context.Context, network, address string) (net.Conn, error) {
		var conn net.Conn
		var err error
		if m.Implicit {
			conn, err = (&tls.Dialer{Config: settings}).DialContext(ctx, network, address)
		} else {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
		}
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}
}

// compose makes the message. Addresses are parsed and written anew, and text
// loses its line breaks, so nothing in a delivery can add a header.
func (m *Mail) compose(d budget.Delivery) (*mail.Msg, error) {
	from, err := netmail.ParseAddress(m.From)
	if err != nil {
		return nil, fmt.Errorf("%q is no sender's address", clean.Text(m.From))
	}
	to, err := netmail.ParseAddress(d.To)
	if err != nil || strings.ContainsAny(d.To, "\r\n\x00") {
		return nil, fmt.Errorf("%q is no address", clean.Text(d.To))
	}
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	from.Name = clean.Text(from.Name)
	message := mail.NewMsg(mail.WithNoDefaultUserAgent())
	message.FromMailAddress(from)
	message.ToMailAddress(&netmail.Address{Address: to.Address})
	message.Subject(clean.Limit(d.Subject, 160))
	message.SetDateWithValue(now())
	key := keyOf(d.Key)
	_, domain, _ := strings.Cut(from.Address, "@")
	message.SetMessageIDWithValue(key + ".tokpit@" + asciiDomain(domain))
	message.SetGenHeader("X-Tokpit-Delivery", key)
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetBodyString(mail.TypeTextPlain, strings.Join(lines(d.Body.Text), "\n")+"\n")
	return message, nil
}

// asciiDomain keeps a Message-ID inside what RFC 5322 allows.
func asciiDomain(domain string) string {
	if domain == "" || strings.IndexFunc(domain, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '.'
	}) >= 0 {
		return "tokpit.invalid"
	}
	return domain
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
