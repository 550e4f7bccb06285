package copilotcli

import (
	"os"
	"testing"
	"time"

	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/rowtest"
	"tokpit/usage/internal/sinktest"
)

// FuzzEvents holds the decoder to its promises whatever a file has in it.
func FuzzEvents(f *testing.F) {
	data, err := os.ReadFile("testdata/events.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		rowtest.Sound(t, Name, func() jsonl.Decoder { return &decoder{} }, data, false, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	})
}

// FuzzExports does the same for exported objects.
func FuzzExports(f *testing.F) {
	f.Add(sinktest.Read(f, "testdata/otel.jsonl"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rowtest.Sound(t, Name, func() jsonl.Decoder { return &exported{} }, data, false, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	})
}
