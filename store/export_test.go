package store

// SetBlockSize makes blocks small, so that few records fill many of them.
func (s *Store) SetBlockSize(records int) { s.blockSize = records }
