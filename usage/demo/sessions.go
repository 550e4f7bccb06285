package demo

import (
	"time"

	"tokpit/usage"
)

// tool is the coding agent that somebody works with.
type tool uint8

const (
	claudeCode tool = iota
	codex
)

// developer works with a coding agent, which leaves a log of every response.
type developer struct {
	tool      tool
	user      string
	machine   string
	utcOffset int64 // hours
	sessions  int64 // a working day, in thousandths
	fast      int64 // sessions on the priority tier, in thousandths
	projects  []string
	main      models
}

// day holds the conversations that the developer begins on a UTC day.
func (d *developer) day(day time.Time, emit func(usage.Record)) {
	roll := newDice(day, d.user)
	n := d.sessions * growth(day) / 1000
	if weekend(day) {
		n /= 12
	}
	for range roll.round(roll.vary(n, 500)) {
		// Between 8:30 and 18:30 where they live, with a dip at noon.
		minute := roll.between(510, 1110)
		if minute > 720 && minute < 790 {
			minute += 90
		}
		start := day.Add(time.Duration(minute-60*d.utcOffset)*time.Minute + time.Duration(roll.between(0, 59_999))*time.Millisecond)
		c := conversation{developer: d, roll: roll, at: start, id: roll.id(""), project: roll.pick(d.projects)}
		c.priority = roll.perMille(d.fast)
		c.hold(emit)
	}
}

// conversation is one session with an agent: its context grows with every
// turn, and nearly all of it comes out of the prompt cache.
type conversation struct {
	*developer
	roll     dice
	at       time.Time
	id       string
	project  string
	priority bool
	context  int64 // tokens that the cache holds
}

func (c *conversation) hold(emit func(usage.Record)) {
	limit := int64(165_000) // the agent compacts its context before it is full
	if c.roll.perMille(80) {
		limit = 340_000
	}
	fresh := c.roll.between(24_000, 38_000) // system prompt, tools, instructions
	for range c.roll.skewed(5, 70) {
		output := c.roll.skewed(90, 4200)
		emit(c.response(fresh, output))
		c.context += fresh + output
		fresh = c.roll.skewed(300, 15_000)
		if c.context+fresh > limit {
			c.context, fresh = 0, c.roll.between(35_000, 50_000)
		}
		if c.tool == claudeCode && c.roll.perMille(45) {
			c.explore(emit)
		}
		c.at = c.at.Add(time.Duration(c.roll.skewed(7_000, 240_000)) * time.Millisecond)
	}
}

// response is one turn that reads the context and something new.
func (c *conversation) response(fresh, output int64) usage.Record {
	r := c.record(c.main.at(c.at))
	switch c.tool {
	case claudeCode:
		r.ID = c.roll.id("msg_")
		r.Tokens = usage.Tokens{Input: c.roll.between(2, 12), CacheRead: c.context, CacheWrite1h: fresh, Output: output}
		if c.roll.perMille(12) {
			r.Quantities = []usage.Quantity{{Meter: "web_search", N: c.roll.between(1, 3)}}
		}
	case codex:
		r.ID = c.roll.id("resp_")
		r.Tokens = usage.Tokens{Input: fresh, CacheRead: c.context, Output: output, Reasoning: c.roll.between(0, output*7/10)}
		if c.priority {
			r.Tier = "priority"
		}
	}
	r.Context = r.TotalInput()
	return r
}

// explore sends out a helper that reads a few files with a small model.
func (c *conversation) explore(emit func(usage.Record)) {
	at, context := c.at.Add(3*time.Second), int64(0)
	for range c.roll.between(2, 4) {
		r := c.record(haiku().at(at))
		fresh := c.roll.skewed(2000, 16_000)
		r.ID, r.Start, r.Agent = c.roll.id("msg_"), at, "explore"
		r.Tokens = usage.Tokens{Input: c.roll.between(3, 9), CacheRead: context, CacheWrite5m: fresh, Output: c.roll.skewed(80, 900)}
		r.Context = r.TotalInput()
		emit(r)
		context += fresh
		at = at.Add(time.Duration(c.roll.between(4_000, 15_000)) * time.Millisecond)
	}
}

func (c *conversation) record(model string) usage.Record {
	d := usage.Dims{Source: "claude-code", Provider: "anthropic", Organization: orgName, Environment: development,
		Project: c.project, User: c.user, Session: c.id, Machine: c.machine, Model: model, Basis: usage.Logged}
	if c.tool == codex {
		d.Source, d.Provider = "codex", "openai"
	}
	return usage.Record{Start: c.at, Dims: d, Requests: 1}
}
