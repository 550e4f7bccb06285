package qwencode

import (
	"os"
	"testing"
	"time"

	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/rowtest"
)

// FuzzLog holds the decoder to its promises whatever a file has in it.
func FuzzLog(f *testing.F) {
	for _, name := range []string{"testdata/ledger.jsonl", "testdata/chat.jsonl", "testdata/old.jsonl"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, name == "testdata/ledger.jsonl")
		f.Add(data[:len(data)/2], false)
	}
	f.Fuzz(func(t *testing.T, data []byte, ledger bool) {
		path := "/p/chats/f.jsonl"
		if ledger {
			path = "/usage/token-usage-x.jsonl"
		}
		make := func() jsonl.Decoder { return at{&decoder{}, path} }
		rowtest.Sound(t, Name, make, data, false, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	})
}

// at is a decoder whose file has a path.
type at struct {
	*decoder
	path string
}

func (a at) Begin(s jsonl.Start) {
	s.Path = a.path
	a.decoder.Begin(s)
}
