package cmd_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tokpit/budget/notify"
)

// message is a message that somebody has taken.
type message struct {
	to, key, subject, text string // to: the address, or the path of the webhook
	head                   string // all headers
	fields                 map[string]string
}

// post is a mail server that insists on STARTTLS and a login, and a receiver of
// webhooks that insists on signatures.
type post struct {
	t     testing.TB
	cert  tls.Certificate
	roots string // PEM
	port  int
	hooks *httptest.Server

	mu    sync.Mutex
	taken []message
	// at is called at each step of a delivery: "connect", "secure", "login",
	// "before" and "after" a message was taken, before the sender is told. It may
	// say what to answer in place of the usual; "" is the usual.
	at func(stage string) (answer string)
}

const (
	postPassword = "correct horse, Zürich"
	postSecret   = "shared-signing-secret"
)

func newPost(t testing.TB) *post {
	if runtime.GOOS != "linux" {
		t.Skip("the authority of a test is given by SSL_CERT_FILE")
	}
	p := &post{t: t}
	p.certify()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = l.Addr().(*net.TCPAddr).Port
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			all.Go(func() { defer conn.Close(); p.talk(conn) })
		}
	})
	p.hooks = httptest.NewServer(http.HandlerFunc(p.hook))
	t.Cleanup(p.hooks.Close)
	return p
}

// certify makes a certificate for the loopback address.
func (p *post) certify() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	p.roots = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// serves gives a machine a configuration in which this is where messages go.
func (p *post) serves(m *machine, more string) {
	m.vars["SSL_CERT_FILE"] = m.write("roots.pem", p.roots)
	m.vars["MAIL_PASSWORD"], m.vars["HOOK_SECRET"], m.vars["HOOK_URL"] = postPassword, postSecret, p.hooks.URL+"/second/SECRETPATH"
	m.write(".config/tokpit/config.toml", fmt.Sprintf(`%s
[notify.mail]
host = "127.0.0.1"
port = %d
from = "tokpit <tokpit@mail.test>"
username = "tokpit"
password = "env:MAIL_PASSWORD"

[[notify.webhook]]
name = "team"
url = "%s/first"
secret = "env:HOOK_SECRET"

[[notify.webhook]]
name = "other"
url = "env:HOOK_URL"
secret = "env:HOOK_SECRET"
`, more, p.port, p.hooks.URL))
}

func (p *post) stage(name string) string {
	p.mu.Lock()
	at := p.at
	p.mu.Unlock()
	if at == nil {
		return ""
	}
	return at(name)
}

func (p *post) does(at func(stage string) string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = at
}

func (p *post) take(x message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = append(p.taken, x)
}

// fetch returns what was taken since the last time, by whom it was for.
func (p *post) fetch() []message {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.taken
	p.taken = nil
	slices.SortStableFunc(out, func(a, b message) int { return strings.Compare(a.to, b.to) })
	return out
}

// wants demands that exactly these were told since the last time, each once.
func (p *post) wants(why string, to ...string) []message {
	p.t.Helper()
	got := p.fetch()
	var who []string
	for _, x := range got {
		who = append(who, x.to)
	}
	slices.Sort(to)
	if !slices.Equal(who, to) {
		p.t.Errorf("%s: told %q, want %q", why, who, to)
		for _, x := range got {
			p.t.Logf("  %s %s: %s", x.to, x.key, x.subject)
		}
	}
	return got
}

func (p *post) hook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var doc struct {
		ID, Kind, Level, Subject, Text string
		Fields                         map[string]string
	}
	seconds, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get(notify.SignatureHeader), "t="), ",")
	var at int64
	fmt.Sscan(seconds, &at)
	if err == nil {
		err = notify.Verify(postSecret, r.Header.Get(notify.SignatureHeader), body, time.Unix(at, 0), time.Minute)
	}
	if err == nil {
		err = json.Unmarshal(body, &doc)
	}
	if err != nil || doc.ID != r.Header.Get(notify.KeyHeader) {
		p.t.Errorf("a webhook with %v, %q and %q", err, doc.ID, r.Header.Get(notify.KeyHeader))
	}
	if p.stage("connect") != "" || p.stage("before") != "" {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	p.take(message{to: r.URL.Path, key: doc.ID, subject: doc.Subject, text: doc.Text, fields: doc.Fields})
	if p.stage("after") != "" {
		w.WriteHeader(http.StatusBadGateway)
	}
}

// talk is one conversation with a mail client.
func (p *post) talk(conn net.Conn) {
	in := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 mail.test ESMTP")
	secure, known, to := false, false, ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		switch stage := map[string]string{"EHLO": "connect", "STARTTLS": "secure", "AUTH": "login", "DATA": "before"}[strings.ToUpper(verb)]; {
		case stage != "" && p.odd(say, stage):
			continue
		}
		switch verb = strings.ToUpper(verb); {
		case verb == "EHLO" && !secure:
			say("250-mail.test\r\n250 STARTTLS")
		case verb == "EHLO":
			say("250-mail.test\r\n250-AUTH PLAIN\r\n250 8BITMIME")
		case verb == "STARTTLS":
			say("220 go ahead")
			c := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{p.cert}})
			if c.Handshake() != nil {
				return
			}
			conn, in, secure = c, bufio.NewReader(c), true
		case verb == "QUIT":
			say("221 bye")
			return
		case !secure:
			say("530 STARTTLS first")
		case verb == "AUTH":
			plain, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if known = string(plain) == "\x00tokpit\x00"+postPassword; !known {
				say("535 no")
				continue
			}
			say("235 welcome")
		case !known:
			say("530 who are you?")
		case verb == "RCPT":
			to = strings.Trim(strings.TrimPrefix(strings.Fields(rest)[0], "TO:"), "<>")
			say("250 ok")
		case verb == "DATA":
			say("354 go on")
			if !p.letter(in, to) {
				return
			}
			if !p.odd(say, "after") {
				say("250 queued")
			}
		default:
			say("250 ok")
		}
	}
}

func (p *post) odd(say func(string), stage string) bool {
	answer := p.stage(stage)
	if answer != "" {
		say(answer)
	}
	return answer != ""
}

// letter reads a message and keeps it.
func (p *post) letter(in *bufio.Reader, to string) bool {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
	m, err := mail.ReadMessage(strings.NewReader(b.String()))
	if err != nil {
		p.t.Errorf("%v in %q", err, b.String())
		return false
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		p.t.Error(err)
	}
	head, text, _ := strings.Cut(b.String(), "\r\n\r\n")
	p.take(message{to: to, key: m.Header.Get("X-Tokpit-Delivery"), subject: subject, text: text, head: head})
	return true
}
