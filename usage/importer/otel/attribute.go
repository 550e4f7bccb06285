package otel

import "tokpit/usage/internal/jsonl"

// attribute takes what an attribute says of a call.
func (d *decoder) attribute(it *item, key []byte, v value) {
	switch string(key) {
	case "gen_ai.usage.input_tokens", "input_token_count", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt", "input_tokens":
		d.larger(&it.in, key, v)
	case "gen_ai.usage.output_tokens", "output_token_count", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens", "llm.token_count.completion", "output_tokens":
		d.larger(&it.out, key, v)
	case "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "cached_token_count", "cached_content_token_count",
		"cache_read_tokens", "llm.token_count.prompt_details.cache_read":
		d.larger(&it.read, key, v)
	case "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
		"cache_write_token_count", "cache_creation_tokens", "llm.token_count.prompt_details.cache_write":
		d.larger(&it.write, key, v)
	case "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "codex.usage.reasoning_output_tokens", "reasoning_token_count",
		"thoughts_token_count", "llm.token_count.completion_details.reasoning":
		d.larger(&it.reasoning, key, v)
	case "codex.usage.total_tokens", "total_token_count", "gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total":
		d.larger(&it.total, key, v)
	case "tool_token_count":
		// Gemini's prompts of tools. Codex writes its total here.
		d.larger(&it.tools, key, v)
	case "cost_usd", "gen_ai.usage.cost":
		if v.number {
			it.cost = append([]byte(nil), v.b...)
		} else if _, ok := jsonl.Decimal(v.b); ok && len(v.b) > 0 {
			it.cost = append([]byte(nil), v.b...)
		}
	default:
		if len(v.b) > 0 && !v.number {
			d.says(it, key, v.b)
		}
	}
}

func (d *decoder) larger(to *int64, key []byte, v value) { *to = max(*to, d.whole(key, v)) }

// says takes what an attribute says around a call.
func (d *decoder) says(it *item, key, b []byte) {
	switch string(key) {
	case "gen_ai.response.model":
		it.model = d.names.Of(b)
	case "gen_ai.request.model", "model", "llm.model_name", "llm.request.model":
		fill(&it.asked, d.names.Of(b))
	case "gen_ai.response.id":
		it.response = jsonl.ID(b)
	case "request_id":
		fill(&it.response, jsonl.ID(b))
	case "gen_ai.provider.name":
		it.provider = d.names.Of(b)
	case "gen_ai.system", "llm.system", "llm.provider":
		fill(&it.provider, d.names.Of(b))
	case "gen_ai.operation.name":
		it.operation = d.names.Of(b)
	case "openinference.span.kind":
		if kind := string(b); kind == "AGENT" || kind == "CHAIN" {
			fill(&it.operation, "chain")
		}
	case "event.name":
		it.event = d.names.Of(b)
	case "event.timestamp":
		it.noted = jsonl.Time(b)
	case "gen_ai.conversation.id", "conversation.id":
		it.session = d.names.Of(b)
	case "session.id", "copilot_chat.chat_session_id":
		fill(&it.session, d.names.Of(b))
	case "gen_ai.agent.name":
		it.agent = d.names.Of(b)
	case "service.name":
		it.service = d.names.Of(b)
	case "host.name":
		it.machine = d.names.Of(b)
	case "deployment.environment.name", "deployment.environment":
		fill(&it.env, d.names.Of(b))
	case "cloud.region":
		it.region = d.names.Of(b)
	case "user.email":
		it.email = d.names.Of(b)
	case "user.id", "enduser.id":
		fill(&it.user, d.names.Of(b))
	case "organization.id":
		it.org = d.names.Of(b)
	case "openai.response.service_tier", "gen_ai.openai.response.service_tier":
		if t := d.names.Of(b); t != "default" && t != "standard" && t != "auto" {
			it.tier = t
		}
	}
}
