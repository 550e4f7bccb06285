// Package vocab reads vocabularies of byte pair encodings from files that others
// wrote: the text form of OpenAI's tiktoken, Mistral's tekken.json, and the
// tokenizer.json of Hugging Face's tokenizers.
//
// Such a file comes from anywhere, so reading is bounded in size, depth and
// numbers, and a file that is not what it claims to be is refused with a reason
// rather than used for counting.
package vocab

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
)

const (
	// MaxFile is the size of the largest file that is read, in bytes.
	MaxFile = 64 << 20
	// maxTokens bounds the numbers of tokens; package bpe can hold no more.
	maxTokens   = 1<<18 - 1
	maxTokenLen = 1 << 12
)

// ErrInvalid is returned for a file that is no vocabulary.
var ErrInvalid = errors.New("not a vocabulary")

// ParseTiktoken reads lines of a token in base64, a space and its rank. The
// result is indexed by rank, with nil for ranks that are not used.
func ParseTiktoken(text []byte) ([][]byte, error) {
	if len(text) > MaxFile {
		return nil, fmt.Errorf("%w: larger than %d MiB", ErrInvalid, MaxFile>>20)
	}
	var tokens [][]byte
	line := 0
	for len(text) > 0 {
		var row []byte
		row, text, _ = bytes.Cut(text, []byte("\n"))
		line++
		row = bytes.TrimSuffix(row, []byte("\r"))
		if len(row) == 0 {
			continue
		}
		coded, number, ok := bytes.Cut(row, []byte(" "))
		if !ok {
			return nil, fmt.Errorf("%w: line %d is not a token and a rank", ErrInvalid, line)
		}
		token := make([]byte, base64.StdEncoding.DecodedLen(len(coded)))
		n, err := base64.StdEncoding.Decode(token, coded)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("%w: line %d has no token in base64", ErrInvalid, line)
		}
		rank, err := strconv.ParseUint(string(number), 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d has no rank", ErrInvalid, line)
		}
		if tokens, err = put(tokens, rank, token[:n]); err != nil {
			return nil, fmt.Errorf("%w (line %d)", err, line)
		}
	}
	if len(tokens) == 0 {
		return nil, fmt.Errorf("%w: no tokens", ErrInvalid)
	}
	return tokens, nil
}

// put sets the token of a rank, once.
func put(tokens [][]byte, rank uint64, token []byte) ([][]byte, error) {
	switch {
	case rank >= maxTokens:
		return nil, fmt.Errorf("%w: rank %d, at most %d", ErrInvalid, rank, maxTokens-1)
	case len(token) > maxTokenLen:
		return nil, fmt.Errorf("%w: a token of %d bytes, at most %d", ErrInvalid, len(token), maxTokenLen)
	}
	for uint64(len(tokens)) <= rank {
		tokens = append(tokens, nil)
	}
	if tokens[rank] != nil {
		return nil, fmt.Errorf("%w: rank %d is there twice", ErrInvalid, rank)
	}
	tokens[rank] = token
	return tokens, nil
}
