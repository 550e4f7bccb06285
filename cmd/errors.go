package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"tokpit/internal/clean"
	"tokpit/store"
)

// errNo is "the answer is no": exit status 1 and no message.
var errNo = errors.New("no")

// hinted is an error with a sentence on what to do next.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
func (h hinted) Hint() string  { return h.hint }

// hint adds what to do next to an error.
func hint(err error, format string, args ...any) error {
	return hinted{err, fmt.Sprintf(format, args...)}
}

// hintOf returns what to do next, or "". The outermost hint counts: it may be
// one that was taken a key out of.
func hintOf(err error) string {
	var advised interface{ Hint() string }
	var busy *store.BusyError
	switch {
	case errors.As(err, &advised):
		return advised.Hint()
	case errors.As(err, &busy):
		return "wait for it to finish, then try again; nothing has been changed"
	case errors.Is(err, store.ErrNewer):
		return "install the newer tokpit, or use another file with --store; this one was left untouched"
	case errors.Is(err, store.ErrForeign):
		return "check the path (TOKPIT_STORE, --store); to start afresh, move it away and run: tokpit sync"
	case errors.Is(err, store.ErrCorrupt):
		return "run: tokpit doctor; if it cannot be read, move the file away and run: tokpit sync (logs that still exist are read again)"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "check who may read and write that path, or use another store with --store"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP):
		return "check the path"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG), errors.Is(err, syscall.EDQUOT),
		strings.Contains(err.Error(), "file resize error: "): // bbolt hides what it wraps
		return "free some space, then run the command again; what was stored before is unharmed"
	}
	return ""
}

// misused reports whether cobra refused the command line, which it says in
// words only.
func misused(err error) bool {
	if err == nil || hintOf(err) != "" {
		return false
	}
	for _, words := range []string{"unknown command ", "required flag(s) ", "accepts ", "requires "} {
		if strings.HasPrefix(err.Error(), words) {
			return true
		}
	}
	return false
}

// inWords says what cobra says of the number of arguments as a person would.
func inWords(line string) string {
	var least, most, given int
	switch {
	case scanned(line, "requires at least %d arg(s), only received %d", &least, &given):
		return fmt.Sprintf("needs %s or more, not %d", count(int64(least), "argument"), given)
	case scanned(line, "accepts at most %d arg(s), received %d", &most, &given):
		return fmt.Sprintf("takes no more than %s, not %d", count(int64(most), "argument"), given)
	case scanned(line, "accepts between %d and %d arg(s), received %d", &least, &most, &given):
		return fmt.Sprintf("needs %d to %d arguments, not %d", least, most, given)
	case scanned(line, "accepts %d arg(s), received %d", &most, &given):
		return fmt.Sprintf("needs %s, not %d", count(int64(most), "argument"), given)
	}
	return line
}

func scanned(line, format string, into ...any) bool {
	n, err := fmt.Sscanf(line, format, into...)
	return err == nil && n == len(into)
}

// exitStatus maps an error to the status of INTERFACES: 0 done, 1 no, 2 error.
func exitStatus(err error) int {
	switch {
	case err == nil, isBrokenPipe(err):
		return 0
	case errors.Is(err, errNo):
		return 1
	}
	return 2
}

// isBrokenPipe: the reader of our output has seen enough, which is no error.
func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}

// unlessBrokenPipe is err, or nil if it only says that nobody reads on, so
// that it cannot hide another error that it is joined with.
func unlessBrokenPipe(err error) error {
	if isBrokenPipe(err) {
		return nil
	}
	return err
}

// sideBySide are errors that stand beside each other, as errors.Join has them: not
// what a sentence about one error wraps.
func sideBySide(err error) []error {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var lines []string
	for _, one := range several.Unwrap() {
		lines = append(lines, one.Error())
	}
	if strings.Join(lines, "\n") != err.Error() {
		return nil
	}
	return several.Unwrap()
}

// withoutCalls is an error without the names of the system's calls, which tell a
// person nothing: "x.csv: no such file or directory", not "stat x.csv: …".
func withoutCalls(err error) string {
	text := err.Error()
	var path *fs.PathError
	if errors.As(err, &path) && (path.Op == "stat" || path.Op == "lstat" || path.Op == "open") {
		text = strings.Replace(text, path.Error(), path.Path+": "+path.Err.Error(), 1)
	}
	return text
}

// complain writes an error for a person: what happened, then what to do about
// it. Several errors in one are told one by one.
func complain(w io.Writer, err error) {
	if errors.Is(err, context.Canceled) {
		err = hint(errors.New("interrupted"), "what was stored is complete as far as it goes; the same command goes on from there")
	}
	if several := sideBySide(err); several != nil {
		for _, one := range several {
			complain(w, one)
		}
		return
	}
	for line := range strings.SplitSeq(withoutCalls(err), "\n") {
		if line = clean.Limit(line, 1000); line != "" {
			fmt.Fprintln(w, "tokpit: "+inWords(line))
		}
	}
	if h := hintOf(err); h != "" {
		fmt.Fprintln(w, "hint: "+clean.Limit(h, 1000))
	}
}
