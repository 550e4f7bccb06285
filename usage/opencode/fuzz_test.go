package opencode

import (
	"testing"
	"time"

	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/rowtest"
)

// FuzzMessage holds the reader of messages to its promises whatever they are.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"id":"m","role":"assistant","time":{"created":1772442000000,"completed":1772442005000},"modelID":"m","cost":0.0125,"tokens":{"total":9,"input":1,"output":2,"reasoning":3,"cache":{"read":1,"write":2}}}`))
	f.Add([]byte(`{"id":"m","role":"assistant","time":{"created":1772442000000},"model":{"id":"m","providerID":"p"},"cost":{},"path":"/x","tokens":{"input":1e3,"cache":null}}`))
	f.Add([]byte(`{"role":"assistant","cost":-1e400,"time":{"created":253402300799999},"tokens":{"input":1000000000000,"output":1000000000000,"reasoning":1000000000000}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rowtest.Sound(t, Name, func() jsonl.Decoder { return &document{} }, data, true, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	})
}
