package native

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Native is what an executable or shared object says of where it runs.
type Native struct {
	Format  string   // one of those below
	Systems []string // npm's os values that it can run on; nil: any
	CPUs    []string // npm's cpu values; nil: any; several in a universal Mach-O
	Libcs   []string // the C libraries of Linux that it needs: "glibc", "musl"; none where it needs none or none could be told
	Started bool     // it is run as a process, rather than loaded by one

	Interpreter string    // of an ELF executable: the path of the dynamic linker that starts it
	Signature   Signature // of a Mach-O file
	Cut         string    // of a file that is shorter than its headers say: what is missing; else ""
}

// The formats.
const (
	ELF         = "ELF"
	MachO       = "Mach-O"
	PE          = "PE"
	XCOFF       = "XCOFF"
	WebAssembly = "WebAssembly"
)

// Signature is what macOS will find of a file's code signature.
type Signature int

// SignatureFine is also that of a file which needs none and has none.
const (
	SignatureFine    Signature = iota
	SignatureMissing           // code for arm64 without one
	SignatureBroken            // one that is malformed, or of other bytes
)

// maxTable is how much of one of a header's tables is read, in bytes. Linkers write a few hundred.
const maxTable = 1 << 20

// Inspect reads an executable or shared object of so many bytes, or returns nil for any other file, object files and those that only
// a debugger reads among them. Headers that make no sense are taken for other files too. It reads at rising offsets, as far as the
// file's own order lets it. Its error says that r could not be read.
func Inspect(r io.ReaderAt, size int64) (*Native, error) {
	head := make([]byte, 64)
	n, err := r.ReadAt(head, 0)
	if err != nil && !ended(err) {
		return nil, err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return inspectELF(r, head, size)
	case bytes.HasPrefix(head, []byte("MZ")) && n == 64:
		return inspectPE(r, head, size)
	case bytes.HasPrefix(head, []byte("\x00asm")):
		return &Native{Format: WebAssembly}, nil
	case n >= 4 && machoOrder(head) != nil:
		return inspectMachO(r, size)
	case n >= 8 && fatEntry(head) != 0:
		return inspectFat(r, head, size)
	case n >= 20 && (head[0] == 1 && (head[1] == 0xdf || head[1] == 0xf7)):
		return inspectXCOFF(r, head, size)
	}
	return nil, nil
}

// cut says that something ends behind the file.
func cut(what string, end uint64) string { return fmt.Sprintf("%s ends at byte %d", what, end) }

// beyond tells whether a part of so many bytes at offset ends behind the size, and where.
func beyond(offset, length uint64, size int64) (end uint64, is bool) {
	end = offset + length
	if end < offset { // it wraps around
		end = ^uint64(0)
	}
	return end, end > uint64(max(size, 0))
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// readTable reads a table whole; nil where it is absurdly large, or ends behind the file.
func readTable(r io.ReaderAt, offset, length uint64, size int64) ([]byte, error) {
	if _, is := beyond(offset, length, size); is || length > maxTable {
		return nil, nil
	}
	table := make([]byte, length)
	if _, err := r.ReadAt(table, int64(offset)); err != nil { //nolint:gosec // it lies within the file
		if ended(err) {
			return nil, nil
		}
		return nil, err
	}
	return table, nil
}

// word reads an address or a size: 8 bytes where wide, else 4.
func word(order binary.ByteOrder, wide bool, b []byte) uint64 {
	if wide {
		return order.Uint64(b)
	}
	return uint64(order.Uint32(b))
}
