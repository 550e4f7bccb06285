package tokenizer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// digest is what another implementation made of a file: how many tokens, and the
// SHA-256 of their numbers as little-endian words.
type digest struct {
	Tokens int    `json:"tokens"`
	SHA256 string `json:"sha256"`
}

// checkDigests compares an encoding with dir/NAME.digests.json, which .ci/tokens
// wrote with another implementation, for each file of the corpus.
func checkDigests(t *testing.T, dir, name string, e *Encoding) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name+".digests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]digest
	if err := json.Unmarshal(raw, &want); err != nil || len(want) == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	for file, d := range want {
		text, err := os.ReadFile(filepath.Join(os.Getenv("TOKPIT_CORPUS"), file))
		if err != nil {
			t.Fatal(err)
		}
		var words []byte
		ids := e.Append(nil, text)
		for _, id := range ids {
			words = binary.LittleEndian.AppendUint32(words, id)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(words)); got != d.SHA256 || len(ids) != d.Tokens {
			t.Errorf("%s, %s: %d tokens, the other implementation %d; the numbers differ", name, file, len(ids), d.Tokens)
		}
	}
	t.Logf("%s: %d files agree", name, len(want))
}

// TestCorpus compares with the official implementation, npm's tiktoken, which is
// its Rust code as WebAssembly, on the corpus that .ci/tokens builds.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("TOKPIT_CORPUS")
	if dir == "" {
		t.Skip("run .ci/tokens")
	}
	for _, name := range distinct {
		checkDigests(t, dir, name, get(t, name))
	}
}
