package cmd

import (
	"tokpit/usage/importer"
	"tokpit/usage/importer/apilog"
	"tokpit/usage/importer/bedrock"
	"tokpit/usage/importer/focuscsv"
	"tokpit/usage/importer/otel"
)

// formats are the forms of files that imports know, beside the column maps.
func formats() []importer.Format {
	return []importer.Format{
		focuscsv.Format{},
		bedrock.Format{},
		apilog.Format{},
		otel.Format{},
	}
}
