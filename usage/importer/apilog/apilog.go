// Package apilog brings in what people write down who call models themselves: raw
// answers of APIs, as JSON Lines or recorded streams. Whatever stands around an
// answer ({"request":…,"response":…}, {"timestamp":…,"body":…}, the output of a
// batch, a text that holds JSON), the usage object inside it decides.
//
// Providers count in different ways, which a usage object shows by its names:
//
//   - prompt_tokens, completion_tokens (OpenAI's chat and embeddings, Mistral,
//     OpenRouter, xAI, DeepSeek, vLLM, …): cached tokens are part of the prompt;
//     thinking is part of the completion, but not at xAI, where the total shows it.
//   - input_tokens with input_tokens_details or a total (OpenAI's Responses): the
//     same.
//   - input_tokens with cache_creation_input_tokens or cache_read_input_tokens, or
//     alone (Anthropic): what the cache served or stored stands beside the input.
//   - usageMetadata (Gemini): cached tokens are part of the prompt, thoughts stand
//     beside the candidates, and prompts of tools beside the prompt.
//   - inputTokens, outputTokens (Bedrock's Converse): cached tokens stand beside.
//
// Where the provider's own total says otherwise, it decides; a total that fits
// nothing is flagged.
//
// A stream says its usage several times, and it counts once: OpenAI in the last
// chunk (or in all, growing), Responses in response.completed, Gemini in every
// chunk, Anthropic in message_start and, complete, in message_delta, which names no
// message: it belongs to the one that began last, of the same request id if there
// is one. Of a stream that broke off, what it said so far counts.
//
// Who bills is not in an answer. It is read from the address if one stands beside
// it, from marks that only one provider leaves, from what the person who imports
// says, and at last from the name of the model.
//
// Anthropic, Gemini and Converse do not say when they answered. Without a time
// around the answer a row is refused, unless the person says one.
//
// Prompts and answers are walked over and never kept.
package apilog

import (
	"bytes"
	"context"
	"io"

	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/importer/rows"
)

// Name of the format.
const Name = "api-log"

// Format reads raw answers.
type Format struct{}

// Name implements [importer.Format].
func (Format) Name() string { return Name }

// Title implements [importer.Format].
func (Format) Title() string {
	return "raw answers of model APIs, or recorded streams of them (JSON Lines): OpenAI, Anthropic, Gemini, Bedrock and compatible ones"
}

// Sniff implements [importer.Format].
func (Format) Sniff(_ string, head []byte) importer.Likelihood {
	start := bytes.TrimLeft(head, " \t\r\n\xef\xbb\xbf")
	has := func(words ...string) bool {
		for _, w := range words {
			if bytes.Contains(head, []byte(w)) {
				return true
			}
		}
		return false
	}
	sse := bytes.HasPrefix(start, []byte("data:")) || bytes.HasPrefix(start, []byte("event:"))
	switch {
	case len(start) == 0 || start[0] != '{' && start[0] != '[' && !sse:
		return importer.Foreign
	case has("ModelInvocationLog", "resourceSpans", "resourceLogs", "resourceMetrics", "gen_ai."):
		return importer.Foreign
	case has(`"parentUuid"`, `"sessionId"`): // an agent's log, which has a reader of its own
		if has("input_tokens") {
			return importer.Likely
		}
		return importer.Foreign
	case has(`chat.completion`, `usageMetadata`, `"message_start"`, `response.completed`, `cache_creation_input_tokens`, `"batch_req_`):
		return importer.Certain
	case has(`usage`) && has("prompt_tokens", "input_tokens", "inputTokens", "promptTokenCount", "billed_units"):
		return importer.Likely
	}
	return importer.Foreign
}

// Read implements [importer.Format].
func (Format) Read(ctx context.Context, r io.Reader, o importer.Options, out *importer.Out) error {
	d := decoder{o: o}
	streams := newStreams(out)
	err := rows.Objects(ctx, r, func(text []byte) (string, error) {
		bad := d.row(text)
		if bad != "" {
			return bad, nil
		}
		if len(d.hits) == 0 {
			out.Leave(d.dull)
			return "", nil
		}
		for i := range d.hits {
			why, err := d.count(&d.hits[i], streams, out)
			if err != nil {
				return "", err
			}
			if why != "" {
				bad = why
			}
		}
		return bad, nil
	}, out.Refuse)
	if err != nil {
		return err
	}
	return streams.close()
}

// count adds what one usage object says.
func (d *decoder) count(h *hit, streams *streams, out *importer.Out) (bad string, err error) {
	if h.delta {
		return streams.delta(d, h)
	}
	r, bad := d.record(h)
	if bad != "" {
		return bad, nil
	}
	switch {
	case h.starts:
		return "", streams.begin(h, r)
	case h.part && r.ID != "":
		return "", streams.add(r, nil)
	}
	return "", out.Add(&r)
}

// record makes the record of an answer.
func (d *decoder) record(h *hit) (r usage.Record, bad string) {
	at := h.at
	if at.IsZero() {
		at = d.o.At.UTC()
	}
	if at.IsZero() {
		return r, noTime
	}
	r.Source, r.Start, r.Requests = Name, at, 1
	r.Model, r.Tier, r.Region = h.model, h.tier, h.region
	r.User, r.Project, r.Session = h.user, h.project, h.session
	r.Provider = d.provider(h)
	r.ID = h.identify(at)
	h.u.fill(&r)
	return r, ""
}

const noTime = "no time: neither the answer nor what is around it says when; say it with --at"
