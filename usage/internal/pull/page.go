package pull

import (
	"iter"
	"time"

	"tokpit/usage"
)

// MaxPages is how many pages one list may have.
const MaxPages = 100_000

// Pages asks for page after page: next gets a cursor ("" for the first page)
// and returns that of the next page, or "" at the end. A cursor that was there
// before is an [Error]: the pages would never end, and what they hold would be
// counted again.
func Pages(next func(cursor string) (string, error)) error {
	seen := map[string]bool{}
	for cursor := ""; ; {
		to, err := next(cursor)
		if err != nil || to == "" {
			return err
		}
		if seen[to] || len(seen) >= MaxPages {
			return &Error{Code: CodePaging, Final: true, Message: "the provider's pages repeat themselves",
				Advice: "nothing of this list was counted twice; try again later, and tell the provider if it stays"}
		}
		seen[to] = true
		cursor = to
	}
}

// Windows splits [since, until) into spans of at most limit whole buckets,
// oldest first. Both ends are moved outwards to bucket boundaries in UTC.
// Nothing comes of an empty span.
func Windows(since, until time.Time, bucket time.Duration, limit int) iter.Seq[usage.Span] {
	from, to := Floor(since, bucket), Ceil(until, bucket)
	step := bucket * time.Duration(max(1, limit))
	return func(yield func(usage.Span) bool) {
		for at := from; at.Before(to); at = at.Add(step) {
			end := at.Add(step)
			if end.After(to) {
				end = to
			}
			if !yield(usage.Span{Since: at, Until: end}) {
				return
			}
		}
	}
}

// Floor returns the beginning of the bucket that t lies in, in UTC.
func Floor(t time.Time, bucket time.Duration) time.Time { return t.UTC().Truncate(bucket) }

// Ceil returns t if a bucket begins there, else the beginning of the next.
func Ceil(t time.Time, bucket time.Duration) time.Time {
	f := Floor(t, bucket)
	if f.Equal(t) {
		return f
	}
	return f.Add(bucket)
}
