package clean

// KeyPrefixes are what the keys and tokens of well-known services begin with.
// Whoever keeps keys out of a screen, the store or an error looks for them; how
// long a word must be to count, and where it may stand, depends on the place.
func KeyPrefixes() []string {
	return []string{"sk-", "sk_", "tpk_", "pk-", "gsk_", "xai-", "ghp_", "AIza", "eyJ"}
}
