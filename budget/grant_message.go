package budget

import (
	"fmt"
	"strconv"
	"time"
)

// Delivery returns the warning that is due at an instant as something to be sent
// to a target, false if none is. Its key is the same for the same grant, expiry
// and warning, so that whoever keeps deliveries by their keys tells each once,
// however often it asks.
func (s *GrantState) Delivery(target string, now time.Time) (Delivery, bool) {
	days := s.Warning(now)
	if days == 0 {
		return Delivery{}, false
	}
	expires := s.Expires.UTC().Format("2006-01-02T15:04:05Z")
	key := fmt.Sprintf("grant/%s/%s/%d/%s", s.Name, expires, days, target)
	left := s.Balance.Format(2) + " " + s.Currency
	body := Body{Kind: "grant", Level: "warn", Text: fmt.Sprintf(
		"%s of credit at %s expires in %s, at %s.\n\nGrant     %s (%s)\nGranted   %s %s\nUsed      %s %s\nBalance   %s\n",
		left, s.Provider, leftUntil(s.Expires, now), s.Expires.UTC().Format("2006-01-02 15:04 UTC"), s.Name, s.Source,
		s.Amount.Format(2), s.Currency, s.Used.Format(2), s.Currency, left),
		Fields: []Field{{"grant", "Grant", s.Name}, {"provider", "Provider", s.Provider}, {"currency", "Currency", s.Currency},
			{"granted", "Granted", s.Amount.String()}, {"used", "Used", s.Used.String()}, {"balance", "Balance", s.Balance.String()},
			{"expires_at", "Expires", expires}, {"warning_days", "Warning", strconv.Itoa(days)}}}
	return NewDelivery(key, target, fmt.Sprintf("Credit %s: %s expires in %s", s.Name, left, leftUntil(s.Expires, now)), body, now), true
}

// leftUntil says how long it is until an instant, in days, or in hours if it is
// less than two days.
func leftUntil(t, now time.Time) string {
	hours := int(t.Sub(now).Hours())
	switch {
	case hours >= 48:
		return strconv.Itoa(hours/24) + " days"
	case hours == 1:
		return "1 hour"
	case hours >= 1:
		return strconv.Itoa(hours) + " hours"
	}
	return "less than an hour"
}
