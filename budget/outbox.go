package budget

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// Delivery is one message to one target, from the moment it is decided until it
// has arrived or is given up. It is kept in the same transaction as the alert
// state that justifies it.
//
// Whoever sends: stores what [Delivery.Claim] returns, sends, and stores what
// [Delivery.Finish] returns. Dying in between costs a repetition at most, with
// the same key.
type Delivery struct {
	Key     string // idempotency key: the same message has the same
	Channel string // "mail", "webhook", "terminal", or a configured channel's name
	To      string // the address in the channel; "" where the channel has its own
	Subject string
	Body    Body

	Created  time.Time
	Attempts int // claims so far
	NextTry  time.Time
	// Claimed is who is at it, until Lease; "" if nobody.
	Claimed string
	Lease   time.Time
	Done    time.Time // when it arrived; zero until then
	GaveUp  time.Time // when it was given up; zero normally
	LastErr string    // of the last attempt, without secrets; "" when that succeeded
}

// Body is what a message says, for every channel to put into its own form.
type Body struct {
	Kind   string // "budget", "forecast", "anomaly", "credit", "limit", "digest", "test"
	Text   string // plain lines, complete in themselves
	Fields []Field
	// Level is "info", "warn" or "over".
	Level string
}

// Field is one figure of a message, exact.
type Field struct {
	Name  string // as in the JSON: "spent", "limit"
	Label string // for people: "Spent"
	Value string
}

// The policy of deliveries.
const (
	// LeaseTime is how long a claim lasts. A sender must be done, or have given
	// up its attempt, before it ends.
	LeaseTime  = 5 * time.Minute
	firstWait  = time.Minute
	longestTry = 6 * time.Hour
	// giveUpAfter and leastTries: a delivery is given up after both. A receiver
	// that is down over a long weekend still gets it.
	giveUpAfter = 4 * 24 * time.Hour
	leastTries  = 8
)

// SplitTarget divides an entry of Budget.Notify into channel and address:
// "mail:owner@example.com" or the name of a configured channel.
func SplitTarget(target string) (channel, to string) {
	channel, to, _ = strings.Cut(target, ":")
	return strings.TrimSpace(channel), strings.TrimSpace(to)
}

// NewDelivery returns the delivery of a message to a target.
func NewDelivery(key, target, subject string, body Body, now time.Time) Delivery {
	channel, to := SplitTarget(target)
	return Delivery{Key: key, Channel: channel, To: to, Subject: subject, Body: body, Created: now, NextTry: now}
}

// Open reports whether there is something left to do.
func (d *Delivery) Open() bool { return d.Done.IsZero() && d.GaveUp.IsZero() }

// Due reports whether an attempt may start. An appointment farther away than
// any wait can be was made by a clock that was ahead, and does not count.
func (d *Delivery) Due(now time.Time) bool {
	if !d.Open() {
		return false
	}
	if d.Claimed != "" && now.Before(d.Lease) && d.Lease.Sub(now) <= LeaseTime {
		return false
	}
	return !now.Before(d.NextTry) || d.NextTry.Sub(now) > 2*longestTry
}

// Claim returns the delivery as taken by a sender, whose name must differ
// between processes and between runs; ok is false if it is not due.
func (d Delivery) Claim(by string, now time.Time) (claimed Delivery, ok bool) {
	if by == "" || !d.Due(now) {
		return d, false
	}
	d.Claimed, d.Lease = by, now.Add(LeaseTime)
	d.Attempts++
	return d, true
}

// Retry is implemented by errors of senders that know more than that it went
// wrong.
type Retry interface {
	error
	// Permanent reports that the same message will never be accepted.
	Permanent() bool
	// Wait is how long the receiver asked to be left alone; 0 if it did not.
	Wait() time.Duration
}

// Finish returns the delivery after an attempt by a sender; err is nil if the
// receiver accepted. An outcome of somebody who no longer holds the claim counts
// only if it is success.
func (d Delivery) Finish(by string, err error, now time.Time) Delivery {
	if !d.Done.IsZero() {
		return d
	}
	if err == nil {
		d.Done, d.GaveUp, d.Claimed, d.Lease, d.LastErr = now, time.Time{}, "", time.Time{}, ""
		return d
	}
	if d.Claimed != by || !d.Open() {
		return d
	}
	d.Claimed, d.Lease, d.LastErr = "", time.Time{}, err.Error()
	wait := d.wait()
	var retry Retry
	if errors.As(err, &retry) {
		if retry.Permanent() {
			d.GaveUp = now
			return d
		}
		wait = min(max(wait, retry.Wait()), longestTry)
	}
	if d.Attempts >= leastTries && now.Sub(d.Created) >= giveUpAfter {
		d.GaveUp = now
		return d
	}
	d.NextTry = now.Add(wait)
	return d
}

// wait doubles with every attempt, up to six hours, less up to a quarter that
// the key decides: deliveries that failed together do not come back together.
func (d *Delivery) wait() time.Duration {
	wait := longestTry
	if n := d.Attempts - 1; n < 9 {
		wait = min(wait, firstWait<<max(0, n))
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(d.Key), uint64(d.Attempts)))
	part := time.Duration(binary.BigEndian.Uint16(sum[:2]))
	return wait - wait/4*part/65536
}

// Again returns a delivery that was given up, to be tried from the start.
func (d Delivery) Again(now time.Time) Delivery {
	if d.Done.IsZero() {
		d.GaveUp, d.Attempts, d.NextTry, d.Created, d.Claimed, d.Lease = time.Time{}, 0, now, now, "", time.Time{}
	}
	return d
}
