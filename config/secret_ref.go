package config

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"tokpit/internal/clean"
)

// SecretEnv is what resolving a reference takes from the outside world.
type SecretEnv struct {
	Getenv func(string) string
	Home   string // what "~/" stands for in a path; "" if there is none
	// Timeout is how long a command or the keyring may take, which includes a
	// person who is asked to unlock it; 30 s if zero.
	Timeout time.Duration
}

const secretTimeout = 30 * time.Second

// Where a reference may lead.
const (
	schemeEnv     = "env"
	schemeKeyring = "keyring"
	schemeFile    = "file"
	schemeCommand = "cmd"
)

const refHelp = "give env:NAME, keyring:service/user, file:PATH or cmd:COMMAND"

// ResolveSecret follows a reference to a key:
//
//	env:NAME               an environment variable
//	keyring:service/user   the system's keyring
//	file:PATH              a regular file of one's own that nobody else may read
//	cmd:COMMAND ARG…       the first line that a command prints
//
// A command is split into words as a shell does it (quotes and backslashes),
// but no shell runs: nothing is expanded, and there are no pipes. Who needs
// them writes cmd:sh -c '…'. The command inherits the environment and reads no
// input; what it writes to stderr is not shown, since it may hold the key.
//
// Errors are of type [*SecretError]: they name the reference and what to do,
// never a value.
func ResolveSecret(ctx context.Context, ref string, env SecretEnv) (Secret, error) {
	return resolve(ctx, ref, env, (*query).check)
}

// ResolvePassword is [ResolveSecret] for what a person has chosen: it may hold
// spaces, quotes and any letter.
func ResolvePassword(ctx context.Context, ref string, env SecretEnv) (Secret, error) {
	return resolve(ctx, ref, env, (*query).checkPassword)
}

func resolve(ctx context.Context, ref string, env SecretEnv, check func(*query, string) error) (Secret, error) {
	scheme, rest, err := splitRef(ref)
	if err != nil {
		return Secret{}, err
	}
	if env.Timeout == 0 {
		env.Timeout = secretTimeout
	}
	if env.Getenv == nil {
		env.Getenv = func(string) string { return "" }
	}
	q := query{ref: clean.Text(ref), rest: rest, env: env}
	var value string
	switch scheme {
	case schemeEnv:
		value, err = q.variable()
	case schemeKeyring:
		value, err = q.keyring(ctx)
	case schemeFile:
		value, err = q.file()
	case schemeCommand:
		value, err = q.command(ctx)
	}
	if err == nil {
		err = check(&q, value)
	}
	if err != nil {
		return Secret{}, err
	}
	return NewSecret(value), nil
}

// CheckRef reports what is wrong with the form of a reference, without
// following it.
func CheckRef(ref string) error {
	_, _, err := splitRef(ref)
	return err
}

// splitRef takes a reference apart. One that may itself be a key is refused
// and not repeated: it would end up in the store, on a screen or in a log.
func splitRef(ref string) (scheme, rest string, err error) {
	refuse := func(problem, advice string) (string, string, error) {
		return "", "", &SecretError{Problem: problem, Advice: advice}
	}
	named := func(problem, advice string) (string, string, error) {
		return "", "", &SecretError{Ref: clean.Text(ref), Problem: problem, Advice: advice}
	}
	if ref == "" {
		return refuse("there is none", refHelp)
	}
	if LooksLikeKey(ref) {
		return refuse("this looks like a key itself, and is not repeated here",
			"keys are kept out of the command line and of the store, so put it into an environment variable, the keyring or a file, and "+
				refHelp+"; a key that was typed into a shell is in its history")
	}
	scheme, rest, ok := strings.Cut(ref, ":")
	if !ok {
		return refuse("it does not say where to look (and is not repeated here, in case it is a key)", refHelp)
	}
	switch {
	case clean.Limit(rest, len(rest)+1) != rest:
		return refuse("it has control or invisible characters", "type it again")
	case len(ref) > maxRef:
		return refuse("it is too long", "a longer command belongs in a script that cmd: names")
	case scheme == schemeEnv && !variableName().MatchString(rest):
		return refuse("after env: comes the name of a variable: letters, digits and underscores (what was given is not repeated here, in case it is a key)",
			"for example env:OPENAI_ADMIN_KEY, without $ and without its value")
	case scheme == schemeKeyring && !keyringName(rest):
		return named("it must have the form keyring:service/user", "for example keyring:tokpit/openai-admin")
	case scheme == schemeFile && rest == "":
		return named("it has no path", "for example file:~/.config/tokpit/openai.key")
	case scheme == schemeCommand:
		words, err := splitWords(rest)
		if err != nil {
			return named(err.Error(), "close the quotes; write a literal quote as \\' or \\\"")
		}
		if len(words) == 0 {
			return named("it has no command", "for example cmd:pass show openai/admin")
		}
	case scheme != schemeEnv && scheme != schemeKeyring && scheme != schemeFile:
		return refuse("it does not say where to look (and is not repeated here, in case it is a key)", refHelp)
	}
	return scheme, rest, nil
}

