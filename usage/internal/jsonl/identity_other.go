//go:build !unix

package jsonl

import "io/fs"

// identify has no answer that a plain stat gives here: files are told apart by
// their names and by the hashes in their cursors.
func identify(fs.FileInfo) identity { return identity{} }
