package ui

import "charm.land/bubbles/v2/key"

// Brief returns a binding with a shorter description, for the footer.
func Brief(b key.Binding, desc string) key.Binding { return BriefKey(b, b.Help().Key, desc) }

// BriefKey is [Brief] with another name for the key, where one name in the
// footer stands for two bindings.
func BriefKey(b key.Binding, keys, desc string) key.Binding {
	b.SetHelp(keys, desc)
	return b
}
