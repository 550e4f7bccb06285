package geminicli

import (
	"os"
	"strings"
	"testing"
	"time"

	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/rowtest"
)

// FuzzLog holds the decoder to its promises whatever a file has in it.
func FuzzLog(f *testing.F) {
	for _, name := range []string{"testdata/session-1.jsonl", "testdata/session-2.json"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, strings.HasSuffix(name, ".json"))
		f.Add(data[:len(data)/2], strings.HasSuffix(name, ".json"))
	}
	f.Add([]byte(`{"$set":{"$set":{"messages":[[[]]]},"messages":[{"type":"gemini","tokens":{"input":1e99}},3,null]}}`), false)
	f.Fuzz(func(t *testing.T, data []byte, document bool) {
		rowtest.Sound(t, Name, func() jsonl.Decoder { return &decoder{} }, data, document, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	})
}
