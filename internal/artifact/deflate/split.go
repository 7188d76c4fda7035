package deflate

import "math/bits"

// How many tokens a block has, and a segment at most, about. Each segment is either added to its block or begins another.
const (
	blockTokens = 1 << 16
	maxSegment  = 1 << 12
)

// split says where blocks end.
type split struct {
	segment int   // tokens
	worth   int64 // what codes of its own have to gain, in bits: they take about 700 themselves
}

// often is for the fewest bytes. With soon, which takes a twentieth less time, they are one in a thousand more.
func often() split { return split{segment: maxSegment / 2, worth: 700} }
func soon() split  { return split{segment: maxSegment, worth: 1500} }

// differs tells whether the last segment is so unlike its block that codes of its own pay.
func (e *Encoder) differs() bool {
	gain := e.logs.gain(e.block.literals[:], e.segment.literals[:]) +
		e.logs.gain(e.block.distances[:], e.segment.distances[:])
	return gain > e.split.worth<<8
}

// logarithms of base two, as whole numbers: what is computed with fractions may differ between processors.
type logarithms struct {
	fractions [1 << 10]uint8 // of the numbers from 1 to 2, in 1/256
	few       [1 << 10]int32 // what times returns for small numbers
}

func (l *logarithms) fill() {
	for i := range l.fractions {
		x := uint64(1<<10+i) << 20 // with 30 bits behind the point
		for range 8 {
			l.fractions[i] <<= 1
			if x = x * x >> 30; x >= 2<<30 { // each square doubles the logarithm
				x >>= 1
				l.fractions[i]++
			}
		}
	}
	for n := 1; n < len(l.few); n++ {
		l.few[n] = int32(l.many(uint32(n)))
	}
}

// times returns n times its logarithm, in 1/256.
func (l *logarithms) times(n uint32) int64 {
	if n < uint32(len(l.few)) {
		return int64(l.few[n])
	}
	return l.many(n)
}

func (l *logarithms) many(n uint32) int64 {
	whole := bits.Len32(n) - 1
	fraction := l.fractions[uint64(n)<<10>>whole&(1<<10-1)]
	return int64(n) * int64(whole<<8+int(fraction))
}

// gain is how many bits the counted symbols take less when each of the two has its own code, in 1/256.
func (l *logarithms) gain(a, b []uint32) int64 {
	var sumA, sumB uint32
	var gain int64
	for symbol, n := range a {
		m := b[symbol]
		if n != 0 && m != 0 {
			gain += l.times(n) + l.times(m) - l.times(n+m)
		}
		sumA, sumB = sumA+n, sumB+m
	}
	return gain + l.times(sumA+sumB) - l.times(sumA) - l.times(sumB)
}
