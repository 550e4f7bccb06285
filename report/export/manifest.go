package export

import (
	"encoding/json"
	"io"
)

// ManifestSchema names the shape of a manifest. Fields may be added; a change
// needs a new number.
const ManifestSchema = "tokpit.manifest/1"

// Manifest says what is in a file, so that whoever gets it can see whether it is
// whole and what it was made from. It stands beside the file.
type Manifest struct {
	Schema  string `json:"schema"`
	AsOf    string `json:"as_of"`   // RFC 3339, UTC
	Version string `json:"version"` // of tokpit
	File    string `json:"file"`
	Format  string `json:"format"`
	Table   string `json:"table"` // schema of the columns
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`

	Since   *string             `json:"since"` // RFC 3339, UTC, half open; null is open
	Until   *string             `json:"until"`
	Zone    string              `json:"tz"`
	Basis   string              `json:"basis"`
	Filter  map[string][]string `json:"filter"`
	Cycle   *ManifestCycle      `json:"cycle"` // null if the span is no billing cycle
	Columns []ManifestColumn    `json:"columns"`
	Rows    int64               `json:"rows"`
	// Sums are what the columns add up to: whole numbers, and amounts by currency.
	Sums map[string]any `json:"sums"`

	PriceBook string `json:"price_book"`
	Revision  uint64 `json:"revision"`   // of the store
	AuditHead string `json:"audit_head"` // of the trail of decisions, see tokpit audit
	// Unpriced is what could not be priced, and so is in no amount.
	Unpriced []ManifestUnpriced `json:"unpriced"`
	// LeftOut is the number of tokens that the format has no place for.
	LeftOut int64          `json:"left_out"`
	Notes   []ManifestNote `json:"notes"`
}

// ManifestCycle is the billing cycle that a file is of.
type ManifestCycle struct {
	Name  string `json:"name"`  // "2026-10"
	State string `json:"state"` // open, closing, closed or invoiced
	// Frozen: the rows of all accounts of Closes are those that were frozen.
	Frozen bool            `json:"frozen"`
	Closes []ManifestClose `json:"closes"`
}

// ManifestClose is a close of the cycle, see tokpit close.
type ManifestClose struct {
	Name      string  `json:"name"`
	Account   *string `json:"account"` // null: all that are not closed by themselves
	ClosedAt  string  `json:"closed_at"`
	PriceBook string  `json:"price_book"`
	SHA256    string  `json:"sha256"` // of the frozen entries
}

// ManifestColumn is a column of the file.
type ManifestColumn struct {
	Name  string `json:"name"`
	About string `json:"about,omitempty"`
}

// ManifestUnpriced is usage without a price.
type ManifestUnpriced struct {
	Provider *string `json:"provider"`
	Model    *string `json:"model"`
	Tokens   int64   `json:"tokens"`
}

// ManifestNote is something that a reader of the figures should know.
type ManifestNote struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// WriteTo writes the manifest as JSON.
func (m *Manifest) WriteTo(w io.Writer) (int64, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, err
	}
	n, err := w.Write(append(text, '\n'))
	return int64(n), err
}
