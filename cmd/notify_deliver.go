package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"tokpit/budget"
	"tokpit/config"
)

const (
	// maxSending is how many messages are sent at once, and maxClaimed how many
	// are claimed at once: all of them are tried well before a claim ends.
	maxSending = 4
	maxClaimed = 8
	// lastWords is how long a message that is on its way may take when the
	// program is told to end, and then as long again to note how it went.
	lastWords = 5 * time.Second
)

// attempt is one try to deliver a message.
type attempt struct {
	budget.Delivery
	Where string // where it was sent, in words that tell no secret; "" if nowhere
	Err   error  // nil: the receiver has accepted it
	Took  time.Duration
}

// deliver sends what is due, until nothing is or ctx ends. Each outcome is
// stored, then told. It may run in several processes at once: what one of them
// has claimed the others leave alone. The error is the store's; that a message
// was not accepted is none.
func (a *app) deliver(ctx context.Context, ch *channels, told func(attempt)) error {
	by := senderName()
	for ctx.Err() == nil {
		batch, err := a.store.ClaimDue(ctx, by, a.now(), maxClaimed, ch.mine)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := a.sendAll(ctx, ch, by, batch, told); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) sendAll(ctx context.Context, ch *channels, by string, batch []budget.Delivery, told func(attempt)) error {
	var mu sync.Mutex // of the outcome
	var failed error
	var all sync.WaitGroup
	free := make(chan struct{}, maxSending)
	for _, d := range batch {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			try := a.send(ctx, ch, d)
			noting, end := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer end()
			err := a.store.FinishDelivery(noting, d.Key, by, try.Err, a.now())
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
			if told != nil {
				told(try)
			}
		})
	}
	all.Wait()
	return failed
}

// send hands one message over. When ctx ends it has a moment left: half a
// message may be a whole one to its receiver.
func (a *app) send(ctx context.Context, ch *channels, d budget.Delivery) (try attempt) {
	began := time.Now()
	try.Delivery = d
	defer func() {
		if p := recover(); p != nil {
			try.Err = hint(crash(p), "please report it; the other messages are not affected")
		}
		try.Err, try.Took = a.keys.clear(try.Err), time.Since(began)
	}()
	if ctx.Err() != nil { // claimed, but the end came first
		try.Err = errors.New("interrupted before it was sent")
		return try
	}
	sending, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	defer context.AfterFunc(ctx, func() {
		select {
		case <-time.After(lastWords):
			end()
		case <-sending.Done():
		}
	})()
	s, where, err := ch.of(sending, &d)
	if err != nil {
		try.Err = err
		return try
	}
	try.Where, try.Err = where, s.Send(sending, d)
	return try
}

// senderName differs between processes and between runs, and tells a person
// which process it was.
func senderName() string {
	return fmt.Sprintf("%d-%s", os.Getpid(), rand.Text()[:10])
}

// unserved says of targets that nothing serves what is missing.
func (a *app) unserved(targets ...string) error {
	var out []error
	seen := make(map[string]bool)
	for _, t := range targets {
		if err := a.serves(t); err != nil && !seen[t] {
			out = append(out, err)
		}
		seen[t] = true
	}
	return errors.Join(out...)
}

// targets are all that somebody is to be told through: those of the budgets,
// and of the digest.
func (a *app) targets(budgets []budget.Budget) []string {
	var out []string
	for i := range budgets {
		out = append(out, budgets[i].Targets()...)
	}
	out = append(out, a.config.Notify.To...)
	if n := &a.config.Notify; n.Digest == config.DigestWeekly || n.Digest == config.DigestMonthly {
		out = append(out, n.DigestTo...)
	}
	return out
}
