package agentlog

import (
	"context"

	"tokpit/usage"
)

// Combined is a source whose usage lies in several places, which are read one
// after the other. Their cursors have keys that differ.
type Combined struct {
	Source string
	Parts  []usage.Source
}

// Name implements [usage.Source].
func (c *Combined) Name() string { return c.Source }

// Roots returns the files and directories that are looked in.
func (c *Combined) Roots() []string {
	var out []string
	for _, p := range c.Parts {
		if r, ok := p.(interface{ Roots() []string }); ok {
			out = append(out, r.Roots()...)
		}
	}
	return out
}

// Pull implements [usage.Source].
func (c *Combined) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	var sum usage.Report
	for _, p := range c.Parts {
		r, err := p.Pull(ctx, cursors, emit)
		sum.Files += r.Files
		sum.Read += r.Read
		sum.BytesRead += r.BytesRead
		sum.Rows += r.Rows
		sum.Folded += r.Folded
		sum.Pending += r.Pending
		sum.Places = append(sum.Places, r.Places...)
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}
