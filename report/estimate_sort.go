package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tokpit/money"
)

// EstimateOrder is a column that estimates can be sorted by.
type EstimateOrder string

// The columns. Of a range the likeliest value counts.
const (
	OrderTotal  EstimateOrder = "total" // also the order per day and per month
	OrderInput  EstimateOrder = "input"
	OrderOutput EstimateOrder = "output"
	OrderCached EstimateOrder = "cached"
	OrderBatch  EstimateOrder = "batch"
	OrderTokens EstimateOrder = "tokens"
	OrderWindow EstimateOrder = "window"
	OrderModel  EstimateOrder = "model"
	OrderUsed   EstimateOrder = "used" // the user's own requests
)

// EstimateOrders lists the columns.
func EstimateOrders() []EstimateOrder {
	return []EstimateOrder{OrderTotal, OrderInput, OrderOutput, OrderCached, OrderBatch, OrderTokens, OrderWindow, OrderModel, OrderUsed}
}

// ParseEstimateOrder reads a column's name; a "-" before it turns the order round.
func ParseEstimateOrder(s string) (by EstimateOrder, reverse bool, err error) {
	name, reverse := strings.CutPrefix(strings.TrimSpace(s), "-")
	if by = EstimateOrder(name); !slices.Contains(EstimateOrders(), by) {
		return "", false, &InputError{fmt.Sprintf("cannot sort by %q", clip(s)), "sort by one of " + orderNames() + "; -" + string(OrderTotal) + " begins with the largest"}
	}
	return by, reverse, nil
}

func orderNames() string {
	names := make([]string, 0, len(EstimateOrders()))
	for _, o := range EstimateOrders() {
		names = append(names, string(o))
	}
	return strings.Join(names, ", ")
}

// SortEstimates sorts rows in place: smallest first, except that windows and own
// requests begin with the largest. What is not known comes last either way, and
// amounts in different currencies stay apart, US dollars first. Where an answer is
// part of the cost, models that give none come after the others of their currency.
func SortEstimates(rows []Estimated, by EstimateOrder, reverse bool) {
	slices.SortStableFunc(rows, func(a, b Estimated) int {
		x, xok := orderKey(&a, by)
		y, yok := orderKey(&b, by)
		if xok != yok {
			if xok {
				return -1
			}
			return 1
		}
		if x.currency != y.currency {
			return cmp.Or(cmp.Compare(rankCurrency(x.currency), rankCurrency(y.currency)), strings.Compare(x.currency, y.currency))
		}
		if by.answered() && a.Mute != b.Mute {
			if b.Mute {
				return -1
			}
			return 1
		}
		c := cmp.Or(x.amount.Cmp(y.amount), cmp.Compare(x.number, y.number))
		if by == OrderModel {
			c = compareRefs(a.ModelRef, b.ModelRef)
		}
		if reverse {
			c = -c
		}
		return cmp.Or(c, compareRefs(a.ModelRef, b.ModelRef))
	})
}

// answered reports whether the cost of an answer is part of what is sorted by.
func (o EstimateOrder) answered() bool {
	return o == OrderTotal || o == OrderOutput || o == OrderCached || o == OrderBatch
}

func rankCurrency(c string) int {
	if c == "USD" {
		return 0
	}
	return 1
}

// sortKey is what a row is sorted by: an amount or a number.
type sortKey struct {
	currency string
	amount   money.Amount
	number   int64
}

func orderKey(r *Estimated, by EstimateOrder) (sortKey, bool) {
	money := func(c CostRange, known bool) (sortKey, bool) {
		return sortKey{currency: r.Currency, amount: c.Point}, known && r.Priced
	}
	switch by {
	case OrderInput:
		return money(r.Input, true)
	case OrderOutput:
		return money(r.OutputCost, true)
	case OrderCached:
		return money(r.Cached.CostRange, r.Cached.Known)
	case OrderBatch:
		return money(r.Batch.CostRange, r.Batch.Known)
	case OrderTokens:
		return sortKey{number: r.Tokens.Point}, r.Counted
	case OrderWindow:
		return sortKey{number: -r.Window}, r.Window > 0
	case OrderUsed:
		return sortKey{number: -r.Requests}, r.Requests > 0
	case OrderModel:
		return sortKey{}, true
	}
	return money(r.Total, true)
}
