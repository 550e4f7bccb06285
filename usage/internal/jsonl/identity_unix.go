//go:build unix

package jsonl

import (
	"io/fs"
	"syscall"
)

func identify(fi fs.FileInfo) identity {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return identity{uint64(st.Dev), uint64(st.Ino)}
	}
	return identity{}
}
