package cmd

import (
	"context"
	"strings"

	"tokpit/internal/clean"
)

// examineNotify checks whether everybody can be told whom budgets and digests
// name, and whether messages have arrived.
func (a *app) examineNotify(ctx context.Context, d *diagnosis) error {
	budgets, err := a.store.Budgets(ctx)
	if err != nil {
		return err
	}
	deliveries, err := a.store.Deliveries(ctx)
	if err != nil {
		return err
	}
	targets := a.targets(budgets)
	if len(targets)+len(deliveries) == 0 {
		return nil
	}
	seen := make(map[string]bool)
	var good []string
	for _, target := range targets {
		if seen[target] {
			continue
		}
		seen[target] = true
		if err := a.serves(target); err != nil {
			d.add("notify", false, clean.Text(hintOf(err)), "%s", err.Error())
			continue
		}
		good = append(good, target)
	}
	waiting, failed := 0, 0
	for i := range deliveries {
		switch x := &deliveries[i]; {
		case !x.GaveUp.IsZero():
			failed++
		case x.Done.IsZero() && x.LastErr != "":
			waiting++
		}
	}
	if len(good) > 0 {
		d.add("notify", true, "", "told through %s", strings.Join(good, ", "))
	}
	if waiting > 0 {
		d.add("messages", true, "tokpit budget alerts says why, and when they are tried again", "%s could not be handed over so far", count(int64(waiting), "message"))
	}
	if failed > 0 {
		d.add("messages", false, "see tokpit budget alerts; tokpit budget retry --all tries again", "%s could not be handed over, and nobody tries again", count(int64(failed), "message"))
	}
	return nil
}
