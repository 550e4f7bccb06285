package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"time"

	"github.com/zalando/go-keyring"
)

// maxOutput is how much of a command's output is taken.
const maxOutput = 64 << 10

// command runs a program and takes the first line that it prints.
func (q *query) command(ctx context.Context) (string, error) {
	words, err := splitWords(q.rest)
	if err != nil {
		return "", q.fail(err.Error(), refHelp)
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, q.env.Timeout)
	defer cancel()
	out := bounded{room: maxOutput, full: cancel}
	var talk counted
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Stdout, c.Stderr = &out, &talk
	c.WaitDelay = time.Second // a grandchild may keep the pipes open
	err = c.Run()
	const alone = "run the command by itself to see what it says; it must print the key as its first line"
	var missing *exec.Error
	var ended *exec.ExitError
	switch {
	case out.over:
		return "", q.fail("the command prints more than 64 KiB", alone)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", q.fail(fmt.Sprintf("the command did not end within %v", time.Since(began).Round(100*time.Millisecond)), "it gets no input: "+alone)
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &missing), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return "", q.fail("the command cannot be found or run", "check the name, or give its full path; a pipe or a variable needs cmd:sh -c '…'")
	case errors.As(err, &ended):
		problem := "the command failed: " + ended.ProcessState.String()
		if talk > 0 {
			problem += fmt.Sprintf(" (%d bytes on stderr, not shown)", int(talk))
		}
		return "", q.fail(problem, alone)
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return "", q.fail("the command could not be run", alone)
	}
	first, _, _ := strings.Cut(string(out.text), "\n")
	if first = strings.TrimSpace(first); first == "" {
		return "", q.fail("the command prints nothing on its first line", alone)
	}
	return first, nil
}

// bounded keeps what fits, and ends the command when it writes more.
type bounded struct {
	text []byte
	room int
	full func()
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > b.room {
		b.over = true
		b.full()
		return 0, errors.New("too much")
	}
	b.text = append(b.text, p...)
	return len(p), nil
}

// counted forgets what it is given.
type counted int

func (c *counted) Write(p []byte) (int, error) {
	*c += counted(len(p))
	return len(p), nil
}

// keyring asks the system's keyring, which may in turn ask the person.
func (q *query) keyring(ctx context.Context) (string, error) {
	service, user, _ := strings.Cut(q.rest, "/")
	type answer struct {
		value string
		err   error
	}
	// The library takes no context: an unanswered prompt is left to itself.
	got := make(chan answer, 1)
	go func() {
		value, err := keyring.Get(service, user)
		got <- answer{value, err}
	}()
	timeout := time.NewTimer(q.env.Timeout)
	defer timeout.Stop()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-timeout.C:
		return "", q.fail(fmt.Sprintf("the keyring did not answer within %v", q.env.Timeout), "unlock it, then try again")
	case a := <-got:
		switch {
		case a.err == nil:
			return a.value, nil
		case errors.Is(a.err, keyring.ErrNotFound):
			return "", q.fail("the keyring has no such entry", fmt.Sprintf("add it: secret-tool store --label=tokpit service %s username %s (Linux), security add-generic-password -s %s -a %s -w (macOS)", service, user, service, user))
		case errors.Is(a.err, keyring.ErrUnsupportedPlatform):
			return "", q.fail("there is no keyring on this system", "use env:NAME, file:PATH or cmd:COMMAND instead")
		}
		// What the keyring says is not repeated: it is somebody else's text.
		return "", q.fail("the keyring of this machine cannot be reached or is locked", "unlock it; on a machine without a desktop session use env:NAME, file:PATH or cmd:COMMAND instead")
	}
}
