// Package deflate compresses in the format of RFC 1951, which every gzip holds.
//
// It is here because what Go has otherwise leaves executables larger at the same speed, up to 5 %: repetitions of three
// bytes, which machine code is full of, are passed over there, and a block of codes ends after so many symbols rather than
// where the contents change. docs/benchmarks.md has the figures.
//
// An Encoder compresses pieces of a stream, each with the end of the one before as its dictionary. Pieces can therefore be
// compressed side by side and put together in order. What comes out depends on the piece, its dictionary and the effort
// alone: not on the machine, and not on what the Encoder did before.
package deflate
