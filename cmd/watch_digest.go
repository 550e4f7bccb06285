package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/config"
	"tokpit/report"
)

// digestDelay is how long after the end of a week or month its digest is made:
// by then providers have reported most of it.
const digestDelay = 6 * time.Hour

// digest sends the digest of the last week or month, once for each target. What
// was sent is known by period and target, so it does not matter how many watches
// there are, and one that starts on Thursday still sends that of last week.
func (s *sentry) digest(ctx context.Context) error {
	kind := map[string]report.DigestKind{config.DigestWeekly: report.DigestWeek, config.DigestMonthly: report.DigestMonth}[s.app.config.Notify.Digest]
	if kind == "" || s.app.demo {
		return nil
	}
	p := s.app.lastPeriod(kind)
	first := p.span.Since.In(s.app.zone).Format(time.DateOnly)
	if s.app.now().Sub(p.span.Until) < digestDelay || s.digested == first {
		return nil
	}
	missing, err := s.undigested(ctx, kind, first)
	if err != nil {
		return s.failing(ctx, "digest", "", err)
	}
	if len(missing) > 0 {
		if err := s.sendDigest(ctx, p, first, missing); err != nil {
			return s.failing(ctx, "digest", "", err)
		}
	}
	s.digested = first
	return nil
}

// undigested are the targets that have not got the digest of a period.
func (s *sentry) undigested(ctx context.Context, kind report.DigestKind, first string) ([]string, error) {
	all, err := s.app.store.Deliveries(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, target := range s.app.config.Notify.DigestTo {
		target = strings.TrimSpace(target)
		key := digestKey(kind, first, target)
		if !slices.Contains(out, target) && !slices.ContainsFunc(all, func(d budget.Delivery) bool { return d.Key == key }) {
			out = append(out, target)
		}
	}
	return out, nil
}

func (s *sentry) sendDigest(ctx context.Context, p digestPeriod, first string, targets []string) error {
	d, err := s.app.makeDigest(ctx, p)
	if err != nil {
		return err
	}
	if d.Report.Total.Records == 0 && d.Moved.Before.Records == 0 && len(d.Budgets) == 0 {
		return nil // there is nothing to say
	}
	var deliveries []budget.Delivery
	body := d.Body()
	for _, target := range targets {
		deliveries = append(deliveries, budget.NewDelivery(digestKey(p.kind, first, target), target, d.Subject(), body, s.app.now()))
	}
	added, err := s.app.store.Enqueue(ctx, deliveries...)
	if err == nil && added > 0 {
		s.log.say(event{What: "digest", Text: fmt.Sprintf("%s, for %s", d.Title(), count(int64(added), "target"))})
	}
	return err
}

// digestKey names the digest of a period for a target, however often and
// wherever it is made.
func digestKey(kind report.DigestKind, first, target string) string {
	sum := sha256.Sum256([]byte("tokpit-digest-1\x00" + string(kind) + "\x00" + first + "\x00" + target))
	return hex.EncodeToString(sum[:16])
}
