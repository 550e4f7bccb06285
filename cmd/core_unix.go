//go:build unix

package cmd

import "syscall"

// noCore keeps the system from writing this process's memory, and the keys in
// it, to a file when it crashes.
func noCore() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
