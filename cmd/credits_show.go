package cmd

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/report"
)

const noCredits = "tokpit: no credit is known\nhint: tokpit credits add trial --provider openai --amount 5 --source trial --expires 90d\n"

func (a *app) printCredits(w, talk io.Writer, all *report.Budgets) error {
	if len(all.Accounts) == 0 {
		_, err := io.WriteString(talk, noCredits)
		return err
	}
	for _, acc := range all.Accounts {
		if _, err := io.WriteString(w, a.accountText(acc)); err != nil {
			return err
		}
	}
	if len(all.Grants) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nNAME\tSOURCE\tGRANTED\tUSED\tEXPIRED\tBALANCE\tEXPIRES")
	for i := range all.Grants {
		g := &all.Grants[i]
		source := string(g.Source)
		if g.Origin == report.FromProvider {
			source = "(the provider says so)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", clean.Text(g.Name), source, figure(g.Amount, g.Currency), g.Used.Format(2), g.Expired.Format(2),
			g.Balance.Format(2), a.expiryText(g))
	}
	return t.Flush()
}

func (a *app) expiryText(g *report.GrantStanding) string {
	switch {
	case g.Pending:
		return "granted " + a.moment(g.Granted)
	case g.Expires.IsZero() && g.Origin == report.FromProvider:
		return "not said"
	case g.Expires.IsZero():
		return "never"
	case g.Warn > 0:
		return fmt.Sprintf("%s, within %s", a.moment(g.Expires), count(int64(g.Warn), "day"))
	}
	return a.moment(g.Expires)
}

// accountText says what an account's credit allows, the answer first.
func (a *app) accountText(s *report.AccountStanding) string {
	name := clean.Text(s.Provider)
	if s.Account != "" {
		name += "/" + clean.Text(s.Account)
	}
	if s.Err != nil {
		return fmt.Sprintf("%s: cannot be computed: %s\n", name, clean.Text(s.Err.Error()))
	}
	text := name + ": "
	switch s.State {
	case budget.AccountCredit:
		text += figure(s.Balance, s.Currency) + " of credit left"
		if !s.EmptyAt.IsZero() {
			text += ", until " + s.EmptyAt.UTC().Format(time.DateOnly) + " at this pace"
		}
		if s.Billing == budget.BillingNo {
			text += "; then requests are refused: there is no billing"
		}
	case budget.AccountNoBilling:
		text += "no billing: no credit is left, and requests are refused"
	case budget.AccountBilled:
		text += "no credit is left; usage is billed"
	default:
		text += "no credit is left; whether there is billing is not noted (tokpit credits billing " + clean.Text(s.Provider) + " yes|no)"
	}
	text += "\n"
	if !s.Payable.IsZero() {
		text += fmt.Sprintf("  %s of usage was beyond it\n", figure(s.Payable, s.Currency))
	}
	for _, n := range s.Notes {
		text += "  note: " + clean.Text(n.Text) + "\n"
	}
	return text
}

type creditsDocument struct {
	Schema   string              `json:"schema"`
	AsOf     string              `json:"as_of"`
	Accounts []accountJSON       `json:"accounts"`
	Grants   []grantStandingJSON `json:"grants"`
}

// accountJSON is an account: used + expired + balance is granted.
type accountJSON struct {
	Provider   string     `json:"provider"`
	Account    *string    `json:"account"`
	Billing    string     `json:"billing"` // yes, no or unknown
	State      string     `json:"state"`   // credit, billed, no_billing or unknown
	Currency   *string    `json:"currency"`
	Granted    *string    `json:"granted"` // null: no credit is known
	Used       *string    `json:"used"`
	Expired    *string    `json:"expired"`
	Balance    *string    `json:"balance"`
	Payable    *string    `json:"payable"`
	EmptyAt    *string    `json:"empty_at"` // at the pace of the last 7 days; null: not known
	NextExpiry *string    `json:"next_expiry_at"`
	Notes      []noteJSON `json:"notes"`
	Error      *string    `json:"error"`
}

// grantStandingJSON is one grant: used + expired + balance is granted.
type grantStandingJSON struct {
	Name      string  `json:"name"`
	Origin    string  `json:"origin"` // noted, or provider
	Provider  string  `json:"provider"`
	Account   *string `json:"account"`
	Source    *string `json:"source"`
	Currency  string  `json:"currency"`
	Granted   string  `json:"granted"`
	Used      string  `json:"used"`
	Expired   string  `json:"expired"`
	Balance   string  `json:"balance"`
	GrantedAt *string `json:"granted_at"`
	ExpiresAt *string `json:"expires_at"` // null: never, or not known
	Pending   bool    `json:"pending"`
	Warning   *int    `json:"warning_days"` // the latest warning that is due
	Coarse    bool    `json:"coarse"`
	Note      *string `json:"note"`
}

func creditsOf(all *report.Budgets, now time.Time) creditsDocument {
	d := creditsDocument{Schema: "tokpit.credits/1", AsOf: stamp(now), Accounts: []accountJSON{}, Grants: []grantStandingJSON{}}
	for _, s := range all.Accounts {
		d.Accounts = append(d.Accounts, accountOf(s))
	}
	for i := range all.Grants {
		g := &all.Grants[i]
		j := grantStandingJSON{clean.Text(g.Name), string(g.Origin), clean.Text(g.Provider), harmless(g.Grant.Account), optional(string(g.Source)), g.Currency,
			g.Amount.String(), g.Used.String(), g.Expired.String(), g.Balance.String(), optionalTime(g.Granted), optionalTime(g.Expires), g.Pending, nil, g.Coarse, harmless(g.Note)}
		if g.Warn > 0 {
			j.Warning = &g.Warn
		}
		d.Grants = append(d.Grants, j)
	}
	return d
}

func accountOf(s *report.AccountStanding) accountJSON {
	j := accountJSON{Provider: clean.Text(s.Provider), Account: harmless(s.Account), Billing: string(s.Billing), State: string(s.State), Notes: []noteJSON{}}
	if s.State == budget.AccountNoBilling {
		j.State = "no_billing"
	}
	for _, n := range s.Notes {
		j.Notes = append(j.Notes, noteJSON{n.Code, clean.Text(n.Text)})
	}
	if s.Err != nil {
		j.Error = harmless(s.Err.Error())
		return j
	}
	if s.Currency != "" {
		j.Currency, j.Granted, j.Used, j.Expired = optional(s.Currency), optional(s.Granted.String()), optional(s.Used.String()), optional(s.Expired.String())
		j.Balance, j.Payable = optional(s.Balance.String()), optional(s.Payable.String())
		j.EmptyAt, j.NextExpiry = optionalTime(s.EmptyAt), optionalTime(s.NextExpiry)
	}
	return j
}
