package export

import (
	"fmt"
	"strconv"
	"strings"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// Namespaces and types, as ECMA-376 names them.
const (
	nsMain     = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	nsRelation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	nsPackage  = "http://schemas.openxmlformats.org/package/2006/"
	nsDrawing  = "http://schemas.openxmlformats.org/drawingml/2006/"

	typeOffice = "application/vnd.openxmlformats-officedocument."
	typeSheets = typeOffice + "spreadsheetml."
	typeCore   = "application/vnd.openxmlformats-package.core-properties+xml"
)

// relation is what one part says of another.
type relation struct{ kind, target string }

// relations is a part that names other parts; the first has the id rId1.
func relations(all ...relation) string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="` + nsPackage + `relationships">`)
	for i, r := range all {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s" Target="%s"/>`, i+1, r.kind, r.target)
	}
	b.WriteString(`</Relationships>`)
	return b.String()
}

// pair is the path of a part and what is in it.
type pair struct{ path, text string }

func (b *Workbook) parts(all ...pair) error {
	for _, p := range all {
		if err := b.part(p.path, p.text); err != nil {
			return err
		}
	}
	return nil
}

// opening writes the parts that are known before the first row. That they come
// first lets programs that look at the beginning of a file see what it is.
func (b *Workbook) opening() error {
	core := `<cp:coreProperties xmlns:cp="` + nsPackage + `metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
		`<dc:title>` + attribute(b.Summary.Title) + `</dc:title><dc:creator>tokpit</dc:creator></cp:coreProperties>`
	return b.parts(
		pair{"_rels/.rels", relations(relation{nsRelation + "/officeDocument", "xl/workbook.xml"},
			relation{nsPackage + "relationships/metadata/core-properties", "docProps/core.xml"})},
		pair{"docProps/core.xml", core},
		pair{"xl/styles.xml", stylesPart()},
	)
}

// closing writes the parts that name the others.
func (b *Workbook) closing() error {
	names := []string{summarySheet, daysSheet}
	for n := range b.sheets {
		names = append(names, dataSheet(n+1))
	}
	var book strings.Builder
	book.WriteString(`<workbook xmlns="` + nsMain + `" xmlns:r="` + nsRelation + `"><bookViews><workbookView activeTab="0"/></bookViews><sheets>`)
	var all []relation
	for i, name := range names {
		fmt.Fprintf(&book, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, i+1, i+1)
		all = append(all, relation{nsRelation + "/worksheet", "worksheets/sheet" + strconv.Itoa(i+1) + ".xml"})
	}
	book.WriteString(`</sheets><definedNames>`)
	for i, last := range b.last { // without the name, Excel does not know what it filters
		fmt.Fprintf(&book, `<definedName name="_xlnm._FilterDatabase" localSheetId="%d" hidden="1">'%s'!$A$1:$%s$%d</definedName>`,
			firstData-1+i, dataSheet(i+1), b.refs[len(b.refs)-1], last)
	}
	book.WriteString(`</definedNames></workbook>`)
	return b.parts(
		pair{"xl/workbook.xml", book.String()},
		pair{"xl/_rels/workbook.xml.rels", relations(append(all, relation{nsRelation + "/styles", "styles.xml"})...)},
		pair{"[Content_Types].xml", b.contentTypes(len(names))},
	)
}

// contentTypes is the part that says what each part is.
func (b *Workbook) contentTypes(sheets int) string {
	var out strings.Builder
	out.WriteString(`<Types xmlns="` + nsPackage + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>`)
	add := func(path, kind string) {
		out.WriteString(`<Override PartName="/` + path + `" ContentType="` + kind + `"/>`)
	}
	add("docProps/core.xml", typeCore)
	add("xl/workbook.xml", typeSheets+"sheet.main+xml")
	add("xl/styles.xml", typeSheets+"styles+xml")
	for n := range sheets {
		add(sheetPath(n+1), typeSheets+"worksheet+xml")
	}
	if b.charts > 0 {
		add(drawingPath, typeOffice+"drawing+xml")
	}
	for n := range b.charts {
		add(chartPath(n+1), typeOffice+"drawingml.chart+xml")
	}
	out.WriteString(`</Types>`)
	return out.String()
}
