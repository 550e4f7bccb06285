package cmd

import (
	"tokpit/pricing"
	"tokpit/scenario"
)

type rankDoc struct {
	Schema     string        `json:"schema"`
	AsOf       string        `json:"as_of"`
	Prices     string        `json:"prices"`
	Query      simulateQuery `json:"query"`
	Days       int64         `json:"days"`
	Currency   *string       `json:"currency"`
	Before     measuresJSON  `json:"before"`
	Order      string        `json:"order"` // "cash" or "cost"
	Considered int           `json:"considered"`
	Computed   int           `json:"computed"`
	LeftOut    []leftOutJSON `json:"left_out"`
	Savings    []savingJSON  `json:"savings"`
	Notes      []noteJSON    `json:"notes"`
}

type leftOutJSON struct {
	Reason string `json:"reason"`
	Swaps  int    `json:"swaps"`
}

type savingJSON struct {
	Title string `json:"title"`
	Lever string `json:"lever"`
	deltaJSON
	Known        bool         `json:"known"`
	Standing     string       `json:"standing"` // "proven", "untried" or "doubtful"
	Part         string       `json:"of"`       // cost now of the usage that changes
	PerMonth     string       `json:"delta_per_month"`
	CashPerMonth string       `json:"cash_delta_per_month"`
	Swap         *swapJSON    `json:"swap"`
	Caveats      []caveatJSON `json:"caveats"`
}

type swapJSON struct {
	From       modelJSON       `json:"from"`
	To         modelJSON       `json:"to"`
	TokenRatio *string         `json:"token_ratio"` // null: as many
	KeepsUp    bool            `json:"keeps_window"`
	TooLong    int64           `json:"requests_too_long"`
	MaybeLong  int64           `json:"requests_maybe_too_long"`
	Quality    []qualityScores `json:"quality"` // null: unknown
}

type modelJSON struct {
	Provider string  `json:"provider"`
	Model    string  `json:"model"`
	Window   *int64  `json:"window"`
	Shutdown *string `json:"shutdown"`
}

type caveatJSON struct {
	Code  string `json:"code"`
	Text  string `json:"text"`
	Grave bool   `json:"grave"`
}

func (r *ranking) document() rankDoc {
	order := "cost"
	if r.ByCash {
		order = "cash"
	}
	d := rankDoc{Schema: "tokpit.simulate.rank/1", AsOf: stamp(r.now), Prices: r.book, Query: r.query(), Days: r.result.Days, Currency: optional(r.Currency), Before: measuresOf(&r.Before),
		Order: order, Considered: r.Considered, Computed: r.Computed, LeftOut: []leftOutJSON{}, Savings: []savingJSON{}, Notes: notesOf(r.Notes)}
	for _, l := range r.LeftOut {
		d.LeftOut = append(d.LeftOut, leftOutJSON(l))
	}
	for i := range r.Savings {
		d.Savings = append(d.Savings, r.saving(&r.Savings[i]))
	}
	return d
}

func (r *ranking) saving(s *scenario.Saving) savingJSON {
	j := savingJSON{Title: s.Title, Lever: s.Lever.String(), deltaJSON: contributionOf(&s.Contribution, s.Known || s.Applied, r.cashKnown()), Known: s.Known, Standing: s.Standing().String(), Part: s.Part.String(),
		PerMonth: s.PerMonth.String(), CashPerMonth: s.CashPerMonth.String(), Caveats: []caveatJSON{}}
	if f := s.Swap; f != nil {
		one := func(ref pricing.ModelRef, window int64, ends *string) modelJSON {
			m := modelJSON{Provider: ref.Provider, Model: ref.Model, Shutdown: ends}
			if window > 0 {
				m.Window = &window
			}
			return m
		}
		j.Swap = &swapJSON{one(f.From, f.FromWindow, optionalTime(f.FromEnds)), one(f.To, f.Window, optionalTime(f.Ends)), optional(f.Tokens), f.KeepsWindow, s.Misfit, s.MayMisfit, qualitiesOf(f.Quality)}
	}
	for _, c := range s.Caveats {
		j.Caveats = append(j.Caveats, caveatJSON(c))
	}
	return j
}
