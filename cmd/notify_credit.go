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
)

// tellCredit tells those whom the configuration names of credit that expires in
// 14, 7 or 1 days and is not used up: once for each of them and each warning.
func (a *app) tellCredit(ctx context.Context, e *evaluation, all *report.Budgets, targets []string) error {
	if len(targets) == 0 {
		return nil
	}
	for i := range all.Grants {
		g := &all.Grants[i]
		text := g.WarnText(a.zone)
		if text == "" {
			continue
		}
		var out []budget.Delivery
		for _, target := range targets {
			out = append(out, budget.NewDelivery(creditKey(g, target), target, text, creditBody(g, text), a.now()))
		}
		if err := a.tell(ctx, e, text, out); err != nil {
			return err
		}
	}
	return nil
}

func creditBody(g *report.GrantStanding, text string) budget.Body {
	expires := g.Expires.UTC().Format(time.RFC3339)
	return budget.Body{Kind: "credit", Level: "warn", Text: fmt.Sprintf("%s\n\nGranted  %s %s\nUsed     %s\nLeft     %s\nExpires  %s\n", text, g.Amount.Format(2), g.Currency,
		g.Used.Format(2), g.Balance.Format(2), expires),
		Fields: []budget.Field{{Name: "grant", Label: "Grant", Value: g.Name}, {Name: "provider", Label: "Provider", Value: g.Provider}, {Name: "currency", Label: "Currency", Value: g.Currency},
			{Name: "amount", Label: "Granted", Value: g.Amount.String()}, {Name: "used", Label: "Used", Value: g.Used.String()}, {Name: "balance", Label: "Left", Value: g.Balance.String()},
			{Name: "expires", Label: "Expires", Value: expires}, {Name: "days", Label: "Days before", Value: strconv.Itoa(g.Warn)}}}
}

// creditKey names a warning about a grant for a target.
func creditKey(g *report.GrantStanding, target string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "tokpit-credit-1\x00%s\x00%s\x00%d\x00%d\x00%s", g.Provider, g.Name, g.Expires.Unix(), g.Warn, target))
	return hex.EncodeToString(sum[:16])
}
