package agentlog

import (
	"fmt"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

// Gross is a count in which cached tokens may stand inside input and thinking
// inside output, with the total that the tool worked out itself.
type Gross struct {
	Input, CacheRead, CacheWrite int64
	Extra                        int64 // input that stands beside Input, as tools' prompts do at Gemini
	Apart                        bool  // cached tokens usually stand beside Input
	Output, Reasoning            int64
	Total                        int64
	Told                         bool // there is a total
}

// Thinking says where a tool counts thinking.
type Thinking bool

// The conventions.
const (
	Inside  Thinking = false // it is part of output
	Outside Thinking = true  // it stands beside output
)

// Split makes disjoint classes. Cached tokens and thinking are taken to be where
// they usually are; if the total says otherwise, it decides. The
// result is false if the total fits nothing: then the usual reading counts.
func (g Gross) Split(usual Thinking) (usage.Tokens, bool) {
	if !g.Told {
		return g.read(usual, g.Apart)
	}
	for _, apart := range []bool{g.Apart, !g.Apart} {
		for _, thinking := range []Thinking{usual, !usual} {
			for _, extra := range []int64{g.Extra, 0} {
				h := g
				h.Extra = extra
				if t, fits := h.read(thinking, apart); fits && t.Total() == g.Total {
					return t, true
				}
			}
		}
	}
	t, _ := g.read(usual, g.Apart)
	return t, false
}

// read takes the count at its word. It is false if a part is more than its
// whole.
func (g Gross) read(thinking Thinking, cacheApart bool) (usage.Tokens, bool) {
	t := usage.Tokens{Input: g.Input + g.Extra, CacheRead: g.CacheRead, CacheWrite5m: g.CacheWrite, Output: g.Output, Reasoning: g.Reasoning}
	fits := true
	if cached := g.CacheRead + g.CacheWrite; !cacheApart {
		if fits = cached <= g.Input; fits {
			t.Input -= cached
		}
	}
	if thinking == Outside {
		t.Output += g.Reasoning
	} else if g.Reasoning > g.Output {
		t.Reasoning, fits = g.Output, false
	}
	return t, fits
}

// Start begins a record of one response.
func Start(source, provider string) usage.Record {
	r := usage.Record{Requests: 1}
	r.Basis, r.Source, r.Provider = usage.Logged, source, provider
	return r
}

// Count sets the tokens of a record; ok is false if the tool's total differs.
func Count(r *usage.Record, t usage.Tokens, ok bool) {
	r.Tokens, r.Context = t, t.TotalInput()
	if !ok {
		r.Flags |= usage.FlagTotalMismatch
	}
}

// Fill sets what a response used, and when. It returns why that cannot be
// counted, or "". A record that has no tokens afterwards is none.
func (g Gross) Fill(r *usage.Record, usual Thinking, at time.Time, out *jsonl.Out) string {
	t, fits := g.Split(usual)
	if t.IsZero() {
		return ""
	}
	Count(r, t, fits)
	if err := r.Check(); err != nil {
		return err.Error()
	}
	r.Start = at
	return out.CheckTime(at)
}

// Cost sets what a tool says that a response cost, in dollars. A zero says
// nothing: tools write it where they know no price, and on subscriptions.
func Cost(r *usage.Record, raw []byte) string {
	if raw == nil {
		return ""
	}
	amount, ok := jsonl.Decimal(raw)
	if !ok || amount.Sign() < 0 {
		return "cost is out of range"
	}
	if !amount.IsZero() {
		r.Reported, r.Currency = amount, "USD"
	}
	return ""
}

// HashID names a response by content where nothing gave it a name. Values are
// formatted with %v, each apart.
func HashID(kind string, values ...any) string {
	b := []byte(kind)
	for _, v := range values {
		b = fmt.Appendf(b, "\x00%v", v)
	}
	return "h:" + jsonl.Digest(b)
}
