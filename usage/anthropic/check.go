package anthropic

import (
	"context"
	"net/url"
	"time"

	"tokpit/usage/internal/buckets"
)

// triesOfTest is how often a test of the connection asks: a person waits.
const triesOfTest = 2

// Test asks for as little as possible and returns what is wrong with the
// address, the key or its rights, or nil.
func (s *Source) Test(ctx context.Context) error {
	key, err := s.key(ctx)
	if err != nil {
		return err
	}
	c, err := s.client(key, "", triesOfTest)
	if err != nil {
		return err
	}
	defer c.Close()
	today := s.opt.Now().UTC().Truncate(buckets.Day)
	var got page
	err = c.Get(ctx, "organizations/usage_report/messages", url.Values{
		"starting_at": {today.Add(-DefaultTrailing * buckets.Day).Format(time.RFC3339)}, "ending_at": {today.Format(time.RFC3339)},
		"bucket_width": {"1d"}, "limit": {"1"}}, &got)
	if err != nil {
		return err
	}
	return got.check()
}
