package cmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"tokpit/ingest"
	"tokpit/money"
	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/bundle"
	"tokpit/usage/crush"
	"tokpit/usage/droid"
	"tokpit/usage/goose"
	"tokpit/usage/zed"
)

// Some programs keep nothing but the sums of a session. What counts of these is
// how much they have grown from one reading to the next, so two machines that
// have read one session at different moments have cut it into different steps,
// and steps of both must not be added up. A session has one reading:
//
//   - that of this machine, where it has one: it will go on reading it;
//   - else the larger of the two, which has seen more of the session.
//
// Readings are those of one machine, and joined, if one is a part of the other or
// they have steps in common.

// grows reports whether a source is read by how much sums have grown.
func grows(source string) bool {
	return slices.Contains([]string{goose.Name, crush.Name, droid.Name, zed.Name}, source)
}

// reading is what is known of a session from one side.
type reading struct {
	steps    map[string]bool // ids of its records
	machines map[string]bool
	tokens   int64
	amount   money.Amount
}

// readings are those of sessions, by their names.
type readings map[string]*reading

func (rs readings) add(r *usage.Record) {
	if r.Session == "" {
		return
	}
	x := rs[r.Session]
	if x == nil {
		x = &reading{steps: make(map[string]bool), machines: make(map[string]bool)}
		rs[strings.Clone(r.Session)] = x
	}
	if x.steps[r.ID] {
		return
	}
	x.steps[strings.Clone(r.ID)] = true
	x.machines[strings.Clone(r.Machine)] = true
	x.tokens += r.Total()
	x.amount = x.amount.Add(r.Reported)
}

// within reports whether all steps are steps of another reading too.
func (x *reading) within(y *reading) bool {
	for id := range x.steps {
		if !y.steps[id] {
			return false
		}
	}
	return len(x.steps) <= len(y.steps)
}

func meets(x, y map[string]bool) bool {
	for v := range x {
		if y[v] {
			return true
		}
	}
	return false
}

// digest is of the steps: it decides between readings that say the same.
func (x *reading) digest() []byte {
	ids := make([]string, 0, len(x.steps))
	for id := range x.steps {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return sum[:]
}

// larger reports whether a reading has seen more of the session than another. It
// is an order of all readings, so that it does not matter which one comes first.
func (x *reading) larger(y *reading) bool {
	if c := x.amount.Cmp(y.amount); c != 0 {
		return c > 0
	}
	if x.tokens != y.tokens {
		return x.tokens > y.tokens
	}
	if len(x.steps) != len(y.steps) {
		return len(x.steps) > len(y.steps)
	}
	return bytes.Compare(x.digest(), y.digest()) > 0
}

// joins reports whether two readings of a session are parts of one. Here is what
// lies in the span of the bundle, which may be nothing.
func joins(here, there *reading) bool {
	same := meets(here.machines, there.machines)
	if len(here.steps) == 0 {
		return same
	}
	shared := meets(here.steps, there.steps)
	return shared && (same || here.within(there) || there.within(here))
}

// growing commits what of a bundle's part counts beside what is known here.
type growing struct {
	bundle.Sink
	drop  map[string]bool // sessions whose reading here stays
	gone  []usage.Removed // steps of sessions whose reading there is taken
	taken bool
	left  int64 // records that were left out
}

// Commit implements [bundle.Sink].
func (g *growing) Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error) {
	kept := make([]usage.Record, 0, len(b.Records))
	for i := range b.Records {
		if g.drop[b.Records[i].Session] {
			g.left++
			continue
		}
		kept = append(kept, b.Records[i])
	}
	b.Records = kept
	if !g.taken {
		b.Removed = g.gone
	}
	receipt, err := g.Sink.Commit(ctx, connection, b)
	g.taken = g.taken || err == nil
	return receipt, err
}

// gathering takes the records of a part as they come through the door, and
// stores nothing.
type gathering struct{ of readings }

// Cursors implements [bundle.Sink].
func (gathering) Cursors(context.Context, string) (usage.Cursors, error) { return nil, nil }

// Commit implements [bundle.Sink].
func (g gathering) Commit(_ context.Context, _ string, b usage.Batch) (usage.Receipt, error) {
	for i := range b.Records {
		g.of.add(&b.Records[i])
	}
	return usage.Receipt{}, nil
}

// growth decides, session by session, whose reading counts of a part.
func (a *app) growth(ctx context.Context, f *bundle.File, part *bundle.Part, sink bundle.Sink, opt ingest.Options) (*growing, error) {
	there, err := gather(ctx, f, part, opt)
	if err != nil {
		return nil, err
	}
	here, all := make(readings), make(readings)
	err = a.store.View(ctx, func(v *store.View) error {
		return v.Records(part.Target, usage.Span{}, func(r *usage.Record, _ int64) error {
			if there[r.Session] == nil {
				return nil
			}
			if f.Span.Contains(r.Start) {
				here.add(r)
			}
			all.add(r)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	g := &growing{Sink: sink, drop: make(map[string]bool)}
	mine := opt.Privacy.Shown(usage.ByMachine, a.machine())
	for session, theirs := range there {
		known, ours := all[session], here[session]
		if known == nil {
			continue
		}
		if ours == nil {
			ours = &reading{machines: known.machines}
		}
		switch {
		case joins(ours, theirs):
		case known.machines[mine] || !theirs.larger(known):
			g.drop[session] = true
		default:
			for id := range known.steps {
				g.gone = append(g.gone, usage.Removed{ID: id})
			}
		}
	}
	return g, nil
}

// gather reads the part of a bundle, ahead of the pass that stores it.
func gather(ctx context.Context, f *bundle.File, part *bundle.Part, opt ingest.Options) (readings, error) {
	out := make(readings)
	pass, err := f.Read(ctx)
	if err != nil {
		return nil, err
	}
	for {
		p, err := pass.Next(ctx)
		if err != nil {
			return nil, err // one is there, since the file has been verified
		}
		if p.Summary.Name != part.Summary.Name {
			continue
		}
		p.Target, opt.OnCommit = part.Target, nil
		_, err = ingest.Run(ctx, p, gathering{out}, opt)
		return out, err
	}
}
