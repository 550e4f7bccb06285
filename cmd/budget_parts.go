package cmd

import (
	"tokpit/report"
	"tokpit/usage"
)

// contributorJSON is a part of a budget's spend.
type contributorJSON struct {
	Kind string  `json:"kind"` // value, none, other or fees
	ID   *string `json:"id"`   // null unless kind is value
	Name *string `json:"name"`
	Cost string  `json:"cost"`
}

// contributorsJSON divides a budget's spend by a dimension; it adds up to it.
type contributorsJSON struct {
	By    usage.Dimension   `json:"by"`
	Parts []contributorJSON `json:"parts"`
}

func contributorsOf(all []report.Breakdown) []contributorsJSON {
	kinds := map[report.PartKind]string{report.PartValue: "value", report.PartNone: "none", report.PartOther: "other", report.PartFees: "fees"}
	out := []contributorsJSON{}
	for _, b := range all {
		j := contributorsJSON{By: b.By, Parts: []contributorJSON{}}
		for _, p := range b.Parts {
			j.Parts = append(j.Parts, contributorJSON{kinds[p.Kind], optional(p.Value), optional(p.Label), p.Cost.String()})
		}
		out = append(out, j)
	}
	return out
}
