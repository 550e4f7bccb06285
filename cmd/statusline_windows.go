package cmd

import "syscall"

// apart lets a process outlive the prompt that started it, without a window:
// DETACHED_PROCESS.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: 0x00000008}
}
