// Command tablegen writes the tables that package tokenizer embeds: one block
// for each vocabulary, made of the files of github.com/pkoukk/tiktoken-go-loader
// after checking their hashes, and the character classes of package split.
//
//	go generate ./tokenizer
//
// The loader is a dependency of this command and of tests only: a binary that
// linked it would carry its vocabularies a second time, as text.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"unicode"

	"github.com/pkoukk/tiktoken-go-loader/assets"

	"tokpit/tokenizer/bpe"
	"tokpit/tokenizer/vocab"
)

// sources are the vocabularies and the SHA-256 of their files, as OpenAI's own
// tokenizer library states them. p50k_edit has the ranks of p50k_base, and
// r50k_base is its beginning.
// Those that few texts are counted with are packed: each saves some megabytes of
// program, for some milliseconds before the first count.
var sources = []struct {
	name, sum string
	packed    bool
}{
	{"p50k_base", "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069", true},
	{"cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7", true},
	{"o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d", false},
}

func main() {
	dir := flag.String("dir", ".", "folder of package tokenizer")
	flag.Parse()
	if err := run(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "tablegen:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		return err
	}
	for _, s := range sources {
		block, err := table(s.name, s.sum)
		if err != nil {
			return fmt.Errorf("make the table of %s: %w", s.name, err)
		}
		file := s.name + ".tbl"
		if s.packed {
			if block, err = bpe.Pack(block); err != nil {
				return fmt.Errorf("pack the table of %s: %w", s.name, err)
			}
			file = s.name + ".pck"
		}
		if err := os.WriteFile(filepath.Join(dir, "data", file), block, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "split", "classes.bin"), classes(), 0o644)
}

func table(name, sum string) ([]byte, error) {
	text, err := assets.Assets.ReadFile(name + ".tiktoken")
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(text); hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("its hash is %x, not %s", got, sum)
	}
	tokens, err := vocab.ParseTiktoken(text)
	if err != nil {
		return nil, err
	}
	return bpe.Build(tokens)
}

// classes makes the two-stage table of character classes of package split, from
// the Unicode version of the Go that runs this.
func classes() []byte {
	flat := make([]byte, unicode.MaxRune+1)
	for i, set := range [][]*unicode.RangeTable{
		1: {unicode.P, unicode.S}, 2: {unicode.White_Space}, 4: {unicode.N}, 5: {unicode.M},
		6: {unicode.Lu, unicode.Lt}, 7: {unicode.Ll}, 8: {unicode.Lm, unicode.Lo},
	} {
		for _, t := range set {
			for _, r := range t.R16 {
				for c := uint32(r.Lo); c <= uint32(r.Hi); c += uint32(r.Stride) {
					flat[c] = byte(i)
				}
			}
			for _, r := range t.R32 {
				for c := r.Lo; c <= r.Hi; c += r.Stride {
					flat[c] = byte(i)
				}
			}
		}
	}
	flat['\n'], flat['\r'] = 3, 3

	const block = 256
	var stage1, blocks []byte
	seen := make(map[string]byte)
	for i := 0; i < len(flat); i += block {
		b := string(flat[i : i+block])
		n, ok := seen[b]
		if !ok {
			n = byte(len(seen))
			seen[b] = n
			blocks = append(blocks, b...)
		}
		stage1 = append(stage1, n)
	}
	if len(seen) > 256 {
		panic("more than 256 blocks: the first stage needs more than a byte")
	}
	return append(stage1, blocks...)
}
