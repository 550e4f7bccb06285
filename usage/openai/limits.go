package openai

import (
	"context"
	"strings"

	openaisdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/pull"
)

// limits reads what is set at OpenAI: for the organization and for every project
// that is not archived, the hard limit and the alerts. They are emitted together,
// because a standing replaces the one before.
func (p *puller) limits(ctx context.Context, projects []project) error {
	var out []usage.SpendLimit
	hard, err := p.org.SpendLimit.Get(ctx)
	if err := unlessMissing(err); err != nil {
		return plainly(err)
	} else if hard != nil {
		out = limit(out, usage.ByOrganization, "", hard.JSON.ThresholdAmount.Raw(), string(hard.Currency), string(hard.Interval), hard.Enforcement.Status)
	}
	err = list(func(after param.Opt[string]) ([]openaisdk.OrganizationSpendAlert, string, bool, error) {
		got, err := p.org.SpendAlerts.List(ctx, openaisdk.AdminOrganizationSpendAlertListParams{After: after, Limit: openaisdk.Int(listed)})
		if err != nil {
			return nil, "", false, err
		}
		return got.Data, got.LastID, got.HasMore, nil
	}, func(x *openaisdk.OrganizationSpendAlert) string { return x.ID }, func(page []openaisdk.OrganizationSpendAlert) error {
		for _, a := range page {
			out = alert(out, usage.ByOrganization, "", a.JSON.ThresholdAmount.Raw(), string(a.Currency), string(a.Interval), string(a.NotificationChannel.Type), a.NotificationChannel.Recipients)
		}
		return nil
	})
	if err := unlessMissing(err); err != nil {
		return err
	}
	for _, of := range projects {
		if of.archived {
			continue
		}
		if out, err = p.projectLimits(ctx, of.id, out); err != nil {
			return err
		}
	}
	if err := p.emit(usage.Batch{Standing: &usage.Standing{At: p.now, Limits: out}, Cursors: p.stamp(cursorLimits)}); err != nil {
		return &emitError{err}
	}
	return nil
}

func (p *puller) projectLimits(ctx context.Context, id string, out []usage.SpendLimit) ([]usage.SpendLimit, error) {
	hard, err := p.org.Projects.SpendLimit.Get(ctx, id)
	if err := unlessMissing(err); err != nil {
		return out, plainly(err)
	} else if hard != nil {
		out = limit(out, usage.ByProject, id, hard.JSON.ThresholdAmount.Raw(), string(hard.Currency), string(hard.Interval), hard.Enforcement.Status)
	}
	err = list(func(after param.Opt[string]) ([]openaisdk.ProjectSpendAlert, string, bool, error) {
		got, err := p.org.Projects.SpendAlerts.List(ctx, id, openaisdk.AdminOrganizationProjectSpendAlertListParams{After: after, Limit: openaisdk.Int(listed)})
		if err != nil {
			return nil, "", false, err
		}
		return got.Data, got.LastID, got.HasMore, nil
	}, func(x *openaisdk.ProjectSpendAlert) string { return x.ID }, func(page []openaisdk.ProjectSpendAlert) error {
		for _, a := range page {
			out = alert(out, usage.ByProject, id, a.JSON.ThresholdAmount.Raw(), string(a.Currency), string(a.Interval), string(a.NotificationChannel.Type), a.NotificationChannel.Recipients)
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

// limit adds a hard limit. OpenAI says its amount in cents, and by its status
// whether requests are refused at the moment.
func limit(to []usage.SpendLimit, scope usage.Dimension, id, raw, currency, interval, status string) []usage.SpendLimit {
	amount, ok := cents(raw)
	if !ok {
		return to
	}
	return append(to, usage.SpendLimit{Scope: scope, ID: clean.Text(id), Amount: amount, Currency: clean.Text(strings.ToUpper(currency)),
		Interval: clean.Text(interval), Enforced: true, Note: clean.Text(status)})
}

// alert adds an amount at which somebody is told.
func alert(to []usage.SpendLimit, scope usage.Dimension, id, raw, currency, interval, channel string, whom []string) []usage.SpendLimit {
	n := len(to)
	to = limit(to, scope, id, raw, currency, interval, "")
	if len(to) > n {
		to[n].Enforced = false
		to[n].Note = clean.Text(strings.TrimSpace(channel + " to " + strings.Join(whom, ", ")))
	}
	return to
}

// cents reads an amount in hundredths.
func cents(raw string) (money.Amount, bool) {
	var n pull.Number
	if n.UnmarshalJSON([]byte(raw)) != nil || !n.Given() {
		return money.Amount{}, false
	}
	a, err := n.Amount()
	return money.NewRate(a).Scale(1, 100).Amount(), err == nil
}
