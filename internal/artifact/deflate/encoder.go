package deflate

// Window is how far back a repetition can refer, and the most of a dictionary that is of use, in bytes.
const Window = 32 << 10

// Effort says how hard repetitions are looked for.
type Effort struct {
	Depth int // how many earlier places are compared with each place; two are found much sooner than four, and four than more
	Nice  int // a repetition of so many bytes is taken without looking for a better one
	// Lazy is how many of the next places are tried for a better one before a repetition is taken: 0, 1 or 2. With a Depth of
	// three or four, 1 is as 2, and short ones only are tried so; with less, none.
	Lazy int
	// Patience is after how many literals in a row the search begins to pass places over, and then ever more of them:
	// what is compressed already takes the longest, and in vain. Zero is endless.
	Patience int
}

// Piece is a part of a stream.
type Piece struct {
	Data  []byte
	Start int  // where the piece begins in Data; what stands before is its dictionary
	Final bool // ends the stream; any other piece ends at a whole byte, so that the next can follow
}

// Encoder compresses pieces, one at a time. It takes less than a megabyte.
type Encoder struct {
	effort  Effort
	symbols symbols
	logs    logarithms

	pairs   pairs
	quads   quads
	chains  chains
	prices  prices
	tokens  []token
	split   split
	block   histogram // of the tokens before the last segment
	segment histogram
	codes   codes
	packed  packed
	out     bitWriter
}

// NewEncoder returns an encoder of its own tables.
func NewEncoder() *Encoder {
	e := &Encoder{tokens: make([]token, 0, blockTokens+2*maxSegment)}
	e.symbols.fill()
	e.logs.fill()
	return e
}

// Append compresses a piece and appends it to out.
func (e *Encoder) Append(out []byte, p Piece, effort Effort) []byte {
	e.effort, e.out = effort, bitWriter{buf: out}
	e.prices.reset()
	e.tokens, e.block = e.tokens[:0], histogram{}

	parse := parser{Encoder: e, data: p.Data, at: p.Start}
	parseSegment := parse.begin()
	began, end := p.Start, p.Start // of the block, as far as its tokens go
	for parse.at < len(p.Data) {
		known := len(e.tokens)
		e.segment = histogram{}
		parseSegment(known + e.split.segment)
		if known > 0 && (known > blockTokens || e.differs()) {
			e.write(e.tokens[:known], p.Data[began:end], false)
			e.tokens = e.tokens[:copy(e.tokens, e.tokens[known:])]
			e.block, began = e.segment, end
		} else {
			e.block.add(&e.segment)
		}
		end = parse.at
	}
	e.write(e.tokens, p.Data[began:], p.Final)
	if !p.Final {
		e.out.stored(nil, false)
	}
	return e.out.bytes()
}

// begin takes note of the dictionary, and returns what parses until there are enough tokens.
func (p *parser) begin() (segment func(enough int)) {
	from := max(0, p.at-Window)
	p.split = soon()
	switch depth := p.effort.Depth; {
	case depth <= 2:
		p.pairs = pairs{}
		p.pairs.note(p.data, from, min(p.at, len(p.data)-3))
		return p.byPairs
	case depth <= 4:
		p.quads = quads{}
		p.quads.note(p.data, from, p.at)
		return p.byQuads
	}
	p.split = often()
	p.chains = chains{}
	p.chains.note(p.data, from, p.at)
	return p.byChains
}

// write writes a block in the shortest of the three forms.
func (e *Encoder) write(tokens []token, data []byte, final bool) {
	h, c := &e.block, &e.codes
	h.literals[endOfBlock] = 1
	c.build(h)
	e.prices.learn(c)
	extra := e.symbols.extra(h)
	own, fixed := c.size(h)+c.headerSize()+extra, fixedSize(h)+extra
	switch {
	case storedSize(len(data)) <= min(own, fixed):
		e.out.stored(data, final)
	case fixed <= own:
		c.fix()
		e.out.put(flag(final)|1<<1, 3)
		e.body(tokens, fixed)
	default:
		e.out.put(flag(final)|2<<1, 3)
		c.writeHeader(&e.out)
		e.body(tokens, own)
	}
}
