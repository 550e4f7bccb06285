package openai

import (
	"encoding/json"
	"strings"
	"time"

	"tokpit/usage/internal/pull"
)

// page is one answer of any usage or costs endpoint.
type page struct {
	Data     []bucket `json:"data"`
	HasMore  bool     `json:"has_more"`
	NextPage text     `json:"next_page"`
}

// bucket is a span of time with one row per group.
type bucket struct {
	StartTime pull.Number `json:"start_time"`
	Results   []result    `json:"results"`
}

// start returns when the bucket begins, or false if that cannot be.
func (b *bucket) start() (time.Time, bool) {
	at, err := b.StartTime.Int()
	if err != nil || at <= 0 || at > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(at, 0).UTC(), true
}

// result is a row, or why it cannot be one: a row that is broken costs itself,
// not the page.
type result struct {
	row
	err error
}

// UnmarshalJSON never fails.
func (r *result) UnmarshalJSON(raw []byte) error {
	r.err = json.Unmarshal(raw, &r.row)
	return nil
}

// row has the fields of all kinds. What a later API adds is ignored.
type row struct {
	Object text `json:"object"`

	ProjectID     text `json:"project_id"`
	UserID        text `json:"user_id"`
	APIKeyID      text `json:"api_key_id"`
	Model         text `json:"model"`
	Batch         text `json:"batch"`
	ServiceTier   text `json:"service_tier"`
	Size          text `json:"size"`
	Source        text `json:"source"`
	ContextLevel  text `json:"context_level"`
	VectorStoreID text `json:"vector_store_id"`
	LineItem      text `json:"line_item"`

	Requests pull.Number `json:"num_model_requests"`

	Input       pull.Number `json:"input_tokens"`
	Cached      pull.Number `json:"input_cached_tokens"`
	Write       pull.Number `json:"input_cache_write_tokens"`
	Write30m    pull.Number `json:"input_cache_write_30m_tokens"`
	Write12h    pull.Number `json:"input_cache_write_12h_tokens"`
	Uncached    pull.Number `json:"input_uncached_tokens"`
	Audio       pull.Number `json:"input_audio_tokens"`
	CachedAudio pull.Number `json:"input_cached_audio_tokens"`
	Output      pull.Number `json:"output_tokens"`
	OutputAudio pull.Number `json:"output_audio_tokens"`
	OutputImage pull.Number `json:"output_image_tokens"`

	Images     pull.Number `json:"images"`
	Characters pull.Number `json:"characters"`
	Seconds    pull.Number `json:"seconds"`
	Bytes      pull.Number `json:"usage_bytes"`
	Sessions   pull.Number `json:"num_sessions"`
	Calls      pull.Number `json:"num_requests"`

	Amount struct {
		Value    pull.Number `json:"value"`
		Currency text        `json:"currency"`
	} `json:"amount"`
	Quantity     pull.Number `json:"quantity"`
	QuantityUnit text        `json:"quantity_unit"`
}

// text is a name as a provider writes it: a string, or null, or something else
// that is taken as it stands.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(raw []byte) error {
	*t = ""
	if string(raw) == "null" {
		return nil
	}
	var s string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		*t = text(s)
	} else if len(raw) > 0 && raw[0] != '{' && raw[0] != '[' {
		*t = text(raw)
	}
	return nil
}

func (t text) String() string { return strings.TrimSpace(string(t)) }
