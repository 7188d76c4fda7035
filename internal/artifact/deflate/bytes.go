package deflate

import (
	"encoding/binary"
	"math/bits"
)

// The lengths that a repetition may have, in bytes.
const (
	minMatch = 3
	maxMatch = 258
)

// load32 and load64 slice to the byte, which saves the compiler a check and a tenth of the time.
func load32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at : at+4 : at+4]) }
func load64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at : at+8 : at+8]) }

// hash3 and hash4 hash as many bytes. The factors spread what differs in few bits over all of them, the highest most.
func hash3(v uint32) uint32 { return v << 8 * 506832829 }
func hash4(v uint32) uint32 { return v * 2654435761 }

// agree counts how many bytes repeat an earlier place's, given where the first eight differ.
func agree(data []byte, place, at int, differ uint64) int {
	if differ != 0 {
		return bits.TrailingZeros64(differ) >> 3
	}
	return agreeLong(data, place, at)
}

// agreeLong is apart so that agree is inlined.
func agreeLong(data []byte, place, at int) int {
	return 8 + same(data[place+8:], data[at+8:min(len(data), at+maxMatch)])
}

// same counts how many bytes of b, from its first, stand at the beginning of a, which is longer.
func same(a, b []byte) int {
	n := 0
	for ; n+8 <= len(b); n += 8 {
		if differ := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); differ != 0 {
			return n + bits.TrailingZeros64(differ)>>3
		}
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
