package codex

import (
	"tokpit/usage"
	"tokpit/usage/internal/jsonscan"
)

// rowKind is what a row is for us.
type rowKind uint8

const (
	kindBroken   rowKind = iota // no JSON
	kindDull                    // nothing about usage
	kindMeta                    // session_meta
	kindTurn                    // turn_context
	kindSettings                // thread_settings_applied
	kindCount                   // token_count
	kindRecord                  // token_usage_record
)

// reader walks lines. Byte slices point into the line.
type reader struct {
	jsonscan.Scanner
	stamp []byte // "timestamp"
	bad   string // the first field that cannot be what it says

	meta     meta
	turn     turn
	settings settings
	count    tokenCount
	record   usageRecord
}

type meta struct{ id, forkedFrom, cwd, provider, agent []byte }

type turn struct{ model, cwd []byte }

type settings struct{ tier, model []byte }

// tokenCount is the info of a token_count event.
type tokenCount struct {
	there       bool // info is an object
	total, last counter
	model       []byte
	limits      []byte // the raw rate_limits
}

// usageRecord is one request.
type usageRecord struct {
	responseID    []byte
	usage, thread counter
}

// counter is a token usage object as Codex writes it.
type counter struct {
	there                             bool
	input, cached, write, out, reason int64
	sum                               int64 // total_tokens
	summed                            bool  // it is there
}

// read walks a line and stops as soon as it is known to be dull. Usually the
// type comes before the payload; where it does not, the payload is kept and
// walked afterwards.
func (r *reader) read(line []byte) rowKind {
	r.stamp, r.bad = nil, ""
	r.Reset(line)
	kind := kindDull
	var payload []byte
	var typed, done bool
	for ok := r.Object(); ok; ok = r.Next() {
		switch string(r.Key()) {
		case "timestamp":
			r.stamp, _ = r.Text()
		case "type":
			text, what := r.Text()
			if typed || what != jsonscan.String {
				continue
			}
			typed = true
			if kind = kindOf(text); kind == kindDull {
				return kindDull
			}
		case "payload":
			if payload = nil; typed && r.Kind() == jsonscan.Object {
				if kind = r.payload(&r.Scanner, kind); kind == kindDull {
					return kindDull
				}
				done = true
			} else {
				payload, _ = r.Raw()
			}
		default:
			r.Skip()
		}
	}
	if r.End() != nil {
		return kindBroken
	}
	if done || !typed {
		return kind
	}
	if len(payload) == 0 || payload[0] != '{' {
		return kindDull
	}
	var s jsonscan.Scanner
	s.Reset(payload)
	return r.payload(&s, kind)
}

func kindOf(name []byte) rowKind {
	switch string(name) {
	case "event_msg":
		return kindCount // or settings: the payload says
	case "turn_context":
		return kindTurn
	case "session_meta":
		return kindMeta
	case "token_usage_record":
		return kindRecord
	}
	return kindDull
}

// payload walks the object that comes next in s.
func (r *reader) payload(s *jsonscan.Scanner, kind rowKind) rowKind {
	switch kind {
	case kindMeta:
		r.readMeta(s)
	case kindTurn:
		r.turn = turn{}
		for ok := s.Object(); ok; ok = s.Next() {
			switch string(s.Key()) {
			case "model":
				r.turn.model, _ = s.Text()
			case "cwd":
				r.turn.cwd, _ = s.Text()
			default:
				s.Skip()
			}
		}
	case kindRecord:
		r.record = usageRecord{}
		for ok := s.Object(); ok; ok = s.Next() {
			switch string(s.Key()) {
			case "response_id":
				r.record.responseID, _ = s.Text()
			case "usage":
				r.record.usage = r.counter(s, "usage")
			case "thread_token_usage":
				r.record.thread = r.counter(s, "thread_token_usage")
			default:
				s.Skip()
			}
		}
	default:
		return r.event(s)
	}
	return kind
}

func (r *reader) readMeta(s *jsonscan.Scanner) {
	r.meta = meta{}
	var role, nickname, source []byte
	for ok := s.Object(); ok; ok = s.Next() {
		switch string(s.Key()) {
		case "id":
			r.meta.id, _ = s.Text()
		case "forked_from_id":
			r.meta.forkedFrom, _ = s.Text()
		case "cwd":
			r.meta.cwd, _ = s.Text()
		case "model_provider":
			r.meta.provider, _ = s.Text()
		case "agent_role":
			role, _ = s.Text()
		case "agent_nickname":
			nickname, _ = s.Text()
		case "source":
			source = agentOf(s)
		case "thread_source":
			if text, _ := s.Text(); string(text) == "subagent" && source == nil {
				source = text
			}
		default:
			s.Skip()
		}
	}
	for _, name := range [][]byte{role, nickname, source} {
		if len(name) > 0 {
			r.meta.agent = name
			return
		}
	}
}

