package openai

import (
	"encoding/json"
	"testing"

	"tokpit/usage"
)

// Whatever a row is, it becomes a record that a store takes, or an error.
func FuzzRow(f *testing.F) {
	for _, row := range []string{
		`{"object":"organization.usage.completions.result","input_tokens":1000,"input_cached_tokens":400,"input_cache_write_tokens":100,"input_uncached_tokens":500,"output_tokens":500,"input_audio_tokens":50,"output_image_tokens":50,"num_model_requests":5,"batch":true,"service_tier":"flex"}`,
		`{"amount":{"value":"0.06","currency":"usd"},"line_item":"x\ny=z","quantity":1.5,"quantity_unit":"duration_hours"}`,
		`{"images":2,"size":"1024x1024","usage_bytes":1e12,"seconds":-1,"num_sessions":"7"}`, `null`, `[]`, `{"amount":null}`,
	} {
		f.Add([]byte(row))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r result
		if json.Unmarshal(data, &r) != nil {
			return
		}
		for _, k := range kinds() {
			rec, err := k.record(&r)
			if err != nil {
				continue
			}
			if err := rec.Tokens.Check(); err != nil || rec.Requests < usage.Absent || rec.Requests > usage.MaxTokens*1024 {
				t.Errorf("%s: %+v, %v", k.name, rec, err)
			}
			last := ""
			for _, q := range rec.Quantities {
				if q.N <= 0 || q.N > usage.MaxTokens || q.Meter <= last {
					t.Errorf("%s: %+v", k.name, rec.Quantities)
				}
				last = q.Meter
			}
		}
	})
}
