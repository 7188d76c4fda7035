package native

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // signatures of macOS may have such sums
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"io"
)

// The magic numbers of a code signature, which is big-endian.
const (
	signatureMagic = 0xfade0cc0 // of all of it
	directoryMagic = 0xfade0c02 // of the part that holds the sums of the pages
)

// maxSignature is the largest signature that is read, in bytes: of the largest file that is taken, with sums of 48 bytes a page.
const maxSignature = 64 << 20

// directory is the part of a signature that holds the sums of the file's pages.
type directory struct {
	kind     byte   // of the sums
	pageSize uint64 // bytes; 0: all is one page
	limit    uint64 // how much of the file is signed, in bytes
	sums     []byte
}

// signed compares a file's code signature with its bytes. The special slots (entitlements, requirements) and the certificate are
// not looked at.
func signed(r io.ReaderAt, signature part, needed bool, size int64) (Signature, error) {
	if signature.length == 0 {
		if needed {
			return SignatureMissing, nil
		}
		return SignatureFine, nil
	}
	// What signers write today, both page sizes at once, so that a stream is read once.
	usual := []*pages{newPages(2, 4<<10), newPages(2, 16<<10)}
	if err := readPages(r, signature.at, usual[0], usual[1]); err != nil {
		return 0, err
	}
	blob, err := readSignature(r, signature, size)
	if err != nil {
		return 0, err
	}
	d, ok := bestDirectory(blob)
	if !ok || d.limit > signature.at {
		return SignatureBroken, nil
	}
	for _, p := range usual {
		if d.kind == p.kind && d.pageSize == p.size && d.limit == signature.at {
			return p.compare(d), nil
		}
	}
	p := newPages(d.kind, d.pageSize)
	if p == nil { // a kind of sums that is not known here
		return SignatureFine, nil
	}
	if err := readPages(r, d.limit, p); err != nil {
		return 0, err
	}
	return p.compare(d), nil
}

func readPages(r io.ReaderAt, limit uint64, to ...io.Writer) error {
	read, err := io.Copy(io.MultiWriter(to...), io.NewSectionReader(r, 0, int64(limit))) //nolint:gosec // within the file
	if err == nil && uint64(read) < limit {                                              //nolint:gosec // not negative
		err = io.ErrUnexpectedEOF
	}
	return err
}

func readSignature(r io.ReaderAt, signature part, size int64) ([]byte, error) {
	section := io.NewSectionReader(r, int64(signature.at), int64(min(signature.length, maxSignature))) //nolint:gosec // within the file
	return io.ReadAll(io.LimitReader(section, 1<<20+size/32))
}

// bestDirectory finds the sums that macOS takes: those of the strongest kind.
func bestDirectory(blob []byte) (best directory, ok bool) {
	order := binary.BigEndian
	if len(blob) < 12 || order.Uint32(blob) != signatureMagic {
		return best, false
	}
	index := blob[12:]
	for range min(order.Uint32(blob[8:]), 64) {
		if len(index) < 8 {
			return best, false
		}
		if at := uint64(order.Uint32(index[4:])); at < uint64(len(blob)) {
			if d, is := parseDirectory(blob[at:]); is && (!ok || strength(d.kind) > strength(best.kind)) {
				best, ok = d, true
			}
		}
		index = index[8:]
	}
	return best, ok
}

func parseDirectory(b []byte) (d directory, ok bool) {
	order := binary.BigEndian
	if len(b) < 44 || order.Uint32(b) != directoryMagic {
		return d, false
	}
	from, count, sumSize := uint64(order.Uint32(b[16:])), uint64(order.Uint32(b[28:])), uint64(b[36])
	d = directory{kind: b[37], limit: uint64(order.Uint32(b[32:]))}
	if version := order.Uint32(b[8:]); version >= 0x20300 && len(b) >= 64 && order.Uint64(b[56:]) != 0 {
		d.limit = order.Uint64(b[56:])
	}
	if b[39] > 30 {
		return d, false
	}
	pages := uint64(1)
	if b[39] != 0 {
		d.pageSize = 1 << b[39]
		pages = d.limit/d.pageSize + min(1, d.limit%d.pageSize)
	}
	if _, is := beyond(from, count*sumSize, int64(len(b))); is || count < pages {
		return d, false
	}
	d.sums = b[from : from+pages*sumSize]
	return d, true
}

// strength orders kinds of sums as macOS does: SHA-1, SHA-256 cut to 20 bytes, SHA-256, SHA-384.
func strength(kind byte) int { return bytes.IndexByte([]byte{1, 3, 2, 4}, kind) }

// pages sums what is written to it page by page, and sums these sums: a large file has too many to be kept.
type pages struct {
	kind    byte
	size    uint64 // bytes; 0: all is one page
	page    hash.Hash
	sumSize int
	filled  uint64
	sums    hash.Hash
}

// newPages returns nil for a kind of sums that is not known.
func newPages(kind byte, size uint64) *pages {
	p := &pages{kind: kind, size: size, sums: sha256.New()}
	switch kind {
	case 1:
		p.page, p.sumSize = sha1.New(), sha1.Size //nolint:gosec // what the file has
	case 2:
		p.page, p.sumSize = sha256.New(), sha256.Size
	case 3:
		p.page, p.sumSize = sha256.New(), 20
	case 4:
		p.page, p.sumSize = sha512.New384(), sha512.Size384
	default:
		return nil
	}
	return p
}

// Write implements io.Writer.
func (p *pages) Write(b []byte) (int, error) {
	written := len(b)
	for len(b) > 0 {
		n := uint64(len(b))
		if p.size > 0 {
			n = min(n, p.size-p.filled)
		}
		_, _ = p.page.Write(b[:n]) // never fails
		b = b[n:]
		if p.filled += n; p.filled == p.size {
			p.turn()
		}
	}
	return written, nil
}

// turn ends a page.
func (p *pages) turn() {
	_, _ = p.sums.Write(p.page.Sum(nil)[:p.sumSize]) // never fails
	p.page.Reset()
	p.filled = 0
}

// compare ends the last page and compares all sums with a directory's.
func (p *pages) compare(d directory) Signature {
	if p.filled > 0 {
		p.turn()
	}
	want := sha256.Sum256(d.sums)
	if !bytes.Equal(p.sums.Sum(nil), want[:]) {
		return SignatureBroken
	}
	return SignatureFine
}