// agentOf takes a session's source. A sub-agent's is an object:
// {"subagent":"review"} or {"subagent":{"thread_spawn":{"agent_role":…}}}.
func agentOf(s *jsonscan.Scanner) []byte {
	var name []byte
	if s.Kind() != jsonscan.Object {
		s.Skip()
		return nil
	}
	for ok := s.Object(); ok; ok = s.Next() {
		if string(s.Key()) != "subagent" {
			s.Skip()
			continue
		}
		switch s.Kind() {
		case jsonscan.String:
			name, _ = s.Text()
		case jsonscan.Object:
			name = subagent(s)
		default:
			s.Skip()
		}
	}
	return name
}

func subagent(s *jsonscan.Scanner) []byte {
	name := []byte("subagent")
	for ok := s.Object(); ok; ok = s.Next() {
		if s.Kind() == jsonscan.String { // {"other":"guardian"}
			name, _ = s.Text()
			continue
		}
		if s.Kind() != jsonscan.Object {
			s.Skip()
			continue
		}
		for ok := s.Object(); ok; ok = s.Next() {
			switch key := string(s.Key()); {
			case key == "agent_role", key == "agent_nickname" && string(name) == "subagent":
				if text, _ := s.Text(); len(text) > 0 {
					name = text
				}
			default:
				s.Skip()
			}
		}
	}
	return name
}

// event walks the payload of an event_msg; all but two kinds are dull.
func (r *reader) event(s *jsonscan.Scanner) rowKind {
	kind := kindDull
	var info, set, limits []byte
	for ok := s.Object(); ok; ok = s.Next() {
		switch string(s.Key()) {
		case "type":
			switch text, _ := s.Text(); string(text) {
			case "token_count", "account/rateLimits/updated":
				kind = kindCount
			case "thread_settings_applied":
				kind = kindSettings
			default:
				return kindDull
			}
		case "info":
			info, _ = s.Raw()
		case "rate_limits":
			limits, _ = s.Raw()
		case "thread_settings":
			set, _ = s.Raw()
		default:
			s.Skip()
		}
	}
	if s.Err() != nil {
		return kindBroken
	}
	switch kind {
	case kindCount:
		r.readInfo(info)
		r.count.limits = limits
	case kindSettings:
		r.readSettings(set)
	}
	return kind
}

func (r *reader) readInfo(raw []byte) {
	r.count = tokenCount{}
	if len(raw) == 0 || raw[0] != '{' {
		return
	}
	var s jsonscan.Scanner
	s.Reset(raw)
	r.count.there = true
	for ok := s.Object(); ok; ok = s.Next() {
		switch string(s.Key()) {
		case "total_token_usage":
			r.count.total = r.counter(&s, "total_token_usage")
		case "last_token_usage":
			r.count.last = r.counter(&s, "last_token_usage")
		case "model":
			r.count.model, _ = s.Text()
		default:
			s.Skip()
		}
	}
}

func (r *reader) readSettings(raw []byte) {
	r.settings = settings{}
	if len(raw) == 0 || raw[0] != '{' {
		return
	}
	var s jsonscan.Scanner
	s.Reset(raw)
	for ok := s.Object(); ok; ok = s.Next() {
		switch string(s.Key()) {
		case "service_tier":
			r.settings.tier, _ = s.Text()
		case "model":
			r.settings.model, _ = s.Text()
		default:
			s.Skip()
		}
	}
}

// counter takes a usage object; null is none.
func (r *reader) counter(s *jsonscan.Scanner, name string) (c counter) {
	switch s.Kind() {
	case jsonscan.Object:
	case jsonscan.Null:
		s.Skip()
		return counter{}
	default:
		s.Skip()
		r.slip(name, "is not an object")
		return counter{}
	}
	c.there = true
	for ok := s.Object(); ok; ok = s.Next() {
		var to *int64
		key := string(s.Key())
		switch key {
		case "input_tokens":
			to = &c.input
		case "cached_input_tokens":
			to = &c.cached
		case "cache_write_input_tokens":
			to = &c.write
		case "output_tokens":
			to = &c.out
		case "reasoning_output_tokens":
			to = &c.reason
		case "total_tokens":
			to = &c.sum
			c.summed = s.Kind() != jsonscan.Null
		default:
			s.Skip()
			continue
		}
		n, slip := s.Count()
		if slip == jsonscan.Fine && n > usage.MaxTokens {
			slip = jsonscan.TooLarge
		}
		if slip != jsonscan.Fine {
			r.slip(key, slip.String())
			n = 0
		}
		*to = n
	}
	return c
}

func (r *reader) slip(field, what string) {
	if r.bad == "" {
		r.bad = field + " " + what
	}
}
