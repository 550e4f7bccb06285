package openai

import (
	"context"
	"strings"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/pull"
)

// limits reads what is set at OpenAI: for the organization and for every project
// that is not archived, the hard limit and the alerts. They are emitted together,
// because a standing replaces the one before.
func (p *puller) limits(ctx context.Context, projects []project) error {
	out, err := p.limitsOf(ctx, "organization/", usage.ByOrganization, "", nil)
	if err != nil {
		return err
	}
	for _, of := range projects {
		if of.archived {
			continue
		}
		if out, err = p.limitsOf(ctx, of.path(""), usage.ByProject, of.id, out); err != nil {
			return err
		}
	}
	if err := p.emit(usage.Batch{Standing: &usage.Standing{At: p.now, Limits: out}, Cursors: p.stamp(cursorLimits)}); err != nil {
		return &emitError{err}
	}
	return nil
}

// limitsOf adds what is set at one place.
func (p *puller) limitsOf(ctx context.Context, place string, scope usage.Dimension, id string, out []usage.SpendLimit) ([]usage.SpendLimit, error) {
	var hard entry
	if err := unlessMissing(p.client.Get(ctx, place+"spend_limit", nil, &hard)); err != nil {
		return out, err
	}
	if l, ok := hard.limit(scope, id); ok {
		l.Enforced, l.Note = true, clean.Text(string(hard.Enforcement.Status))
		out = append(out, l)
	}
	err := p.list(ctx, place+"spend_alerts", nil, func(page []entry) error {
		for _, a := range page {
			if l, ok := a.limit(scope, id); ok {
				l.Note = a.whom()
				out = append(out, l)
			}
		}
		return nil
	})
	return out, unlessMissing(err)
}

// unlessMissing lets go of an error that says that there is none, or that it
// may not be read.
func unlessMissing(err error) error {
	if missing(err) {
		return nil
	}
	return err
}

// limit reads an amount at which something happens. A hard limit says by its
// status whether requests are refused at the moment; an alert is not enforced.
func (e *entry) limit(scope usage.Dimension, id string) (usage.SpendLimit, bool) {
	amount, ok := cents(e.Threshold)
	return usage.SpendLimit{Scope: scope, ID: clean.Text(id), Amount: amount,
		Currency: clean.Text(strings.ToUpper(string(e.Currency))), Interval: clean.Text(string(e.Interval))}, ok
}

// whom says who is told by an alert, and how.
func (e *entry) whom() string {
	var whom []string
	for _, r := range e.Channel.Recipients {
		if r != "" {
			whom = append(whom, string(r))
		}
	}
	return clean.Text(strings.TrimSpace(string(e.Channel.Type) + " to " + strings.Join(whom, ", ")))
}

// cents reads an amount in hundredths, and whether there is one.
func cents(n pull.Number) (money.Amount, bool) {
	a, err := n.Amount()
	return money.NewRate(a).Scale(1, 100).Amount(), err == nil && n.Given()
}