// maxRef is the longest reference, which is mostly a command.
const maxRef = 2000

func variableName() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`) }

func keyringName(rest string) bool {
	service, user, ok := strings.Cut(rest, "/")
	return ok && service != "" && user != ""
}

// LooksLikeKey reports whether text that should not be a key is one, or holds
// one. Words like "sk-admin.key" in a path do not count: keys are long.
func LooksLikeKey(ref string) bool {
	if strings.HasPrefix(ref, "sk-") || strings.HasPrefix(ref, "tpk_") || strings.HasPrefix(ref, "Bearer ") {
		return true
	}
	return keyShapes().MatchString(ref)
}

// keyShapes matches what the keys of well-known services look like.
func keyShapes() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:` + strings.Join(clean.KeyPrefixes(), "|") + `)[A-Za-z0-9_-]{16,}|(?i:\bBearer\s+[A-Za-z0-9._~+/-]{16,})`)
}

// query is one reference on its way to a key.
type query struct {
	ref  string // harmless
	rest string // behind the scheme
	env  SecretEnv
}

func (q *query) fail(problem, advice string) error {
	return &SecretError{Ref: q.ref, Problem: problem, Advice: advice}
}

func (q *query) variable() (string, error) {
	value := q.env.Getenv(q.rest)
	if value == "" {
		return "", q.fail("the environment variable is not set", "set it where tokpit is started: export "+q.rest+"=…")
	}
	return value, nil
}

// maxKey is longer than any key; longer ones would not fit into a header.
const maxKey = 4096

// check refuses what cannot be a key, so that the mistake is told here and not
// by a provider's "unauthorized". It never mends: a key that is kept wrong
// should be put right where it is kept.
func (q *query) check(value string) error {
	const where = "put the key there alone, on one line, without quotes and spaces"
	trimmed := strings.TrimSpace(value)
	switch {
	case trimmed == "":
		return q.fail("it is empty", where)
	case len(value) > maxKey:
		return q.fail("it is longer than any key", where)
	case strings.ContainsAny(trimmed, "\r\n"):
		return q.fail("it has several lines", where)
	case trimmed != value:
		return q.fail("there are spaces around the key", where)
	case quoted(value):
		return q.fail("the key is wrapped in quotes", where)
	case strings.Contains(value, " "):
		return q.fail("there are spaces in the key", "keep the key alone, without Bearer and without a name in front")
	}
	for _, r := range value {
		if r < 0x20 || r == 0x7f {
			return q.fail("there are control characters in the key", where)
		}
		if r > 0x7f {
			return q.fail("there are characters in the key that no key has (a typographic quote or dash, or an invisible one)", "copy the key again")
		}
	}
	return nil
}

// checkPassword refuses what is no password by mistake.
func (q *query) checkPassword(value string) error {
	const where = "put the password there alone, on one line"
	switch {
	case strings.TrimSpace(value) == "":
		return q.fail("it is empty", where)
	case len(value) > maxKey:
		return q.fail("it is longer than any password", where)
	case strings.TrimSpace(value) != value:
		return q.fail("there are spaces around the password", where)
	case strings.ContainsFunc(value, func(r rune) bool { return r < 0x20 || r == 0x7f || r == utf8.RuneError }):
		return q.fail("it has several lines or control characters", where)
	}
	return nil
}

func quoted(s string) bool {
	for _, q := range []string{`"`, `'`, "`"} {
		if strings.HasPrefix(s, q) || strings.HasSuffix(s, q) {
			return true
		}
	}
	return false
}
