package importer

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// rowPrefix begins ids that are made of a row's content.
const rowPrefix = "row:"

// Identify returns an id for a row by its content, where that is more than the
// record of it says: two charges for two machines are two, although a bill's
// record names neither. Rows of the same content are numbered in the order of the
// file. The id is a prefix of 128 bits of a SHA-256: nobody can make a row that
// displaces another one.
func (out *Out) Identify(content []byte) string {
	sum := sha256.Sum256(content)
	key := [16]byte(sum[:16])
	var b [48]byte
	id := base64.RawURLEncoding.AppendEncode(append(b[:0], rowPrefix...), key[:])
	if n := out.seen.next(key); n > 0 {
		id = strconv.AppendUint(append(id, ':'), uint64(n), 10)
	}
	return string(id)
}
