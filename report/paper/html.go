package paper

import (
	"bufio"
	_ "embed"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// HTML writes the page as one file of HTML. Every text is escaped by the place it
// stands in, and the file forbids scripts and the network to itself.
func HTML(w io.Writer, in *Input) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	err = t.Execute(out, struct {
		Style template.CSS
		Page  *page
	}{template.CSS(styleText), compose(in)})
	if err != nil {
		return err
	}
	return out.Flush()
}
