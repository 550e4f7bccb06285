//go:build unix

package cmd

import "syscall"

// apart lets a process outlive the prompt that started it.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
