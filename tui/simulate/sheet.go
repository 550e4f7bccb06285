package simulate

import "tokpit/tui/ui"

// Sheet implements ui.Page.
func (p *Page) Sheet() func() *ui.Sheet { return nil }
