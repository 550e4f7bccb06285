package config_test

import (
	"reflect"
	"strings"
	"testing"

	"tokpit/config"
)

func TestNotify(t *testing.T) {
	got, err := config.Load(write(t, `
[notify]
terminal = false
digest = "weekly"
digest_to = ["mail:owner@example.com", "team"]

[notify.mail]
host = "smtp.example.com"
port = 465
implicit_tls = true
from = "tokpit <tokpit@example.com>"
username = "tokpit"
password = "env:SMTP_PASSWORD"

[[notify.webhook]]
name = "team"
url = "keyring:tokpit/team"
shape = "slack"

[[notify.webhook]]
name = "own"
url = "http://127.0.0.1:9/SECRETPATH"
secret = "file:~/secret"
private = true
`), true)
	off := false
	want := config.Notify{Terminal: &off, Digest: config.DigestWeekly, DigestTo: []string{"mail:owner@example.com", "team"},
		Mail: &config.Mail{Host: "smtp.example.com", Port: 465, ImplicitTLS: true, From: "tokpit <tokpit@example.com>", Username: "tokpit", Password: "env:SMTP_PASSWORD"},
		Webhooks: []config.Webhook{{Name: "team", URL: "keyring:tokpit/team", Shape: "slack"},
			{Name: "own", URL: "http://127.0.0.1:9/SECRETPATH", Secret: "file:~/secret", Private: true}}}
	if err != nil || !reflect.DeepEqual(got.Notify, want) {
		t.Fatalf("%v\n got %+v\nwant %+v", err, got.Notify, want)
	}
	n := &got.Notify
	if n.OnTerminal() || !n.Webhook("team").IsRef() || n.Webhook("own").IsRef() || n.Webhook("else") != nil {
		t.Errorf("%+v", n)
	}
	if n = new(config.Notify); !n.OnTerminal() {
		t.Error("the terminal is off without being switched off")
	}
}

// TestBadNotify: every mistake is told with its line, table and key, and
// nothing that may be a secret is repeated.
func TestBadNotify(t *testing.T) {
	mail := "[notify.mail]\nhost = 'h'\nfrom = 'a@example.com'\n"
	hook := "[[notify.webhook]]\nname = 'ok'\nurl = 'https://example.com/x'\n\n[[notify.webhook]]\nname = 'n'\n"
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "[notify]\nterminl = true\n", "line 2: unknown key notify.terminl"},
		{"no truth value", "[notify]\nterminal = 'yes'\n", "line 2: notify.terminal cannot be of type string"},
		{"odd digest", "[notify]\n\ndigest = 'daily'\n", "line 3: [notify] digest: must be weekly"},
		{"digest to nobody", "[notify]\ndigest = 'weekly'\n", "line 2: [notify] digest: nobody gets it"},
		{"how often", "[notify]\ndigest_to = ['team']\n", "line 2: [notify] digest_to: digest does not say"},
		{"odd target", "[notify]\nto = ['team', ' ']\n", "line 2: [notify] to: a target is"},
		{"dotted", "notify.digest = 'daily'\n", "line 1: [notify] digest: must be weekly"},
		{"dotted below", "[notify]\nmail.host = 'h'\nmail.from = 'nobody'\n", "line 3: [notify.mail] from: must be an address"},
		{"inline", "[notify]\nmail = {host = 'h'}\n", "[notify.mail]: from is missing"},
		{"no host", "[notify.mail]\nfrom = 'a@example.com'\n", "line 1: [notify.mail]: host is missing"},
		{"host with a port", "[notify.mail]\nhost = 'h:25'\nfrom = 'a@example.com'\n", "line 2: [notify.mail] host: must be the name"},
		{"port", mail + "port = 70000\n", "line 4: [notify.mail] port: must lie between"},
		{"sender in two lines", "[notify.mail]\nhost = 'h'\nfrom = \"a@example.com\\r\\nBcc: x@example.com\"\n", "line 3: [notify.mail] from: must be an address"},
		{"password itself", mail + "username = 'u'\npassword = 'hunter2-SECRET'\n", "line 5: [notify.mail] password: key reference"},
		{"no password", mail + "username = 'u'\n", "line 4: [notify.mail] username: password is missing"},
		{"no username", mail + "password = 'env:P'\n", "line 4: [notify.mail] password: username is missing"},
		{"no name", "[[notify.webhook]]\nurl = 'https://example.com'\n", "line 1: [[notify.webhook]]: name is missing"},
		{"taken name", "[[notify.webhook]]\nname = 'mail'\nurl = 'https://example.com'\n", "line 2: [[notify.webhook]] name: mail is another"},
		{"name with a colon", "[[notify.webhook]]\nname = 'a:b'\nurl = 'https://example.com'\n", "line 2: [[notify.webhook]] name: must be"},
		{"twice", hook + "url = 'env:X'\n[[notify.webhook]]\nname = 'ok'\nurl = 'env:Y'\n", "line 9: [[notify.webhook]] name: there are two"},
		{"no address", hook, "line 5: [[notify.webhook]]: url is missing"},
		{"in the clear", hook + "url = 'http://example.com/SECRET'\n", "line 7: [[notify.webhook]] url: must begin with https"},
		{"password in the address", hook + "url = 'https://u:SECRET@example.com/'\n", "line 7: [[notify.webhook]] url: must not hold"},
		{"no address at all", hook + "url = 'SECRET'\n", "line 7: [[notify.webhook]] url: must be an https address"},
		{"bad reference", hook + "url = 'env:SEC RET'\n", "line 7: [[notify.webhook]] url: key reference"},
		{"shape", hook + "url = 'env:X'\nshape = 'irc'\n", "line 8: [[notify.webhook]] shape: must be one of json, slack, discord, teams"},
		{"signing secret itself", hook + "url = 'env:X'\nsecret = 'SECRET'\n", "line 8: [[notify.webhook]] secret: key reference"},
	} {
		_, err := config.Load(write(t, c.text), true)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "SECRET") || strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestPasswords may be what no key is, but not what is none by mistake.
func TestPasswords(t *testing.T) {
	for value, want := range map[string]string{"correct horse, Zürich": "", `"quoted"`: "", "": "is not set", " ": "it is empty", " x": "spaces around", "x\ny": "several lines", "x\x00": "control", "x\xff": "control",
		strings.Repeat("x", 5000): "longer than"} {
		env := config.SecretEnv{Getenv: func(string) string { return value }}
		got, err := config.ResolvePassword(t.Context(), "env:P", env)
		if (err == nil) != (want == "") || err == nil && got.Reveal() != value || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", value, err, want)
		}
	}
}
