package native

import (
	"crypto/sha256"
	"debug/macho"
	"encoding/binary"
)

// machoHeader is signed ad hoc, as Apple's processors for arm64 start nothing else.
func machoHeader(cpu macho.Cpu) []byte {
	const size, command = 64, 16 // all that is signed; the one command that the header has, which says where the signature stands
	var little []byte
	for _, field := range []uint32{macho.Magic64, uint32(cpu), 0, uint32(macho.TypeExec), 1, command, 0, 0,
		loadSignature, command, size, uint32(len(adHoc(nil)))} { //nolint:gosec // some hundred bytes
		little = binary.LittleEndian.AppendUint32(little, field)
	}
	little = append(little, make([]byte, size-len(little))...)
	return append(little, adHoc(little)...)
}

// adHoc signs some bytes that fit a page, without anybody's key.
func adHoc(signed []byte) []byte {
	const (
		identifier = "stand-in\x00"
		fields     = 44 // bytes, in the oldest version of the directory
		start      = 20 // of the directory: behind the head and its index of one
	)
	directory := []uint32{directoryMagic, fields + uint32(len(identifier)) + sha256.Size, 0x20001, 2, // ad hoc
		fields + uint32(len(identifier)), fields, 0, 1, uint32(len(signed))} //nolint:gosec // a page at the most
	var b []byte
	for _, field := range append([]uint32{signatureMagic, start + directory[1], 1, 0, start}, directory...) {
		b = binary.BigEndian.AppendUint32(b, field)
	}
	b = append(b, sha256.Size, 2, 0, 12) // SHA-256, pages of 4 KB
	b = append(b, 0, 0, 0, 0)
	b = append(b, identifier...)
	sum := sha256.Sum256(signed)
	return append(b, sum[:]...)
}
