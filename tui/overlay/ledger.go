package overlay

import (
	"context"
	"errors"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
)

// Ledger writes whole months to files, as tokpit export does. Its methods take a
// while and are called from commands.
type Ledger interface {
	// Forms are what a file can be, the usual one first.
	Forms() []LedgerForm
	// Folder is where a file goes that an order calls so; "" is any.
	Folder(file string) string
	// Command is how the same ledger is reached from a shell: tokpit, and the flags
	// that say which.
	Command() string
	// Months lists those with usage, newest first.
	Months(context.Context) ([]Month, error)
	// Write writes a file. It tells in rows how far it is, and leaves nothing behind
	// if it does not come to its end. The error is [ErrThere] where a file would be
	// replaced that the order does not want replaced.
	Write(ctx context.Context, o LedgerOrder, rows *atomic.Int64) (*LedgerFile, error)
}

// ErrThere means that there is a file of that name.
var ErrThere = errors.New("there is a file of that name")

// ErrPart means that something was written for all that went wrong; the error that
// it is in says what is there.
var ErrPart = errors.New("not all was written")

// LedgerForm is a form of a month.
type LedgerForm struct {
	Name   string // as the command calls it
	Title  string
	Ending string
	About  string
}

// Month is a billing cycle that can be written.
type Month struct {
	Name  string // by the month in which it begins: "2026-10"
	Title string
	State string // in a word or two
	Ended bool
	// Sums are what it comes to, by currency; nil if that takes longer to find out.
	Sums []MonthSum
}

// MonthSum is what a month comes to in one currency.
type MonthSum struct {
	Currency  string
	Cost      money.Amount
	Cash      money.Amount
	CashKnown bool
}

// LedgerOrder is what somebody wants to have.
type LedgerOrder struct {
	Month   string
	Form    string
	File    string // its name, in the folder of the ledger, or a path; ~ is the home
	Replace bool
}

// LedgerFile is a file that was written.
type LedgerFile struct {
	Path     string
	Manifest string // its name, beside the file
	Rows     int64  // 0 of a page
	// Sums are what the columns that matter add up to, with every digit.
	Sums []LedgerSum
	// Lacks says what is not in these sums, and what else its reader should know.
	Lacks []string
}

// LedgerSum is what a column adds up to.
type LedgerSum struct{ Column, Currency, Amount string }

// Reply is an answer that a box waits for. The root model calls it, also if the
// box has been closed by then.
type Reply func() tea.Cmd
