// Package bpe holds a byte pair encoding as one block of bytes that needs no
// loading, and merges pieces of text with it.
//
// A vocabulary is a list of byte strings; a token's number is also its rank.
// To encode a piece, one starts from its bytes and merges the adjacent pair
// whose concatenation has the lowest rank, the leftmost first, until no pair
// is a token. Three facts make this fast without changing the result.
//
// # Only canonical pairs merge
//
// Encode the bytes of a token by themselves: the last merge joins one pair, its
// canonical split. Inside a longer piece the bytes of that token, as long as
// nothing has merged across their ends, go through the same merges in the same
// order, because the pair that is lowest everywhere is also lowest there. So no
// other pair of tokens with that concatenation can ever become adjacent. A table
// from pairs of tokens to tokens therefore needs one entry per token.
//
// # Valid neighbours are enough
//
// A sequence of tokens is the encoding of its bytes if each two neighbours are
// the encoding of theirs: the first merge across the end of a token would also
// happen with its neighbour alone. Any two neighbours of an encoding are valid.
// So two encodings of overlapping stretches may be joined wherever they share a
// token, and a piece of any length can be encoded window by window, in linear
// time and constant memory ([Merger]).
//
// # Some characters always become tokens
//
// If, on the way from its bytes to the token of a character, no neighbour can
// take a part away (no pair with a lower rank has that part at its outer end),
// then the character's token appears wherever the character does, and merging
// may start from it. The builder marks these tokens as atomic. Han, kana and
// Hangul text profits.
//
// # The block
//
// [Build] writes the block, [Open] reads it in place. Both hash tables are
// perfect: a bucket's displacement gives the only slot where a key can be, so a
// look-up is two loads and a comparison whether it hits or misses.
//
// [Pack] and [Unpack] are for blocks that are rarely needed: a tenth of the size,
// for some milliseconds before the first use.
package bpe
