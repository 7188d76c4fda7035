package npm

import (
	"encoding/base64"
	"encoding/binary"
)

// pairs are the two characters of base64 (RFC 4648, section 4) for each twelve bits. With them six bytes are encoded at a time, in
// half of the time that encoding/base64 takes, which was a fifth of what it takes to send a tarball.
type pairs [1 << 12]uint16

func newPairs() *pairs {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var p pairs
	for i := range p {
		p[i] = uint16(characters[i>>6]) | uint16(characters[i&63])<<8
	}
	return &p
}

// encode writes the base64 of from, with padding, to the beginning of to, and returns that.
func (p *pairs) encode(to, from []byte) []byte {
	encoded := to[:base64.StdEncoding.EncodedLen(len(from))]
	for to = encoded; len(from) >= 8 && len(to) >= 8; to, from = to[8:], from[6:] {
		next := binary.BigEndian.Uint64(from) // of which the lowest two bytes are for the next time
		binary.LittleEndian.PutUint64(to, uint64(p[next>>52])|uint64(p[next>>40&0xfff])<<16|
			uint64(p[next>>28&0xfff])<<32|uint64(p[next>>16&0xfff])<<48)
	}
	base64.StdEncoding.Encode(to, from)
	return encoded
}
