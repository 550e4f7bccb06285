package litellm_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
)

// TestAddedAgain: a connection that is added again under its old name has no
// memory of its requests. Where the log has lost them since, no sum is put beside
// what is kept; days that nobody had read come as sums.
func TestAddedAgain(t *testing.T) {
	p := newProxy(noon())
	p.fill(rand.New(rand.NewPCG(7, 3)), 12, 300)
	for i := range p.served {
		p.served[i].hidden = time.Time{}
	}
	o := options(serve(t, p), p)
	start := o.Since
	o.Since = o.Since.AddDate(0, 0, 3)
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	compare(t, "first", &sink, p, since(o), always)

	sink.Cursors = usage.Cursors{} // removed, with its records kept
	cut := noon().AddDate(0, 0, -5).Truncate(24 * time.Hour)
	for i := range p.served {
		p.served[i].fallen = p.served[i].at.Before(cut)
	}
	covered := usage.Span{Since: since(o), Until: noon().Truncate(24 * time.Hour).Add(24 * time.Hour)}
	o.Since, o.Before, o.Covered = start, []string{""}, []usage.Span{covered}
	sink.Pull(t, open(t, o))
	for i := range p.served {
		p.served[i].fallen = false // they are still to be counted, as requests
	}
	compare(t, "again", &sink, p, since(o), func(day string) bool { return day >= covered.Since.Format(time.DateOnly) })
}
