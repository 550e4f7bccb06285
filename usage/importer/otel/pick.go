package otel

import (
	"tokpit/usage"
	"tokpit/usage/importer"
)

// firstItems is how many items of a file are held to see which kind is the best.
const firstItems = 16384

// maxUnnamed is how many calls wait for the name of their model, and how many traces
// are remembered with one.
const maxUnnamed = 4096

// maxAround is how many spans are remembered that stand around counted ones, and
// how many counters that run on.
const (
	maxAround  = 65536
	maxRunning = 65536
)

// picker counts one kind of item of a file.
type picker struct {
	out     *importer.Out
	best    rank
	held    []item
	decided bool

	around  map[string]struct{} // trace and id of spans around counted ones
	order   []string
	running map[string]usage.Record // by id: counters that run on

	models  map[string]turn // by trace: what spans without counts say
	unnamed []item          // calls without a model, whose turn may still come
}

func newPicker(out *importer.Out) *picker {
	return &picker{out: out, around: make(map[string]struct{}), running: make(map[string]usage.Record), models: make(map[string]turn)}
}

// take looks at an item.
func (p *picker) take(it *item) error {
	if p.decided {
		return p.count(it)
	}
	if it.rank > p.best {
		for i := range p.held {
			p.leave(&p.held[i], it.rank)
		}
		p.best, p.held = it.rank, p.held[:0]
	}
	if it.rank < p.best {
		p.leave(it, p.best)
		return nil
	}
	p.held = append(p.held, *it)
	if len(p.held) < firstItems {
		return nil
	}
	return p.decide()
}

func (p *picker) leave(it *item, best rank) {
	p.out.Leave(it.rank.String() + ", because " + best.String() + " are counted")
}

// decide counts what has been held.
func (p *picker) decide() error {
	p.decided = true
	for i := range p.held {
		if err := p.count(&p.held[i]); err != nil {
			return err
		}
	}
	p.held = nil
	return nil
}

// count hands on an item of the best kind.
func (p *picker) count(it *item) error {
	if it.rank != p.best {
		p.leave(it, p.best)
		return nil
	}
	if it.span && it.parent != "" {
		p.enclose(it.trace + it.parent)
	}
	if _, ok := p.around[it.trace+it.id]; ok && it.span {
		p.out.Leave("spans around counted ones")
		return nil
	}
	if it.model == "" && it.asked == "" && it.span {
		if t, ok := p.models[it.trace]; ok {
			it.asked = t.model
			fill(&it.session, t.session)
		} else if len(p.unnamed) < maxUnnamed {
			p.unnamed = append(p.unnamed, *it)
			return nil
		}
	}
	return p.add(it)
}

// named takes the model of a trace, and counts the calls that waited for it.
func (p *picker) named(t *turn) error {
	if len(p.models) >= maxUnnamed {
		clear(p.models)
	}
	p.models[t.trace] = *t
	kept := p.unnamed[:0]
	for i := range p.unnamed {
		it := &p.unnamed[i]
		if it.trace != t.trace {
			kept = append(kept, *it)
			continue
		}
		it.asked = t.model
		fill(&it.session, t.session)
		if err := p.add(it); err != nil {
			return err
		}
	}
	p.unnamed = kept
	return nil
}

func (p *picker) add(it *item) error {
	r, bad := it.record()
	if bad != "" {
		p.out.Refuse(0, it.rank.String()+": "+bad)
		return nil
	}
	if it.rank > metricOwn {
		return p.out.Add(&r)
	}
	return p.run(r)
}

// run keeps the largest figure of a counter.
func (p *picker) run(r usage.Record) error {
	if old, ok := p.running[r.ID]; ok {
		p.running[r.ID] = usage.Fold(old, r)
		return nil
	}
	if len(p.running) >= maxRunning {
		if err := p.flush(); err != nil {
			return err
		}
	}
	p.running[r.ID] = r
	return nil
}

// flush emits the counters. Should one go on afterwards, a store folds it by its id.
func (p *picker) flush() error {
	for _, r := range p.running {
		if err := p.out.Add(&r); err != nil {
			return err
		}
	}
	clear(p.running)
	return nil
}

func (p *picker) enclose(span string) {
	if _, ok := p.around[span]; ok {
		return
	}
	if len(p.order) >= maxAround {
		delete(p.around, p.order[0])
		p.order = p.order[1:]
	}
	p.around[span] = struct{}{}
	p.order = append(p.order, span)
}

// close counts what is left.
func (p *picker) close() error {
	if !p.decided {
		if err := p.decide(); err != nil {
			return err
		}
	}
	for i := range p.unnamed {
		if err := p.add(&p.unnamed[i]); err != nil {
			return err
		}
	}
	p.unnamed = nil
	return p.flush()
}
