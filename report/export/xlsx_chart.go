package export

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// plot is what a chart can be drawn from: rows of a table of sums.
type plot struct {
	sheet  string
	first  int // row; the one above is the header
	points []point
}

// point is one row. Amounts are numbers as they are in the cells; "" is none.
type point struct{ name, currency, cash, cost string }

// currency is what all amounts are in; "" if they are in several, or there are
// none.
func (p *plot) currency() string {
	out := ""
	for _, one := range p.points {
		if one.cash == "" && one.cost == "" {
			continue
		}
		if out != "" && one.currency != out {
			return ""
		}
		out = one.currency
	}
	return out
}

// format is that of numbers on the axis: small amounts have cents.
func (p *plot) format() string {
	const small = 10
	for _, one := range p.points {
		for _, text := range []string{one.cash, one.cost} {
			if f, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(f) >= small {
				return "#,##0"
			}
		}
	}
	return "#,##0.00"
}

// chart is a chart of cash, and of cost if that is something else.
type chart struct {
	title string
	from  plot
	lying bool // bars, the first at the top; else columns from left to right
	costs bool
}

const drawingPath = "xl/drawings/drawing1.xml"

func chartPath(n int) string { return "xl/charts/chart" + strconv.Itoa(n) + ".xml" }

// Size of a chart, and what is free below it, in rows of 20 pixels.
const (
	pixel       = 9525 // in the units of drawings, of which an inch has 914,400
	chartWidth  = 860
	chartHeight = 400
	chartRows   = 22
	chartColumn = 10 // the first is 0
)

// drawCharts writes charts, one below the other, and the drawing that has them.
func (b *Workbook) drawCharts(all []chart) error {
	b.charts = len(all)
	if b.charts == 0 {
		return nil
	}
	var out strings.Builder
	out.WriteString(`<xdr:wsDr xmlns:xdr="` + nsDrawing + `spreadsheetDrawing" xmlns:a="` + nsDrawing + `main">`)
	var names []relation
	for i, c := range all {
		fmt.Fprintf(&out, `<xdr:oneCellAnchor><xdr:from><xdr:col>%d</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>%d</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>`+
			`<xdr:ext cx="%d" cy="%d"/><xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="%d" name="Chart %d" descr="%s"/><xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr>`+
			`<xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic><a:graphicData uri="`+nsDrawing+`chart">`+
			`<c:chart xmlns:c="`+nsDrawing+`chart" xmlns:r="`+nsRelation+`" r:id="rId%d"/></a:graphicData></a:graphic></xdr:graphicFrame><xdr:clientData/></xdr:oneCellAnchor>`,
			chartColumn, 1+i*chartRows, chartWidth*pixel, chartHeight*pixel, i+2, i+1, attribute(c.title), i+1)
		names = append(names, relation{nsRelation + "/chart", "../charts/chart" + strconv.Itoa(i+1) + ".xml"})
		if err := b.part(chartPath(i+1), c.part()); err != nil {
			return err
		}
	}
	out.WriteString(`</xdr:wsDr>`)
	return b.parts(
		pair{drawingPath, out.String()},
		pair{"xl/drawings/_rels/drawing1.xml.rels", relations(names...)},
		pair{"xl/worksheets/_rels/sheet1.xml.rels", relations(relation{nsRelation + "/drawing", "../drawings/drawing1.xml"})},
	)
}

// part is the part of the file that a chart is in. The elements have an order.
func (c *chart) part() string {
	var b strings.Builder
	direction, place, values, order, crosses := "col", "b", "l", "minMax", "autoZero"
	if c.lying {
		direction, place, values, order, crosses = "bar", "l", "b", "maxMin", "max"
	}
	b.WriteString(`<c:chartSpace xmlns:c="` + nsDrawing + `chart" xmlns:a="` + nsDrawing + `main" xmlns:r="` + nsRelation + `"><c:roundedCorners val="0"/><c:chart>` +
		`<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1400" b="1"/></a:pPr><a:r><a:rPr lang="en-US" sz="1400" b="1"/><a:t>` + attribute(c.title) +
		`</a:t></a:r></a:p></c:rich></c:tx><c:overlay val="0"/></c:title><c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>` +
		`<c:barChart><c:barDir val="` + direction + `"/><c:grouping val="clustered"/><c:varyColors val="0"/>`)
	c.series(&b, 0, columnCash, "cash", "2F6690", func(p *point) string { return p.cash })
	if c.costs {
		c.series(&b, 1, columnCost, "cost", "A9BCD0", func(p *point) string { return p.cost })
	}
	const line = `<c:spPr><a:ln w="9525"><a:solidFill><a:srgbClr val="D9D9D9"/></a:solidFill></a:ln></c:spPr>`
	b.WriteString(`<c:gapWidth val="40"/><c:axId val="1"/><c:axId val="2"/></c:barChart>` +
		`<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="` + order + `"/></c:scaling><c:delete val="0"/><c:axPos val="` + place + `"/>` +
		`<c:numFmt formatCode="@" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/>` + line +
		`<c:crossAx val="2"/><c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:noMultiLvlLbl val="1"/></c:catAx>` +
		`<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/><c:axPos val="` + values + `"/>` +
		`<c:majorGridlines>` + line + `</c:majorGridlines><c:numFmt formatCode="` + c.from.format() + `" sourceLinked="0"/>` +
		`<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:spPr><a:ln><a:noFill/></a:ln></c:spPr>` +
		`<c:crossAx val="1"/><c:crosses val="` + crosses + `"/><c:crossBetween val="between"/></c:valAx></c:plotArea>` +
		`<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend><c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart></c:chartSpace>`)
	return b.String()
}

// series writes a column of amounts: where its cells are and, for programs that
// show a chart without opening the sheet, what is in them.
func (c *chart) series(b *strings.Builder, n, column int, name, color string, value func(*point) string) {
	letters := columnNames(column)
	letter, last := letters[column-1], c.from.first+len(c.from.points)-1
	cells := func(column string, first int) string {
		if first == last || first < c.from.first {
			return fmt.Sprintf("'%s'!$%s$%d", c.from.sheet, column, first)
		}
		return fmt.Sprintf("'%s'!$%s$%d:$%s$%d", c.from.sheet, column, first, column, last)
	}
	fmt.Fprintf(b, `<c:ser><c:idx val="%d"/><c:order val="%d"/><c:tx><c:strRef><c:f>%s</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>%s</c:v></c:pt></c:strCache></c:strRef></c:tx>`+
		`<c:spPr><a:solidFill><a:srgbClr val="%s"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>`, n, n, cells(letter, c.from.first-1), name, color)
	count := fmt.Sprintf(`<c:ptCount val="%d"/>`, len(c.from.points))
	b.WriteString(`<c:cat><c:strRef><c:f>` + cells("A", c.from.first) + `</c:f><c:strCache>` + count)
	for i := range c.from.points {
		fmt.Fprintf(b, `<c:pt idx="%d"><c:v>%s</c:v></c:pt>`, i, attribute(c.from.points[i].name))
	}
	b.WriteString(`</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:f>` + cells(letter, c.from.first) + `</c:f><c:numCache><c:formatCode>#,##0.00</c:formatCode>` + count)
	for i := range c.from.points {
		if v := value(&c.from.points[i]); v != "" {
			fmt.Fprintf(b, `<c:pt idx="%d"><c:v>%s</c:v></c:pt>`, i, v)
		}
	}
	b.WriteString(`</c:numCache></c:numRef></c:val></c:ser>`)
}
