package tokenizer

import (
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/unicode/norm"
)

// Count returns the number of tokens of text.
func (e *Encoding) Count(text []byte) int {
	w := e.borrow()
	defer e.giveBack(w)
	return w.count(e.prepare(text))
}

// CountString is Count for a string, which is not copied.
func (e *Encoding) CountString(text string) int { return e.Count(bytesOf(text)) }

// Append appends the tokens of text to dst.
func (e *Encoding) Append(dst []uint32, text []byte) []uint32 {
	w := e.borrow()
	defer e.giveBack(w)
	return w.appendTokens(dst, e.prepare(text))
}

// AppendString is Append for a string, which is not copied.
func (e *Encoding) AppendString(dst []uint32, text string) []uint32 {
	return e.Append(dst, bytesOf(text))
}

// bytesOf returns the bytes of a string without copying them. Nothing here
// writes to text.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// prepare returns text as the tokens are made of it.
func (e *Encoding) prepare(text []byte) []byte {
	if !utf8.Valid(text) {
		text = repair(nil, text)
	}
	if e.compose && !norm.NFC.IsNormal(text) {
		text = norm.NFC.Bytes(text)
	}
	return text
}
