package budget

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type refusal struct {
	permanent bool
	wait      time.Duration
}

func (r refusal) Error() string       { return "no" }
func (r refusal) Permanent() bool     { return r.permanent }
func (r refusal) Wait() time.Duration { return r.wait }

func TestDelivery(t *testing.T) {
	now := at(t, "2026-11-20T10:00")
	d := NewDelivery("k", "mail: owner@example.com", "s", Body{}, now)
	if d.Channel != "mail" || d.To != "owner@example.com" || !d.Due(now) || d.Due(now.Add(-time.Minute)) {
		t.Errorf("%+v", d)
	}
	mine, ok := d.Claim("a", now)
	if _, second := mine.Claim("b", now.Add(LeaseTime-1)); !ok || second {
		t.Error("two hold it")
	}
	if theirs, ok := mine.Claim("b", now.Add(LeaseTime)); !ok || theirs.Finish("a", errors.New("late"), now).Claimed != "b" {
		t.Error("a dead sender's claim holds for ever")
	}
	failed := mine.Finish("a", errors.New("refused"), now)
	if failed.LastErr != "refused" || !failed.Open() || failed.Due(now.Add(30*time.Second)) || !failed.Due(now.Add(time.Minute)) {
		t.Errorf("%+v", failed)
	}
	if !failed.Due(now.Add(-100 * 24 * time.Hour)) {
		t.Error("a clock that was ahead delays it for days")
	}
	if done := mine.Finish("a", nil, now); done.Open() || done.Finish("a", errors.New("x"), now).LastErr != "" {
		t.Errorf("%+v", done)
	}
	if asked := mine.Finish("a", refusal{wait: time.Hour}, now); asked.NextTry != now.Add(time.Hour) {
		t.Errorf("%+v", asked)
	}
	gone := mine.Finish("a", refusal{permanent: true}, now)
	again := gone.Again(now)
	if gone.Open() || !again.Due(now) {
		t.Errorf("%+v", gone)
	}
}

// TestDeliveryIsTriedForDays against a receiver that never answers.
func TestDeliveryIsTriedForDays(t *testing.T) {
	now := at(t, "2026-11-20T10:00")
	d := NewDelivery("k", "hook", "s", Body{}, now)
	tries := 0
	for d.Open() && tries < 1000 {
		if now.Before(d.NextTry) {
			now = d.NextTry
		}
		mine, ok := d.Claim("a", now)
		if !ok {
			t.Fatalf("%+v is not due at %s", d, now)
		}
		tries++
		d = mine.Finish("a", errors.New("down"), now)
	}
	if age := d.GaveUp.Sub(d.Created); age < giveUpAfter || age > giveUpAfter+longestTry || tries < 15 || tries > 40 {
		t.Errorf("given up after %s and %d tries", age, tries)
	}
}

// TestDeliveriesArriveOnce: senders that take turns, die, and sit on slow
// receivers. Only who dies between sending and storing makes a second copy.
func TestDeliveriesArriveOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		stored := NewDelivery("k", "hook", "s", Body{}, now)
		accepted, lost := 0, 0
		held := make(map[string]Delivery)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 100).Draw(t, "seconds")) * time.Second)
			who := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who")
			if claim, busy := held[who]; busy {
				delete(held, who)
				switch rapid.SampledFrom([]string{"accepted", "refused", "dies before", "dies after"}).Draw(t, "outcome") {
				case "accepted":
					if now.Before(claim.Lease) { // senders stop in time
						accepted++
						stored = stored.Finish(who, nil, now)
					}
				case "refused":
					stored = stored.Finish(who, errors.New("no"), now)
				case "dies after":
					if now.Before(claim.Lease) {
						accepted++
						lost++
					}
				}
				continue
			}
			if claim, ok := stored.Claim(who, now); ok {
				stored, held[who] = claim, claim
			}
		}
		if accepted > lost+1 {
			t.Fatalf("%d copies, %d of which for want of a record", accepted, lost)
		}
		if stored.Done.IsZero() == (accepted > lost) {
			t.Fatalf("done %s after %d copies", stored.Done, accepted)
		}
	})
}
