package otel

import (
	"encoding/binary"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
)

// rank is how an item tells of tokens. A greater one is nearer to the call.
type rank uint8

const (
	nothing rank = iota
	metricOld
	metricNew
	metricOwn // of the program itself
	runSpan   // a run: the sum of its calls
	turnLog
	callLog
	ownLog
	callSpan
)

func (r rank) String() string {
	switch r {
	case metricOld, metricNew, metricOwn:
		return "metrics"
	case runSpan:
		return "spans of runs"
	case turnLog:
		return "log records of turns"
	case callLog:
		return "log records of calls"
	case ownLog:
		return "the program's own log records"
	case callSpan:
		return "spans of calls"
	}
	return "nothing"
}

// counts is what an item says of tokens; below zero is nothing.
type counts struct {
	in, out, read, write, reasoning, tools, total int64
	outside                                       bool // thinking stands beside output
	apart                                         bool // the cache stands beside input
}

func none() counts {
	return counts{in: -1, out: -1, read: -1, write: -1, reasoning: -1, tools: -1, total: -1}
}

func (c *counts) told() bool {
	return c.in >= 0 || c.out >= 0 || c.read >= 0 || c.write >= 0 || c.reasoning >= 0
}

// item is what one span, log record or group of metric points says.
type item struct {
	rank              rank
	span              bool
	started, at       time.Time // at: when it ended, or was logged
	noted, observed   time.Time // what an event says itself, and who received it
	trace, id, parent string
	response, session string
	service, agent    string
	user, email, org  string
	machine, env      string
	model, asked      string
	provider, tier    string
	region            string
	event, name       string
	operation         string
	cost              []byte
	requests          int64
	series            string // of a counter that runs on
	counts
}

func newItem() item { return item{counts: none(), requests: 1} }

// judge decides what an item is.
func (it *item) judge() {
	switch {
	case it.rank != nothing || !it.told():
	case it.span:
		it.rank = callSpan
		it.apart = strings.HasPrefix(it.name, "claude_code.")
		switch it.operation {
		case "invoke_agent", "create_agent", "execute_tool", "invoke_workflow", "agent", "workflow", "chain":
			it.rank = runSpan
		}
	default:
		it.rank = logOf(it)
	}
}

func logOf(it *item) rank {
	switch it.event {
	case "codex.sse_event":
		it.own("openai", "codex")
		it.total, it.tools = max(it.total, it.tools), -1 // the total is in the tools' place
		return ownLog
	case "gemini_cli.api_response":
		it.own("google", "gemini-cli")
		it.outside = true
		return ownLog
	case "qwen-code.api_response":
		it.own("", "qwen-code")
		return ownLog
	case "claude_code.api_request", "api_request":
		it.own("anthropic", "claude-code")
		it.apart = true
		return ownLog
	case "copilot_chat.agent.turn":
		return turnLog
	}
	return callLog
}

func (it *item) own(provider, agent string) {
	fill(&it.provider, provider)
	fill(&it.agent, agent)
}

func fill(to *string, with string) {
	if *to == "" {
		*to = with
	}
}

// when is the instant of an item.
func (it *item) when() time.Time {
	for _, t := range []time.Time{it.at, it.noted, it.observed, it.started} {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// record makes the record of an item, or says why there is none.
func (it *item) record() (r usage.Record, bad string) {
	at := it.when()
	if at.IsZero() {
		return r, "no time"
	}
	r.Source, r.Start, r.Requests = Name, at.Truncate(time.Millisecond), it.requests
	r.Provider = providerOf(it.provider)
	fill(&r.Provider, byService(it.service))
	r.Model, r.Tier, r.Region = it.model, it.tier, it.region
	fill(&r.Model, it.asked)
	r.Session, r.Agent, r.Machine, r.Environment, r.Organization = it.session, it.agent, it.machine, it.env, it.org
	fill(&r.Agent, it.service)
	r.User = it.email
	fill(&r.User, it.user)
	it.count(&r)
	if it.rank <= metricOwn {
		r.Context, r.Flags = usage.Absent, r.Flags|usage.FlagSeveralRequests
		if !it.started.IsZero() && it.started.Before(at) {
			r.Start, r.End = it.started.Truncate(time.Millisecond), at.Truncate(time.Millisecond)
		}
		if !r.End.After(r.Start) {
			r.End = time.Time{}
		}
	}
	r.ID = it.identify(at)
	return r, agentlog.Cost(&r, it.cost)
}

// count sets tokens. Cached tokens that are more than the input cannot be part of
// it, whatever the convention says.
func (it *item) count(r *usage.Record) {
	at := func(n int64) int64 { return max(n, 0) }
	g := agentlog.Gross{Input: at(it.in), CacheRead: at(it.read), CacheWrite: at(it.write), Output: at(it.out), Reasoning: at(it.reasoning),
		Extra: at(it.tools), Total: it.total, Told: it.total >= 0, Apart: it.apart}
	if g.CacheRead+g.CacheWrite > g.Input && !g.Told {
		g.Apart = true
	}
	usual := agentlog.Inside
	if it.outside {
		usual = agentlog.Outside
	}
	t, fits := g.Split(usual)
	agentlog.Count(r, t, fits)
}

// identify names the call by the provider's id, else by what is in the item.
func (it *item) identify(at time.Time) string {
	switch {
	case it.series != "":
		return "m:" + it.series
	case len(it.response) >= 20:
		return jsonl.ID([]byte(it.response))
	case it.span && it.id != "":
		return it.trace + "/" + it.id
	}
	var room [256]byte
	b := append(room[:0], it.rank.String()...)
	for _, text := range []string{it.response, it.session, it.model, it.asked, it.service} {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	for _, n := range []int64{at.UnixNano(), it.in, it.out, it.read, it.write, it.reasoning} {
		b = binary.AppendVarint(b, n)
	}
	return "h:" + jsonl.Digest(b)
}

// byService names the provider of programs that do not say it, and have one.
func byService(name string) string {
	switch {
	case strings.HasPrefix(name, "codex"):
		return "openai"
	case name == "claude-code":
		return "anthropic"
	case name == "gemini-cli":
		return "google"
	}
	return ""
}

// providerOf returns the name that prices and other sources have for a provider.
func providerOf(s string) string {
	switch s {
	case "gcp.gemini", "gcp.gen_ai", "gemini", "google_genai":
		return "google"
	case "gcp.vertex_ai", "vertex_ai", "vertexai":
		return "vertex"
	case "aws.bedrock", "aws_bedrock":
		return "bedrock"
	case "azure.ai.openai", "azure.ai.inference", "az.ai.openai", "az.ai.inference":
		return "azure"
	case "mistral_ai", "mistralai":
		return "mistral"
	case "x_ai":
		return "xai"
	case "moonshot_ai":
		return "moonshot"
	case "other", "unknown":
		return ""
	}
	return s
}
