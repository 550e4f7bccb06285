// Package focuscsv brings in bills in FOCUS, the FinOps Foundation's common form
// of cost data, versions 1.0 to 1.3, as comma-separated text: exports of AWS,
// Azure, Google Cloud and others, and tokpit's own (tokpit export focus).
//
// A bill is money without tokens. Every row becomes a record on the basis
// "billed", which stands beside usage and is never added to it: the sum of an
// import is the sum of its column BilledCost, digit for digit.
//
// BilledCost is what the invoice says, and so it is what counts here. EffectiveCost
// spreads purchases made ahead over the usage that they pay for: it never agrees
// with an invoice, and adding it to BilledCost counts a commitment twice. Rows of
// all categories are kept, tax and purchases too, or the sum would not be the
// invoice's; credits and refunds are negative. What is no AI service is kept as
// well, under its service and service_category tags, so that a report can leave it
// out and somebody who reconciles can leave it in.
//
// Traps of the form:
//
//   - Versions differ in names: ProviderName became ServiceProviderName in 1.3,
//     and columns of newer drafts have x_ before their names. Both are read.
//   - A row has no id. Two rows may agree in everything that is kept here and still
//     be two charges (for two machines), so a row is known by all of its cells, and
//     equal ones are numbered. The number of the invoice is left out, because it is
//     filled in later. A charge that the vendor has revised is another row: undo
//     the import of an unfinished month before bringing in the finished one.
//   - A charge longer than a day (a month's fee) counts on its first day.
//   - Spreadsheets write dates and decimals in their own way when they save such a
//     file again. Semicolons with decimal commas are understood; other doubt is
//     refused.
package focuscsv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tokpit/internal/clean"
	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/importer/rows"
)

// Name of the format.
const Name = "focus"

// Format reads FOCUS bills.
type Format struct{}

// Name implements [importer.Format].
func (Format) Name() string { return Name }

// Title implements [importer.Format].
func (Format) Title() string { return "a bill in FOCUS 1.0 to 1.3 (CSV): money without tokens" }

// The columns that are read, in any spelling.
type column int

const (
	billedCost column = iota
	currency
	periodStart
	periodEnd
	billingAccount
	subAccount
	subAccountName
	providerName
	serviceProvider
	serviceName
	serviceCategory
	chargeCategory
	chargeClass
	description
	skuMeter
	skuID
	details
	region
	regionName
	invoice
	tags
	quantity
	unit
	credential
	principal
	organization
	environment
	source
	columns
)

// named returns the column of a name: lower case, without what stands between
// words, and without the x_ of columns that their version does not have yet.
func named(name string) (column, bool) {
	c, ok := map[string]column{
		"billedcost": billedCost, "billingcurrency": currency, "chargeperiodstart": periodStart, "chargeperiodend": periodEnd,
		"billingaccountid": billingAccount, "subaccountid": subAccount, "subaccountname": subAccountName,
		"providername": providerName, "serviceprovidername": serviceProvider, "servicename": serviceName, "servicecategory": serviceCategory,
		"chargecategory": chargeCategory, "chargeclass": chargeClass, "chargedescription": description, "skumeter": skuMeter, "skuid": skuID,
		"skupricedetails": details, "regionid": region, "xregion": region, "regionname": regionName, "invoiceid": invoice, "tags": tags,
		"consumedquantity": quantity, "consumedunit": unit, "credentialid": credential, "xcredentialid": credential,
		"principalid": principal, "xprincipalid": principal, "xorganization": organization, "xenvironment": environment, "xsource": source,
	}[spelled(name)]
	return c, ok
}

func spelled(name string) string {
	return strings.NewReplacer("_", "", " ", "", "-", "").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// Sniff implements [importer.Format].
func (Format) Sniff(_ string, head []byte) importer.Likelihood {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	fields, _, err := rows.NewCSV(bytes.NewReader(line), rows.Comma(head)).Next()
	if err != nil {
		return importer.Foreign
	}
	if _, err := columnsOf(fields); err != nil {
		return importer.Foreign
	}
	return importer.Certain
}

var (
	errNotFOCUS = errors.New("no columns BilledCost and ChargePeriodStart: not a bill in FOCUS")
	errEmpty    = errors.New("an empty file")
)

// columnsOf returns where the columns stand; -1 where there is none. Of two of the
// same meaning the first counts.
func columnsOf(header [][]byte) ([columns]int, error) {
	var at [columns]int
	for i := range at {
		at[i] = -1
	}
	for i, name := range header {
		if c, ok := named(string(name)); ok && at[c] < 0 {
			at[c] = i
		}
	}
	if at[billedCost] < 0 || at[periodStart] < 0 {
		return at, errNotFOCUS
	}
	return at, nil
}

// Read implements [importer.Format].
func (Format) Read(ctx context.Context, r io.Reader, o importer.Options, out *importer.Out) error {
	head := make([]byte, importer.HeadSize)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		r = bytes.NewReader(nil)
	}
	head = head[:n]
	comma := rows.Comma(head)
	table := rows.NewCSV(io.MultiReader(bytes.NewReader(head), r), comma)
	header, bad, err := table.Next()
	switch {
	case err == io.EOF:
		return errEmpty
	case err != nil:
		return err
	case bad != "":
		return fmt.Errorf("line 1: %s", bad)
	}
	d := decoder{comma: comma, o: o, width: len(header)}
	if d.at, err = columnsOf(header); err != nil {
		return err
	}
	for i, name := range header {
		if !slices.Contains(d.at[:], i) {
			out.Ignore(clean.Text(string(name)))
		}
	}
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		fields, bad, err := table.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var rec usage.Record
		if bad == "" {
			rec, bad = d.record(fields)
		}
		if bad != "" {
			out.Refuse(table.Line(), bad)
			continue
		}
		rec.ID = out.Identify(d.content(fields))
		if err := out.Add(&rec); err != nil {
			return err
		}
	}
}
