package native

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
)

// maxInterpreter is how much of a dynamic linker's path is read, in bytes: the longest path of Linux.
const maxInterpreter = 4096

// elfFile is an ELF file while it is read.
type elfFile struct {
	r        io.ReaderAt
	size     int64
	order    binary.ByteOrder
	wide     bool
	kind     elf.Type
	entry    uint64 // where it begins when it is started
	segments []elf.ProgHeader
	cut      string
}

func inspectELF(r io.ReaderAt, head []byte, size int64) (*Native, error) {
	f := &elfFile{r: r, size: size, order: binary.LittleEndian}
	if len(head) < elf.EI_NIDENT {
		return &Native{Format: ELF, Cut: cut("its header", 64)}, nil
	}
	f.wide = elf.Class(head[elf.EI_CLASS]) == elf.ELFCLASS64
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		f.order = binary.BigEndian
	}
	if length := map[bool]int{false: 52, true: 64}[f.wide]; len(head) < length {
		return &Native{Format: ELF, Cut: cut("its header", uint64(length))}, nil //nolint:gosec // one of two
	}
	f.kind = elf.Type(f.order.Uint16(head[16:]))
	f.entry = word(f.order, f.wide, head[24:])
	if f.kind == elf.ET_REL || f.kind == elf.ET_CORE {
		return nil, nil
	}
	if err := f.readSegments(head); err != nil {
		return nil, err
	}
	found := &Native{Format: ELF, CPUs: []string{elfCPU(head, f.order)}, Systems: elfSystems(elf.OSABI(head[elf.EI_OSABI]))}
	interpreter, err := f.interpreter()
	if err != nil {
		return nil, err
	}
	dynamic, err := f.dynamic()
	if err != nil {
		return nil, err
	}
	debugging, err := f.sections(head) // the last of what stands in order
	if err != nil || debugging {
		return nil, err
	}
	found.Interpreter, found.Cut = interpreter, f.cut
	found.Started = f.kind == elf.ET_EXEC || dynamic.program || interpreter != "" && !dynamic.named ||
		f.entry != 0 && !dynamic.is // packed: old linkers gave an entry to shared objects, too, but these have what is dynamic
	if systems, libc := linkedBy(interpreter); systems != nil {
		found.Systems = systems
		if libc != "" {
			found.Libcs = []string{libc}
		}
	} else if f.cut == "" {
		libraries, err := f.libraries(dynamic)
		if err != nil {
			return nil, err
		}
		if systems, libcs := needing(libraries); systems != nil {
			found.Systems, found.Libcs = systems, libcs
		}
	}
	return found, nil
}

// readSegments reads the program headers and notes those that end behind the file.
func (f *elfFile) readSegments(head []byte) error {
	offset, entrySize, count := word(f.order, f.wide, head[28:]), f.order.Uint16(head[42:]), f.order.Uint16(head[44:])
	size := 32
	if f.wide {
		offset, entrySize, count = f.order.Uint64(head[32:]), f.order.Uint16(head[54:]), f.order.Uint16(head[56:])
		size = 56
	}
	if offset == 0 || int(entrySize) != size || count == 0 {
		return nil
	}
	if end, is := beyond(offset, uint64(count)*uint64(size), f.size); is {
		f.cut = cut("its table of segments", end)
		return nil
	}
	table, err := readTable(f.r, offset, uint64(count)*uint64(size), f.size)
	for ; len(table) >= size; table = table[size:] {
		f.segments = append(f.segments, f.segment(table))
	}
	for _, s := range f.segments {
		if end, is := beyond(s.Off, s.Filesz, f.size); is && f.cut == "" && s.Filesz > 0 &&
			(s.Type == elf.PT_LOAD || s.Type == elf.PT_INTERP || s.Type == elf.PT_DYNAMIC) {
			f.cut = cut("one of its segments", end)
		}
	}
	return err
}

func (f *elfFile) segment(b []byte) elf.ProgHeader {
	kind := elf.ProgType(f.order.Uint32(b))
	if f.wide {
		return elf.ProgHeader{Type: kind, Off: f.order.Uint64(b[8:]), Vaddr: f.order.Uint64(b[16:]), Filesz: f.order.Uint64(b[32:])}
	}
	field := func(at int) uint64 { return uint64(f.order.Uint32(b[at:])) }
	return elf.ProgHeader{Type: kind, Off: field(4), Vaddr: field(8), Filesz: field(16)}
}

// interpreter returns the path of the dynamic linker that the file asks for, "" where it asks for none.
func (f *elfFile) interpreter() (string, error) {
	for _, s := range f.segments {
		if s.Type == elf.PT_INTERP {
			path, err := readTable(f.r, s.Off, min(s.Filesz, maxInterpreter), f.size)
			path, _, _ = bytes.Cut(path, []byte{0})
			return string(path), err
		}
	}
	return "", nil
}

// sections notes a table of sections, or a section, that ends behind the file. Files without sections are whole, too. It tells
// whether this is what was split off for a debugger: then the code is elsewhere, and segments say what they had before.
func (f *elfFile) sections(head []byte) (debugging bool, err error) {
	offset, entrySize, count := word(f.order, f.wide, head[32:]), f.order.Uint16(head[46:]), f.order.Uint16(head[48:])
	size := 40
	if f.wide {
		offset, entrySize, count = f.order.Uint64(head[40:]), f.order.Uint16(head[58:]), f.order.Uint16(head[60:])
		size = 64
	}
	if offset == 0 || int(entrySize) != size || count == 0 {
		return false, nil
	}
	length := uint64(count) * uint64(size)
	if end, is := beyond(offset, length, f.size); is {
		f.cutBy(cut("its table of sections", end))
		return false, nil
	}
	table := make([]byte, length)                                              // 4 MB at the most, as count has 16 bits
	if _, err := f.r.ReadAt(table, int64(offset)); err != nil && !ended(err) { //nolint:gosec // within the file
		return false, err
	}
	code, elsewhere := 0, 0
	for ; len(table) >= size; table = table[size:] {
		kind, executable := elf.SectionType(f.order.Uint32(table[4:])), f.order.Uint32(table[8:])&uint32(elf.SHF_EXECINSTR) != 0
		at, length := uint64(f.order.Uint32(table[16:])), uint64(f.order.Uint32(table[20:]))
		if f.wide {
			executable = f.order.Uint64(table[8:])&uint64(elf.SHF_EXECINSTR) != 0
			at, length = f.order.Uint64(table[24:]), f.order.Uint64(table[32:])
		}
		if executable {
			code++
			if kind == elf.SHT_NOBITS {
				elsewhere++
			}
		}
		if end, is := beyond(at, length, f.size); is && kind != elf.SHT_NOBITS && kind != elf.SHT_NULL && length > 0 {
			f.cutBy(cut("one of its sections", end))
		}
	}
	return code > 0 && code == elsewhere, nil
}

func (f *elfFile) cutBy(what string) {
	if f.cut == "" {
		f.cut = what
	}
}
