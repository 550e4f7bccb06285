package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Identify returns an id for a row by its content, where that is more than the
// record of it says: two charges for two machines are two, although a bill's
// record names neither. Rows of the same content are numbered in the order of the
// file.
func (out *Out) Identify(content []byte) string {
	sum := sha256.Sum256(content)
	var b [48]byte
	id := hex.AppendEncode(append(b[:0], "row:"...), sum[:12])
	id = strconv.AppendUint(append(id, ':'), uint64(out.seen.next(sum)), 10)
	return string(id)
}
