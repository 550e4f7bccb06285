package codex

import (
	"slices"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

// decoder makes records of rows.
type decoder struct {
	reader
	state
	family   *lineage
	names    jsonl.Names
	projects jsonl.Projects
	left     state // that the file was in, if it is read again
	said     said
	copied   time.Time // when a fork was made of its parent's history; zero if it is no fork, or going on
}

// maxAwaited is how many usage records may wait for their events.
const maxAwaited = 16

// Begin starts a file or goes on with one.
func (d *decoder) Begin(from jsonl.Start) {
	d.state.decode(from.State)
	d.copied, d.said.limits = time.Time{}, d.said.limits[:0]
	if d.left = (state{}); from.Was != nil && d.left.decode(from.Was) && d.left.root != "" {
		d.was, d.wasEnd = newChain(d.left.root), from.WasEnd
	}
}

// State is asked for when what was read so far is handed over.
func (d *decoder) State(dst []byte) []byte {
	d.tell()
	return d.state.encode(dst)
}

func (d *decoder) Dull(head []byte) bool { return d.read(head) == kindDull }

func (d *decoder) Row(line []byte, out *jsonl.Out) string {
	kind := d.read(line)
	if kind == kindMeta {
		d.identify(&d.meta)
	}
	if d.id == "" {
		d.id = "f:" + jsonl.Digest(line) // a log that does not name itself goes by its first row
	}
	switch kind {
	case kindBroken:
		return d.Err().Error()
	case kindTurn:
		if len(d.turn.model) > 0 {
			d.model = d.names.Of(d.turn.model)
		}
		if len(d.turn.cwd) > 0 {
			d.project = d.projects.Of(d.turn.cwd)
		}
	case kindSettings:
		d.tier = tier(d.settings.tier)
		if d.model == "" {
			d.model = d.names.Of(d.settings.model)
		}
	case kindCount:
		d.hear(out)
		return d.counted(out)
	case kindRecord:
		return d.recorded(out)
	}
	return ""
}

// identify takes the first session_meta; further ones are copies of the
// ancestors'.
func (d *decoder) identify(m *meta) {
	if d.named || len(m.id) == 0 {
		return
	}
	d.named = true
	d.id, d.parent = jsonl.ID(m.id), parentOf(m)
	if d.parent != "" {
		d.copied = jsonl.Time(d.stamp)
	}
	d.provider = provider(string(m.provider))
	d.agent = d.names.Of(m.agent)
	if d.project == "" {
		d.project = d.projects.Of(m.cwd)
	}
}

// tier maps Codex's service tiers to those that prices know. "fast" is the
// newer name of OpenAI's priority tier.
func tier(b []byte) string {
	switch string(b) {
	case "fast", "priority":
		return "priority"
	case "flex":
		return "flex"
	}
	return ""
}

// provider maps a model_provider to who bills. People name their own entries
// for what is mostly a proxy to OpenAI, so unknown names mean OpenAI.
func provider(name string) string {
	switch name {
	case "azure", "openrouter", "mistral", "deepseek", "groq", "xai", "google", "anthropic", "bedrock", "cohere",
		"moonshot", "minimax", "zai", "ollama", "lmstudio", "together", "fireworks", "cerebras":
		return name
	case "azure-openai":
		return "azure"
	case "gemini":
		return "google"
	case "amazon-bedrock":
		return "bedrock"
	case "oss":
		return "ollama"
	}
	return "openai"
}

// counted takes a token_count event.
func (d *decoder) counted(out *jsonl.Out) string {
	c := &d.count
	switch {
	case !c.there:
		return ""
	case d.bad != "":
		return d.bad
	case !c.total.there:
		if c.last.classes() != (classes{}) {
			return "last_token_usage without total_token_usage"
		}
		return ""
	}
	t := total{classes: c.total.classes(), sum: c.total.sum, summed: c.total.summed}
	use, sum, summed, s := d.counters.advance(t, &c.last, d.parent != "")
	mismatch := summed && sum != use.input+use.out
	use = d.unannounced(use, &c.last, s)
	switch {
	case s == undecided:
		return "the first total of a fork does not say what is its own"
	case use == classes{}:
		if t.classes != (classes{}) {
			out.Repeat()
		}
		return ""
	}
	rec := usage.Record{Context: usage.Absent, Requests: usage.Absent, Flags: usage.FlagSeveralRequests}
	if s == one {
		rec.Context, rec.Requests, rec.Flags = use.input, 1, 0
	}
	if mismatch {
		rec.Flags |= usage.FlagTotalMismatch
	}
	rec.Model = d.model
	if len(c.model) > 0 {
		rec.Model = d.names.Of(c.model)
	}
	return d.add(&rec, use, t.classes, "", out)
}

// unannounced returns what of an event's usage has not been counted by usage
// records before it.
func (d *decoder) unannounced(use classes, last *counter, s step) classes {
	if !last.there || len(d.awaited) == 0 {
		return use
	}
	i := slices.Index(d.awaited, last.classes())
	if i < 0 {
		return use
	}
	d.awaited = slices.Delete(d.awaited, i, i+1)
	if use = use.minus(last.classes()); s != several || !use.covers(classes{}) {
		return classes{}
	}
	d.awaited = slices.DeleteFunc(d.awaited, func(a classes) bool { // their events were lost
		covered := use.covers(a)
		if covered {
			use = use.minus(a)
		}
		return covered
	})
	return use
}

// recorded takes a token_usage_record.
func (d *decoder) recorded(out *jsonl.Out) string {
	if d.bad != "" {
		return d.bad
	}
	c := &d.record
	use := c.usage.classes()
	if use == (classes{}) {
		return ""
	}
	thread := c.thread.classes()
	if c.thread.there {
		t := total{classes: thread, sum: c.thread.sum, summed: c.thread.summed, byRecords: true}
		i := d.counters.find(thread)
		if i >= 0 && !d.counters[i].byRecords { // its event came first, or the record a second time
			out.Repeat()
			return ""
		}
		if i < 0 {
			i = d.counters.find(thread.minus(use))
		}
		d.counters.move(i, t)
	}
	if len(d.awaited) == maxAwaited {
		d.awaited = slices.Delete(d.awaited, 0, 1)
	}
	d.awaited = append(d.awaited, use)
	rec := usage.Record{Context: use.input, Requests: 1}
	rec.Model = d.model
	if c.usage.summed && c.usage.sum != use.input+use.out {
		rec.Flags |= usage.FlagTotalMismatch
	}
	id := ""
	if len(c.responseID) > 0 {
		id = jsonl.ID(c.responseID)
	}
	return d.add(&rec, use, thread, id, out)
}

// add completes a record and hands it over. Without an id of the provider's
// it gets the chain's.
func (d *decoder) add(rec *usage.Record, use, total classes, id string, out *jsonl.Out) string {
	old := ""
	if id == "" {
		id, old = d.chainID(use, total, out)
	}
	fresh := use.input - use.cached - use.write
	if fresh < 0 {
		return "more cached than input tokens"
	}
	rec.Tokens = usage.Tokens{Input: fresh, CacheRead: use.cached, CacheWrite5m: use.write, Output: use.out, Reasoning: use.reason}
	if use.reason > use.out {
		rec.Reasoning = use.out
		rec.Flags |= usage.FlagTotalMismatch
	}
	if err := rec.Check(); err != nil {
		return err.Error()
	}
	rec.Start = jsonl.Time(d.stamp)
	if reason := out.CheckTime(rec.Start); reason != "" {
		return reason
	}
	if old != "" {
		out.Remove(old, rec.Start)
	}
	if d.orphan = d.parent != "" && !d.family.logged(d.parent); d.orphan {
		rec.Flags |= usage.FlagParentMissing
	}
	rec.ID = id
	rec.Basis, rec.Source, rec.Provider = usage.Logged, Name, d.provider
	if rec.Provider == "" {
		rec.Provider = provider("")
	}
	rec.Tier, rec.Project, rec.Agent, rec.Session = d.tier, d.project, d.agent, d.names.Of([]byte(d.id))
	out.Add(rec)
	return ""
}

// chainID returns the id of the next counted step, and the one that it was
// emitted under before, if that was another.
func (d *decoder) chainID(use, total classes, out *jsonl.Out) (id, old string) {
	if d.root == "" {
		if d.root = d.family.root(d.id); d.root == d.id && d.parent != "" {
			d.root = d.family.root(d.parent)
		}
		d.chain = newChain(d.root)
	}
	id = d.chain.next(use, total)
	if d.wasEnd > 0 {
		if out.End <= d.wasEnd {
			old = d.was.next(use, total)
		} else {
			d.wasEnd = 0
		}
	}
	if old == id {
		old = ""
	}
	return id, old
}
