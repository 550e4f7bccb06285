package export

import (
	"fmt"
	"strings"
)

// style is the number of a look of cells: its place in the list of styles.
type style uint8

const (
	stylePlain style = iota
	styleTitle
	styleMuted
	styleBold
	styleHead
	styleHeadRight
	styleText // what is typed over stays text
	styleCount
	styleAmount // all digits that a number has
	styleCents
	styleDate
	styleTime
	styles // how many there are
)

// Formats of numbers: those below 164 are built in, the others are in the part.
const (
	formatGeneral = 0
	formatWhole   = 3  // #,##0
	formatText    = 49 // @
	formatAmount  = 164
	formatCents   = 165
	formatDate    = 166
	formatTime    = 167
)

// Places in the lists of fonts and fills.
const (
	fontPlain = iota
	fontBold
	fontTitle
	fontMuted
	fontHead

	fillNone = 0
	fillHead = 2 // 0 and 1 belong to the format
)

// appearance is what a style is made of.
type appearance struct {
	font, fill, format int
	align              string // across; "" leaves it to the kind of value
}

func looks() [styles]appearance {
	return [styles]appearance{
		stylePlain:     {},
		styleTitle:     {font: fontTitle, format: formatText},
		styleMuted:     {font: fontMuted, format: formatText},
		styleBold:      {font: fontBold, format: formatText},
		styleHead:      {font: fontHead, fill: fillHead, format: formatText, align: "left"},
		styleHeadRight: {font: fontHead, fill: fillHead, format: formatText, align: "right"},
		styleText:      {format: formatText},
		styleCount:     {format: formatWhole},
		styleAmount:    {format: formatAmount},
		styleCents:     {format: formatCents},
		styleDate:      {format: formatDate},
		styleTime:      {format: formatTime},
	}
}

// stylesPart is the part of the file that the cells' styles are in.
func stylesPart() string {
	var b strings.Builder
	b.WriteString(`<styleSheet xmlns="` + nsMain + `"><numFmts count="4">`)
	for i, code := range []string{"#,##0.00????????;-#,##0.00????????", "#,##0.00;-#,##0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"} {
		fmt.Fprintf(&b, `<numFmt numFmtId="%d" formatCode="%s"/>`, formatAmount+i, code)
	}
	const name = `<name val="Calibri"/><family val="2"/></font>`
	b.WriteString(`</numFmts><fonts count="5">` +
		`<font><sz val="11"/>` + name +
		`<font><b/><sz val="11"/>` + name +
		`<font><b/><sz val="16"/>` + name +
		`<font><sz val="11"/><color rgb="FF5B6770"/>` + name +
		`<font><b/><sz val="11"/><color rgb="FFFFFFFF"/>` + name +
		`</fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>` +
		`<fill><patternFill patternType="solid"><fgColor rgb="FF33475B"/><bgColor indexed="64"/></patternFill></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>`)
	all := looks()
	fmt.Fprintf(&b, `<cellXfs count="%d">`, len(all))
	for _, l := range all {
		fmt.Fprintf(&b, `<xf numFmtId="%d" fontId="%d" fillId="%d" borderId="0" xfId="0"`, l.format, l.font, l.fill)
		for _, one := range []struct {
			name string
			set  bool
		}{{"NumberFormat", l.format != formatGeneral}, {"Font", l.font != fontPlain}, {"Fill", l.fill != fillNone}} {
			if one.set {
				b.WriteString(` apply` + one.name + `="1"`)
			}
		}
		if l.align == "" {
			b.WriteString(`/>`)
			continue
		}
		fmt.Fprintf(&b, ` applyAlignment="1"><alignment horizontal="%s" vertical="center"/></xf>`, l.align)
	}
	b.WriteString(`</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`)
	return b.String()
}
