//go:build unix

package cmd_test

import (
	"os"
	"runtime"
	"syscall"
)

// peak is the largest resident size that a process had, in bytes.
func peak(p *os.ProcessState) int64 {
	use, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "linux" {
		return use.Maxrss << 10
	}
	return use.Maxrss
}
