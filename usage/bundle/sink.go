package bundle

import (
	"context"
	"strings"
	"sync"
	"time"

	"tokpit/usage"
)

// Sink is where the records of a part go.
type Sink interface {
	Cursors(ctx context.Context, connection string) (usage.Cursors, error)
	Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error)
}

// Sink returns one that names what was refused at the door by its line in the
// bundle, and passes everything on to s.
func (p *Part) Sink(s Sink) Sink { return named{s, p} }

type named struct {
	Sink
	part *Part
}

// Commit implements [Sink].
func (n named) Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error) {
	o := n.part.origins.pop()
	for i := range b.Quarantined {
		q := &b.Quarantined[i]
		if line, ok := o.find(q); ok {
			q.File, q.Line = n.part.path(), line
		}
	}
	return n.Sink.Commit(ctx, connection, b)
}

// origin says which lines a batch comes from.
type origin struct {
	ids   []string
	at    []int64
	slots []slot
	rows  int // of slices
}

type slot struct {
	name string // as the door calls it
	at   []int64
}

func (o *origin) record(id string, line int64) {
	o.ids, o.at = append(o.ids, id), append(o.at, line)
}

func (o *origin) slice(kind string, start time.Time, lines []int64) {
	o.slots = append(o.slots, slot{kind + " " + start.UTC().Format(time.RFC3339), lines})
	o.rows += len(lines)
}

// find returns the line of what the door refused. A record whose id had to be
// made harmless is one of the bundle, but nobody can say which.
func (o *origin) find(q *usage.Quarantined) (int64, bool) {
	if id, ok := strings.CutPrefix(q.File, "record "); ok {
		for i := range o.ids {
			if o.ids[i] == id {
				return o.at[i], true
			}
		}
		return 0, true
	}
	for i := range o.slots {
		if o.slots[i].name != q.File {
			continue
		}
		if q.Line >= 1 && q.Line <= int64(len(o.slots[i].at)) {
			return o.slots[i].at[q.Line-1], true
		}
		return o.slots[i].at[0], true
	}
	return 0, false
}

// origins are those of the batches that are on their way, in order.
type origins struct {
	mu  sync.Mutex
	all []origin
}

func (o *origins) push(one origin) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, one)
}

func (o *origins) pop() (one origin) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.all) > 0 {
		one, o.all = o.all[0], o.all[1:]
	}
	return one
}
