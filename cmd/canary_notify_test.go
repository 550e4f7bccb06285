package cmd_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// parrots are a mail server on this machine, without encryption, and a receiver
// of webhooks, that repeat every secret they are sent in whatever they answer.
func parrots(t *testing.T, a *aviary) (mailPort int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go parrot(conn)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func parrot(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "220 hello\r\n")
	in := bufio.NewScanner(conn)
	for in.Scan() {
		verb, rest, _ := strings.Cut(in.Text(), " ")
		switch verb {
		case "EHLO":
			fmt.Fprint(conn, "250-mail.test\r\n250 AUTH PLAIN LOGIN\r\n")
		case "AUTH":
			sent := rest[strings.LastIndexByte(rest, ' ')+1:]
			plain, _ := base64.StdEncoding.DecodeString(sent)
			fmt.Fprintf(conn, "535 %s is %q, which is wrong\r\n", sent, bytes.ReplaceAll(plain, []byte{0}, []byte(" ")))
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

// TestCanaryOfMessages: the password of a mail server, the secret that signs a
// webhook and the address of one are nowhere to be found, whatever the receivers
// answer.
func TestCanaryOfMessages(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	a := newAviary(t)
	port := parrots(t, a)
	address := canaries()["litellm"] // in the path of a webhook
	var heard atomic.Int64
	a.standIn.fails(nil)
	hook := newParrotHook(t, a, &heard)
	a.vars["HOOK"] = hook + "/services/" + address
	a.dollars("2026-11-19T09:00:00Z", 3)
	a.write(".config/tokpit/config.toml", fmt.Sprintf(`
[notify]
digest = "weekly"
digest_to = ["mail:a@example.com", "team"]
[notify.mail]
host = "127.0.0.1"
port = %d
from = "tokpit@example.com"
username = "tokpit"
password = "env:OPENAI_KEY"
[[notify.webhook]]
name = "team"
url = "env:HOOK"
shape = "slack"
secret = "keyring:tokpit/canary"
[[notify.webhook]]
name = "lost"
url = "env:OPENAI_KEY"
`, port))
	tour := func() {
		a.each("budget set all --amount 20 --warn 10% --notify mail:a@example.com,team,lost", "watch --once", "watch --once --json", "budget alerts", "budget alerts --json --all",
			"budget retry --all", "budget test-alert", "budget test-alert team all --json", "budget test-alert mail:a@example.com", "budget check", "budget check --json",
			"budget list", "budget export", "budget ack all", "budget snooze all --for 1d", "budget snooze all --end", "digest", "digest --json", "digest --month --format md",
			"doctor", "doctor --json", "audit", "audit --json", "budget rm all --yes")
	}
	tour()
	key := canaries()["openai"]
	for _, args := range [][]string{{"budget", "set", key, "--amount", "1"}, {"budget", "set", "x", "--amount", "1", "--notify", key}, {"budget", "test-alert", key}, {"budget", "test-alert", "mail:" + key},
		{"budget", "ack", key}, {"budget", "ack", "all", key}, {"budget", "snooze", key, "--for", "2d"}, {"budget", "snooze", "all", "--for", key}, {"budget", "snooze", "all", "--until", key},
		{"budget", "retry", key}, {"digest", "--since", key}, {"digest", "--format", key}, {"watch", "--every", key}, {"watch", key}} {
		a.try(args...)
	}
	for _, bad := range []string{"password = \"%s\"", "password = \"env:%s\""} {
		path := a.write("bad.toml", "[notify.mail]\nhost = \"x\"\nfrom = \"a@example.com\"\nusername = \"u\"\n"+fmt.Sprintf(bad, "KEY"))
		a.vars["TOKPIT_CONFIG"] = path
		a.each("watch --once", "doctor")
	}
	delete(a.vars, "TOKPIT_CONFIG")
	delete(a.vars, "OPENAI_KEY")
	a.vars["TOKPIT_NOW"] = "2026-12-02T10:00:00Z"
	tour()
	for _, leak := range a.found() {
		t.Error(leak)
	}
	if heard.Load() < 3 || !bytes.Contains(a.said.Bytes(), []byte("mail to a@example.com: ")) || !bytes.Contains(a.said.Bytes(), []byte("535")) {
		t.Errorf("%d messages came to a receiver:\n%.3000s", heard.Load(), a.said.String())
	}
}

// newParrotHook answers what it was asked, first with an error that repeats it.
func newParrotHook(t *testing.T, a *aviary, heard *atomic.Int64) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, canaries()["litellm"]) || r.Header.Get("Tokpit-Signature") == "" {
			t.Errorf("a strange request for %s", r.URL.Path)
		}
		body, _ := io.ReadAll(r.Body)
		if found := leaks("a message", body); len(found) > 0 {
			t.Error(found)
		}
		switch heard.Add(1) % 3 {
		case 0:
			http.Redirect(w, r, a.other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		case 1:
			w.Header().Set("X-Path", r.URL.Path)
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprintf(w, "%s %v", r.URL.Path, r.Header)
		default:
			http.Error(w, r.URL.Path, http.StatusForbidden)
		}
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	return "http://" + l.Addr().String()
}
