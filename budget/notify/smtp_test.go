package notify

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// letter is what a server has taken.
type letter struct {
	from, to, data string
	secure         bool
	login          string // user and password, decoded
}

// server is a small SMTP server. It does something unexpected at a stage:
// "greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "body",
// "QUIT".
type server struct {
	noTLS   bool
	auth    bool
	at      string
	answer  string // what to answer there; "" is hanging up
	stall   bool   // answer nothing there
	cert    tls.Certificate
	roots   *x509.CertPool
	port    int
	mu      sync.Mutex
	letters []letter
}

func (s *server) taken() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]letter(nil), s.letters...)
}

// serve starts a server on this machine.
func serve(t *testing.T, s *server) *server {
	t.Helper()
	s.cert, s.roots = certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	var all sync.WaitGroup
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop); l.Close(); all.Wait() })
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.talk(conn, stop) })
		}
	})
	return s
}

// certificate makes one for mail.test and the loopback address.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, DNSNames: []string{"mail.test"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

type session struct {
	*server
	conn net.Conn
	in   *bufio.Reader
	letter
}

// odd does what the server does at a stage; stop is true if the session ends.
func (s *session) odd(stage string, halt <-chan struct{}) (handled, stop bool) {
	switch {
	case s.at != stage:
		return false, false
	case s.stall:
		<-halt
		return true, true
	case s.answer == "":
		return true, true
	}
	s.say(s.answer)
	return true, false
}

func (s *session) say(line string) { s.conn.Write([]byte(line + "\r\n")) }

func (s *server) talk(conn net.Conn, halt <-chan struct{}) {
	c := &session{server: s, conn: conn, in: bufio.NewReader(conn)}
	defer func() { c.conn.Close() }()
	if handled, stop := c.odd("greeting", halt); stop {
		return
	} else if !handled {
		c.say("220 mail.test ESMTP")
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0])
		handled, stop := c.odd(verb, halt)
		if stop {
			return
		}
		if !handled && !c.obey(verb, line, halt) {
			return
		}
	}
}

func (s *session) obey(verb, line string, halt <-chan struct{}) bool {
	_, isTLS := s.conn.(*tls.Conn)
	switch verb {
	case "EHLO":
		s.say("250-mail.test")
		if !s.noTLS && !isTLS {
			s.say("250-STARTTLS")
		}
		if s.auth {
			s.say("250-AUTH PLAIN LOGIN")
		}
		s.say("250 8BITMIME")
	case "STARTTLS":
		s.say("220 go ahead")
		secure := tls.Server(s.conn, &tls.Config{Certificates: []tls.Certificate{s.cert}})
		if secure.Handshake() != nil {
			return false
		}
		s.conn, s.in, s.secure = secure, bufio.NewReader(secure), true
	case "AUTH":
		parts := strings.Fields(line)
		plain, _ := base64.StdEncoding.DecodeString(parts[len(parts)-1])
		s.login = string(plain)
		s.say("235 welcome")
	case "MAIL":
		s.from = line
		s.say("250 ok")
	case "RCPT":
		s.to += line
		s.say("250 ok")
	case "DATA":
		s.say("354 go on")
		return s.body(halt)
	case "QUIT":
		s.say("221 bye")
		return false
	default:
		s.say("250 ok")
	}
	return true
}

func (s *session) body(halt <-chan struct{}) bool {
	var b strings.Builder
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
	if handled, stop := s.odd("body", halt); handled {
		return !stop
	}
	s.data = b.String()
	s.mu.Lock()
	s.letters = append(s.letters, s.letter)
	s.mu.Unlock()
	s.say("250 queued")
	return true
}
