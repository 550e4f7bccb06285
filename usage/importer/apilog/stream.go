package apilog

import (
	"tokpit/usage"
	"tokpit/usage/importer"
)

// maxOpen is how many streams are held while more of them may come.
const maxOpen = 512

// streams holds answers that come in parts, until they are whole or too many.
type streams struct {
	out   *importer.Out
	open  map[string]*open
	order []string          // ids, oldest first
	began map[string]string // by request id: the message that began last
}

// open is an answer of which more may come.
type open struct {
	rec usage.Record
	hit *hit // of an Anthropic message, to lay what comes over it
}

func newStreams(out *importer.Out) *streams {
	return &streams{out: out, open: make(map[string]*open), began: make(map[string]string)}
}

// add takes a part of an answer. Parts repeat the usage or let it grow: the largest
// counts, and of equal ones the last.
func (s *streams) add(r usage.Record, h *hit) error {
	if o := s.open[r.ID]; o != nil {
		start := o.rec.Start
		if r.Total() >= o.rec.Total() {
			tier, model := o.rec.Tier, o.rec.Model
			o.rec = r
			fill(&o.rec.Tier, tier)
			fill(&o.rec.Model, model)
		}
		if start.Before(o.rec.Start) {
			o.rec.Start = start
		}
		if h != nil {
			o.hit = h
		}
		return nil
	}
	s.open[r.ID] = &open{rec: r, hit: h}
	if s.order = append(s.order, r.ID); len(s.order) <= maxOpen {
		return nil
	}
	first := s.order[0]
	s.order = s.order[1:]
	return s.emit(first)
}

// begin takes Anthropic's message_start.
func (s *streams) begin(h *hit, r usage.Record) error {
	if r.ID == "" {
		return s.out.Add(&r)
	}
	if len(s.began) >= maxOpen {
		clear(s.began)
	}
	s.began[h.request] = r.ID
	kept := *h
	return s.add(r, &kept)
}

const lostDelta = "a message_delta without its message_start"

// delta takes Anthropic's message_delta, whose counts replace those of the start.
func (s *streams) delta(d *decoder, h *hit) (bad string, err error) {
	id := h.id
	if id == "" {
		id = s.began[h.request]
	}
	o := s.open[id]
	if o == nil || o.hit == nil {
		return lostDelta, nil
	}
	o.hit.u.over(&h.u)
	r, bad := d.record(o.hit)
	if bad != "" {
		return bad, nil
	}
	o.rec = r
	return "", nil
}

func (s *streams) emit(id string) error {
	o := s.open[id]
	delete(s.open, id)
	return s.out.Add(&o.rec)
}

// close emits what is still held.
func (s *streams) close() error {
	for _, id := range s.order {
		if err := s.emit(id); err != nil {
			return err
		}
	}
	s.order = nil
	return nil
}
