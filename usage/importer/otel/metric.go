package otel

import (
	"strconv"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonscan"
)

// metric gathers the points of one program, whose kinds of tokens are series of
// their own.
type metric struct {
	points []*point
	known  map[string]*point
}

// point is what the series of one set of attributes say together.
type point struct {
	item
	key     string
	running bool
}

// meter is a metric that counts tokens.
type meter struct {
	rank rank
	kind string // of tokens, where the name says it
}

// meterOf returns what a metric counts; the rank is nothing for others.
func meterOf(name string) meter {
	switch name {
	case "codex.turn.token_usage", "gemini_cli.token.usage", "qwen-code.token.usage", "claude_code.token.usage":
		return meter{rank: metricOwn}
	case "gen_ai.client.token.usage":
		return meter{rank: metricOld}
	}
	if kind, ok := strings.CutPrefix(name, "gen_ai.client.inference.usage."); ok {
		return meter{metricNew, kind}
	}
	return meter{}
}

// metric reads one metric of either form. Its name and kind may stand behind its
// points, so these are looked at last.
func (d *decoder) metric() {
	f := &d.f
	name, running := "", false
	var points [][]byte
	for ok := f.Object(); ok; ok = f.Next() {
		switch string(f.Key()) {
		case "name":
			name = d.text()
		case "descriptor":
			d.inside(func(k string) bool {
				if k != "name" {
					return false
				}
				name = d.text()
				return true
			})
		case "sum", "histogram", "exponentialHistogram":
			d.inside(func(k string) bool {
				switch k {
				case "aggregationTemporality":
					running = d.cumulative("2", "AGGREGATION_TEMPORALITY_CUMULATIVE")
				case "dataPoints":
					points = d.raw(points)
				default:
					return false
				}
				return true
			})
		case "aggregationTemporality":
			running = d.cumulative("1", "CUMULATIVE")
		case "dataPoints":
			points = d.raw(points)
		default:
			f.Skip()
		}
	}
	m := meterOf(name)
	if m.rank == nothing {
		return
	}
	outer := d.f
	for _, p := range points {
		d.f = agentlog.Fields{}
		d.f.Read(p)
		d.each(func() { d.point(name, m, running) })
		if d.f.Bad != "" {
			outer.Slip(name, d.f.Bad)
		}
	}
	d.f = outer
}

// raw takes the text of a list of points, to be read when more is known.
func (d *decoder) raw(points [][]byte) [][]byte {
	b, _ := d.f.Raw()
	return append(points, b)
}

func (d *decoder) cumulative(words ...string) bool {
	v := d.plain()
	for _, w := range words {
		if string(v.b) == w {
			return true
		}
	}
	return false
}

// point reads one data point, and adds it to those of its attributes.
func (d *decoder) point(name string, m meter, running bool) {
	f := &d.f
	it, kind := newItem(), m.kind
	var key strings.Builder
	var n, count int64 = -1, -1
	for ok := f.Object(); ok; ok = f.Next() {
		switch k := string(f.Key()); k {
		case "attributes":
			d.attributes(func(k []byte, v value) {
				switch string(k) {
				case "gen_ai.token.type", "token_type", "type":
					kind = string(v.b)
				default:
					key.Write(k)
					key.WriteByte('=')
					key.Write(v.b)
					key.WriteByte('\n')
					d.attribute(&it, k, v)
				}
			})
		case "startTimeUnixNano", "startTime":
			it.started = d.instant()
		case "timeUnixNano", "endTime":
			it.at = d.instant()
		case "asInt", "asDouble", "sum":
			n = d.whole([]byte(name), d.plain())
		case "count":
			count = d.whole([]byte("count"), d.plain())
		case "value":
			if f.Kind() != jsonscan.Object {
				n = d.whole([]byte(name), d.plain())
				continue
			}
			d.inside(func(k string) bool {
				switch k {
				case "sum":
					n = d.whole([]byte(name), d.plain())
				case "count":
					count = d.whole([]byte(k), d.plain())
				default:
					return false
				}
				return true
			})
		default:
			f.Skip()
		}
	}
	if n < 0 {
		return
	}
	d.gather(name, m, kind, key.String(), running, &it).add(kind, n, count, m.rank)
}

// gather returns the point that a series belongs to. Of a counter that runs on the
// times of its kinds differ by a moment.
func (d *decoder) gather(name string, m meter, kind, key string, running bool, it *item) *point {
	if m.kind != "" {
		name = "gen_ai.client.inference.usage"
	}
	key = strconv.Itoa(int(m.rank)) + name + "\n" + key
	if !running {
		key += strconv.FormatInt(it.at.UnixMilli(), 10)
	}
	if d.m.known == nil {
		d.m.known = make(map[string]*point)
	}
	p := d.m.known[key]
	if p == nil {
		p = &point{item: *it, key: key, running: running}
		p.counts, p.rank, p.requests = none(), m.rank, usage.Absent
		switch name {
		case "gemini_cli.token.usage":
			p.outside = true
			p.own("google", "gemini-cli")
		case "claude_code.token.usage":
			p.apart = true
			p.own("anthropic", "claude-code")
		case "codex.turn.token_usage":
			p.own("openai", "codex")
		}
		d.m.known[key] = p
		d.m.points = append(d.m.points, p)
	}
	if p.started.IsZero() || !it.started.IsZero() && it.started.Before(p.started) {
		p.started = it.started
	}
	if it.at.After(p.at) {
		p.at = it.at
	}
	return p
}

// add lays a kind of tokens into a point.
func (p *point) add(kind string, n, count int64, r rank) {
	to := map[string]*int64{
		"input": &p.in, "input_tokens": &p.in, "prompt": &p.in, "output": &p.out, "output_tokens": &p.out, "completion": &p.out,
		"cached_input": &p.read, "cache": &p.read, "cacheRead": &p.read, "cache_read.input_tokens": &p.read, "cache_read": &p.read,
		"cache_write_input": &p.write, "cacheCreation": &p.write, "cache_write.input_tokens": &p.write, "cache_creation.input_tokens": &p.write, "cache_creation": &p.write,
		"reasoning_output": &p.reasoning, "thought": &p.reasoning, "reasoning.output_tokens": &p.reasoning, "reasoning": &p.reasoning,
		"tool": &p.tools, "total": &p.total,
	}[kind]
	if to == nil {
		return
	}
	*to = max(*to, 0) + n
	if r == metricOld && to == &p.in && count >= 0 {
		p.requests = max(p.requests, 0) + count
	}
}

// measured makes items of the points of one program.
func (d *decoder) measured(about *item) {
	for _, p := range d.m.points {
		if !p.told() {
			continue
		}
		if p.running {
			p.series = agentlog.HashID("series", about.service, about.machine, about.session, p.key, startOf(p.started))
		} else {
			p.series = agentlog.HashID("delta", about.service, about.machine, about.session, p.key, p.started.UnixNano(), p.in, p.out)
		}
		p.belongs(about)
		d.items = append(d.items, p.item)
	}
	d.m = metric{}
}

// startOf is when a process began, near enough for its series to agree.
func startOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
