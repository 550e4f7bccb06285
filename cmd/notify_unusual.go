package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/usage"
)

const (
	settingJudged = "judged day"
	// judgeDelay is how long after its end a day is judged: by then providers have
	// reported most of it.
	judgeDelay = 6 * time.Hour
)

// lookAtYesterday tells those whom the configuration names if something cost far
// more than usual yesterday: once for each of them. Earlier days are never told,
// whatever is found out about them later.
func (a *app) lookAtYesterday(ctx context.Context, e *evaluation) error {
	targets := a.config.Notify.To
	y, m, d := a.now().In(a.zone).Date()
	yesterday, today := usage.StartOfDay(a.zone, y, m, d-1), usage.StartOfDay(a.zone, y, m, d)
	if len(targets) == 0 || a.now().Sub(today) < judgeDelay {
		return nil
	}
	name := yesterday.In(a.zone).Format(time.DateOnly)
	if judged, err := a.store.Setting(ctx, settingJudged); err != nil || judged == name {
		return err
	}
	r, err := a.budgetReader(ctx)
	if err != nil {
		return err
	}
	in := r.input(ctx)
	in.Unusual = 2
	all, err := report.BuildBudgets(in)
	if err != nil {
		return err
	}
	var out []budget.Delivery
	for i := range all.Unusual {
		u := &all.Unusual[i]
		if !u.Day.Equal(yesterday) {
			continue
		}
		for _, target := range targets {
			out = append(out, budget.NewDelivery(unusualKey(u, name, target), target, u.Text, unusualBody(u, name), a.now()))
		}
		e.Notes = append(e.Notes, u.Text)
	}
	if _, err := a.store.Enqueue(ctx, out...); err != nil {
		return err
	}
	return a.store.SetSetting(ctx, settingJudged, name)
}

func unusualBody(u *report.UnusualDay, day string) budget.Body {
	text := u.Text + ".\n\nCost      " + u.Cost.Format(2) + " USD\nUsual     " + u.Usual.Format(2) + " USD\n\nWhat the rise is made of:\n"
	for _, c := range u.Causes {
		text += "  " + strconv.FormatFloat(100*c.Share, 'f', 0, 64) + " %  " + c.Label + ": " + c.Rise.Format(2) + " USD\n"
	}
	fields := []budget.Field{{Name: "day", Label: "Day", Value: day}, {Name: "currency", Label: "Currency", Value: "USD"}, {Name: "cost", Label: "Cost", Value: u.Cost.String()},
		{Name: "usual", Label: "Usual", Value: u.Usual.String()}, {Name: "rise", Label: "Rise", Value: u.Rise.String()}}
	if u.By != "" {
		fields = append(fields, budget.Field{Name: "by", Label: "By", Value: string(u.By)}, budget.Field{Name: "value", Label: "Value", Value: u.Value})
	}
	return budget.Body{Kind: "anomaly", Level: "warn", Text: text, Fields: fields}
}

// unusualKey names what is told of a day to a target.
func unusualKey(u *report.UnusualDay, day, target string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "tokpit-unusual-1\x00%s\x00%s\x00%s\x00%s", day, u.By, u.Value, target))
	return hex.EncodeToString(sum[:16])
}
