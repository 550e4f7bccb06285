package cmd

import "tokpit/usage/importer"

// formats are the forms of files that imports know, beside the column maps.
func formats() []importer.Format {
	return []importer.Format{}
}
