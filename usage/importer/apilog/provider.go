package apilog

import (
	"strconv"
	"strings"
	"time"
)

// wholeID is how long an id must be to be unique in the world. Small servers count
// from one, or draw from a thousand.
const wholeID = 20

// identify returns the id of an answer: the provider's, else that of the request;
// "" if there is neither.
func (h *hit) identify(at time.Time) string {
	id := h.id
	if id == "" && h.request != "" {
		id = "req:" + h.request
	}
	if id != "" && len(id) < wholeID {
		return id + "@" + strconv.FormatInt(at.UnixMilli(), 10) + " " + h.model
	}
	return id
}

// provider says who bills.
func (d *decoder) provider(h *hit) string {
	if p := byHost(strings.ToLower(h.host)); p != "" {
		return p
	}
	switch {
	case strings.HasPrefix(h.id, "gen-") && len(h.id) > 14:
		return "openrouter" // whose "provider" is who it went on to
	case strings.HasPrefix(h.id, "msg_bdrk_") || h.u.shape == converse:
		return "bedrock"
	case strings.HasPrefix(h.id, "msg_vrtx_"):
		return "vertex"
	case h.u.ticks >= 0:
		return "xai"
	case h.mark != "" && len(h.mark) < 40:
		return strings.ToLower(h.mark)
	case h.u.shape == gemini && d.o.Provider == "":
		return "google"
	case strings.HasPrefix(h.id, "msg_01"):
		return "anthropic"
	case d.o.Provider != "":
		return "" // the person knows
	}
	return byModel(strings.ToLower(h.model))
}

// byHost names the provider at an address.
func byHost(host string) string {
	if host == "" {
		return ""
	}
	for _, x := range [][2]string{{"openai.azure.com", "azure"}, {".azure.", "azure"}, {"api.openai.com", "openai"}, {"api.anthropic.com", "anthropic"},
		{"aiplatform.googleapis.com", "vertex"}, {"generativelanguage.googleapis.com", "google"}, {"bedrock-runtime", "bedrock"}, {"openrouter.ai", "openrouter"},
		{"api.x.ai", "xai"}, {"api.mistral.ai", "mistral"}, {"api.deepseek.com", "deepseek"}, {"api.groq.com", "groq"}, {"api.cohere", "cohere"},
		{"api.moonshot", "moonshot"}, {"api.z.ai", "zai"}, {"api.minimax", "minimax"}} {
		if strings.Contains(host, x[0]) {
			return x[1]
		}
	}
	return ""
}

// byModel names the vendor of a model, whose API is the likeliest place to have it
// from. A name that many serve names nobody.
func byModel(model string) string {
	for _, x := range [][2]string{{"gpt-oss", ""}, {"gpt-", "openai"}, {"chatgpt-", "openai"}, {"o1", "openai"}, {"o3", "openai"}, {"o4", "openai"},
		{"text-embedding-3", "openai"}, {"text-embedding-ada", "openai"}, {"claude-", "anthropic"}, {"gemini-", "google"}, {"grok-", "xai"},
		{"mistral-", "mistral"}, {"codestral-", "mistral"}, {"magistral-", "mistral"}, {"ministral-", "mistral"}, {"devstral-", "mistral"}, {"pixtral-", "mistral"},
		{"deepseek-chat", "deepseek"}, {"deepseek-reasoner", "deepseek"}, {"command-", "cohere"}, {"moonshot-", "moonshot"}} {
		if strings.HasPrefix(model, x[0]) {
			return x[1]
		}
	}
	return ""
}
