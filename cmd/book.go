package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tokpit/config"
	"tokpit/pricing"
)

// pricesFile is where adopted price lists are kept: a file of the user's data
// directory that a person can read and compare. The embedded book is never
// changed.
func (a *app) pricesFile() (string, error) {
	dir, err := a.env.dataDir()
	return filepath.Join(dir, "prices.csv"), err
}

// loadBook puts the user's prices over the embedded book: lists that were
// adopted, then the configuration's overrides. The demo has neither.
func (a *app) loadBook() error {
	a.latest = pricing.Embedded()
	if !a.demo {
		additions, err := a.readAdditions()
		if err != nil {
			return err
		}
		if a.latest, err = a.adopting(additions); err != nil {
			return err
		}
	}
	a.book = a.latest
	if a.bookVersion != "" {
		old, ok := a.latest.ByVersion(a.bookVersion)
		if !ok {
			return hint(fmt.Errorf("there is no price book of version %q", clip(a.bookVersion)), "tokpit prices versions lists them")
		}
		a.book = old
	}
	return nil
}

// adopting puts adopted lists, then the configuration's overrides, over the
// embedded book.
func (a *app) adopting(additions pricing.Additions) (*pricing.Book, error) {
	book, err := pricing.Embedded(), error(nil)
	if len(additions.Imports) > 0 {
		if book, err = book.Adding(additions); err != nil {
			return nil, hint(err, "tokpit prices rollback takes the newest list away again")
		}
	}
	overlay, err := overlayOf(&a.config)
	if err == nil && len(overlay.Prices)+len(overlay.Discounts)+len(overlay.Aliases) > 0 {
		book, err = book.With(overlay)
	}
	if err != nil {
		return nil, hint(fmt.Errorf("config: %w", err), "correct the [[price]], [[discount]] or [[alias]] that is named")
	}
	return book, nil
}

func (a *app) readAdditions() (pricing.Additions, error) {
	path, err := a.pricesFile()
	if err != nil {
		return pricing.Additions{}, nil // no home: nothing adopted
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pricing.Additions{}, nil
	}
	if err != nil {
		return pricing.Additions{}, fmt.Errorf("read adopted prices: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, pricing.MaxFile+1))
	if err != nil {
		return pricing.Additions{}, fmt.Errorf("read adopted prices: %w", err)
	}
	additions, err := pricing.ReadAdditions(text)
	if err != nil {
		return pricing.Additions{}, hint(fmt.Errorf("%s: %w", path, err), "move the file away to go back to the embedded book")
	}
	return additions, nil
}

// overlayOf turns the configuration's text into prices.
func overlayOf(f *config.File) (pricing.Overlay, error) {
	var o pricing.Overlay
	var err error
	at := func(what string, i int, text string) time.Time {
		t, e := parseInstant(text)
		if e != nil && err == nil {
			err = fmt.Errorf("[[%s]] %d: %w", what, i+1, e)
		}
		return t
	}
	for i, p := range f.Prices {
		o.Prices = append(o.Prices, pricing.OwnPrice{Provider: p.Provider, Model: p.Model, Tier: p.Tier,
			From: at("price", i, p.From), To: at("price", i, p.To), Input: p.Input, CacheRead: p.CacheRead, CacheWrite5m: p.CacheWrite5m,
			CacheWrite1h: p.CacheWrite1h, Output: p.Output, ContextOver: p.ContextOver, Inclusive: p.Inclusive, Currency: p.Currency, Note: p.Note})
	}
	for i, d := range f.Discounts {
		o.Discounts = append(o.Discounts, pricing.Discount{Provider: d.Provider, Model: d.Model, Percent: d.Percent,
			From: at("discount", i, d.From), To: at("discount", i, d.To)})
	}
	for i, n := range f.Aliases {
		o.Aliases = append(o.Aliases, pricing.Alias{Name: n.Name, Provider: n.Provider, Model: n.Model,
			From: at("alias", i, n.From), To: at("alias", i, n.To)})
	}
	return o, err
}

// parseInstant reads a day (00:00 UTC) or an instant; "" is the zero time.
func parseInstant(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04Z"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no day (2026-11-20) and no instant (2026-11-20T15:00:00Z)", clip(text))
}
