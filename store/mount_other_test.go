//go:build unix && !linux

package store_test

import (
	"errors"
	"os"
	"testing"
)

func mountSmall(string, string) error { return errors.ErrUnsupported }

func unmount(string) error { return errors.ErrUnsupported }

func asNobody(t *testing.T, f func()) {
	if os.Geteuid() == 0 {
		t.Skip("SKIPPED: root may write everywhere")
	}
	f()
}
