package otelspan

import (
	"slices"
	"time"
)

// maxKept bounds what is remembered of the calls before. Signals of one call
// come within seconds of each other.
const maxKept = 64

// Best picks one signal for each call, whatever the order they come in. Its
// fields are exported so that it can be kept between pulls.
type Best struct {
	Kept []Kept `json:"k,omitempty"` // the oldest first
}

// Kept is an item that was counted.
type Kept struct {
	Signal   Signal `json:"s"`
	Trace    string `json:"t,omitempty"`
	Response string `json:"r,omitempty"`
	ID       string `json:"i"`
	Start    int64  `json:"a"` // ms since 1970
}

// same reports whether an item may tell of the same call. Two calls of a run
// share its trace.
func (k *Kept) same(it *Item) bool {
	return k.Trace != "" && k.Trace == string(it.Trace) || k.Response != "" && k.Response == string(it.Response)
}

// Take reports whether an item counts. Those counted before that are told of
// better by it are handed to remove.
func (b *Best) Take(it *Item, id string, remove func(id string, start time.Time)) bool {
	for i := range b.Kept {
		if b.Kept[i].Signal > it.Signal && b.Kept[i].same(it) {
			return false
		}
	}
	b.Kept = slices.DeleteFunc(b.Kept, func(k Kept) bool {
		worse := k.Signal < it.Signal && k.same(it)
		if worse {
			remove(k.ID, time.UnixMilli(k.Start).UTC())
		}
		return worse || k.ID == id
	})
	if len(b.Kept) >= maxKept {
		b.Kept = slices.Delete(b.Kept, 0, len(b.Kept)-maxKept+1)
	}
	b.Kept = append(b.Kept, Kept{it.Signal, string(it.Trace), string(it.Response), id, it.At.UnixMilli()})
	return true
}
