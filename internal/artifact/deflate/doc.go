// Package deflate compresses in the format of RFC 1951, which every gzip holds.
//
// It stays because the best library, klauspost/compress, is slower and its results are no smaller: of executables, 120 MB/s against its
// 99 MB/s with 2 % fewer bytes, and, where small is asked for, 31 MB/s with 5 % fewer. Were that no longer so, this would go.
// What makes the difference: repetitions of three bytes, which machine code is full of, are not passed over, and a block of
// codes ends where the contents change rather than after so many symbols. docs/benchmarks.md has the figures.
//
// Most of the time goes into the search for repetitions, and most of that into branches that the processor predicts wrongly and memory
// that is not in its first cache. So the tables hold a few places side by side, with some bits of their hashes: most searches end
// without reading any of the places.
//
// An Encoder compresses pieces of a stream, each with the end of the one before as its dictionary. Pieces can therefore be
// compressed side by side and put together in order. What comes out depends on the piece, its dictionary and the effort
// alone: not on the machine, and not on what the Encoder did before.
//
// Nothing here proves that what comes out unpacks to what went in. Package artifact, which alone calls this, has every piece
// proved by a decoder that shares no code with this package before anything is sent. Start reading at Encoder.
package deflate
