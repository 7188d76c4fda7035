package native

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Native is what the header of an executable or shared object says of where it runs.
type Native struct {
	Format  string   // "ELF", "Mach-O", "PE", "WebAssembly"
	Systems []string // npm's os values that it can run on; nil: any
	CPUs    []string // npm's cpu values; nil: any; several in a universal Mach-O
	Libc    string   // "glibc", "musl", or "" where it needs none or none could be told
	Started bool     // it is run as a process, rather than loaded by one
}

// How much of a header's tables and of an interpreter's path is read, in bytes. Linkers write a few hundred.
const (
	maxTable       = 1 << 20
	maxInterpreter = 4096
)

// Inspect reads the header of an executable or shared object, or returns nil for any other file. Headers that are cut
// off or make no sense are taken for other files too.
func Inspect(r io.ReaderAt) (*Native, error) {
	head := make([]byte, 64)
	n, err := r.ReadAt(head, 0)
	if err != nil && !cutOff(err) {
		return nil, err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return inspectELF(r, head)
	case bytes.HasPrefix(head, []byte("MZ")) && n == 64:
		return inspectPE(r, head)
	case bytes.HasPrefix(head, []byte("\x00asm")):
		return &Native{Format: "WebAssembly"}, nil
	case n >= 16:
		return inspectMachO(r, head)
	}
	return nil, nil
}

func inspectELF(r io.ReaderAt, head []byte) (*Native, error) {
	if len(head) < 52 {
		return nil, nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	wide := elf.Class(head[elf.EI_CLASS]) == elf.ELFCLASS64
	if wide && len(head) < 64 {
		return nil, nil
	}
	found := &Native{Format: "ELF", Started: elf.Type(order.Uint16(head[16:])) == elf.ET_EXEC}
	found.CPUs = []string{elfCPU(head, order)}
	found.Systems = elfSystems(elf.OSABI(head[elf.EI_OSABI]))

	interpreter, err := elfInterpreter(r, head, order, wide)
	if err != nil || interpreter == "" {
		return found, err
	}
	found.Started = true
	switch base := path.Base(interpreter); {
	case strings.HasPrefix(base, "ld-musl-"):
		found.Libc = "musl"
	case strings.HasPrefix(base, "ld-linux"), strings.HasPrefix(base, "ld64.so"), interpreter == "/lib/ld.so.1":
		found.Libc = "glibc"
	case base == "linker" || base == "linker64":
		found.Systems = []string{"android", "openharmony"}
	case base == "ld-elf.so.1":
		found.Systems = []string{"freebsd", "dragonfly"}
	case base == "ld.elf_so":
		found.Systems = []string{"netbsd"}
	case interpreter == "/usr/libexec/ld.so":
		found.Systems = []string{"openbsd"}
	}
	return found, nil
}

// elfInterpreter returns the dynamic linker that an ELF file asks for, "" for a static one.
func elfInterpreter(r io.ReaderAt, head []byte, order binary.ByteOrder, wide bool) (string, error) {
	offset, size, count := int64(order.Uint32(head[28:])), int64(order.Uint16(head[42:])), int64(order.Uint16(head[44:]))
	want := int64(32)
	if wide {
		offset = int64(order.Uint64(head[32:])) //nolint:gosec // what does not fit turns negative, which is refused below
		size, count = int64(order.Uint16(head[54:])), int64(order.Uint16(head[56:]))
		want = 56
	}
	if offset <= 0 || size < want || count == 0 || size*count > maxTable {
		return "", nil
	}
	table := make([]byte, size*count)
	if _, err := r.ReadAt(table, offset); err != nil {
		return "", unlessCutOff(err)
	}
	for at := int64(0); at < int64(len(table)); at += size {
		entry := table[at : at+size]
		if elf.ProgType(order.Uint32(entry)) != elf.PT_INTERP {
			continue
		}
		start, length := int64(order.Uint32(entry[4:])), uint64(order.Uint32(entry[16:]))
		if wide {
			start = int64(order.Uint64(entry[8:])) //nolint:gosec // what does not fit turns negative, which is refused below
			length = order.Uint64(entry[32:])
		}
		if start <= 0 {
			return "", nil
		}
		name := make([]byte, min(length, maxInterpreter))
		n, err := r.ReadAt(name, start)
		name, _, _ = bytes.Cut(name[:n], []byte{0})
		return string(name), unlessCutOff(err)
	}
	return "", nil
}

func inspectPE(r io.ReaderAt, head []byte) (*Native, error) {
	header := make([]byte, 24) // signature and COFF header
	if _, err := r.ReadAt(header, int64(binary.LittleEndian.Uint32(head[0x3c:]))); err != nil {
		return nil, unlessCutOff(err)
	}
	if !bytes.HasPrefix(header, []byte("PE\x00\x00")) {
		return nil, nil
	}
	return &Native{Format: "PE", Systems: []string{"win32"}, CPUs: []string{peCPU(binary.LittleEndian.Uint16(header[4:]))}}, nil
}

func inspectMachO(r io.ReaderAt, head []byte) (*Native, error) {
	found := &Native{Format: "Mach-O", Systems: []string{"darwin"}}
	if binary.BigEndian.Uint32(head) == macho.MagicFat {
		count := binary.BigEndian.Uint32(head[4:])
		if count == 0 || count > 40 { // the same magic starts Java's class files, whose version stands here, from 45 on
			return nil, nil
		}
		table := make([]byte, count*20)
		if _, err := r.ReadAt(table, 8); err != nil {
			return nil, unlessCutOff(err)
		}
		for at := 0; at < len(table); at += 20 {
			found.CPUs = append(found.CPUs, machoCPU(macho.Cpu(binary.BigEndian.Uint32(table[at:]))))
		}
		return found, nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if magic := order.Uint32(head); magic == macho.Magic64 || magic == macho.Magic32 {
			found.CPUs = []string{machoCPU(macho.Cpu(order.Uint32(head[4:])))}
			found.Started = macho.Type(order.Uint32(head[12:])) == macho.TypeExec
			return found, nil
		}
	}
	return nil, nil
}

func cutOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errBehind)
}

func unlessCutOff(err error) error {
	if cutOff(err) {
		return nil
	}
	return err
}

// elfCPU is npm's name of the machine, or ELF's where npm has none.
func elfCPU(header []byte, order binary.ByteOrder) string {
	number := elf.Machine(order.Uint16(header[18:]))
	class, data := elf.Class(header[elf.EI_CLASS]), elf.Data(header[elf.EI_DATA])
	for cpu, m := range machines() {
		eitherEnd := number == elf.EM_PPC64 // npm has one name for both
		if m.elf == number && m.class == class && (m.data == data || eitherEnd) {
			return cpu
		}
	}
	return number.String()
}

// elfSystems reads the ABI byte, which most systems leave at zero.
func elfSystems(abi elf.OSABI) []string {
	switch abi {
	case elf.ELFOSABI_FREEBSD:
		return []string{"freebsd", "dragonfly"}
	case elf.ELFOSABI_NETBSD:
		return []string{"netbsd"}
	case elf.ELFOSABI_OPENBSD:
		return []string{"openbsd"}
	case elf.ELFOSABI_SOLARIS:
		return []string{"sunos"}
	case elf.ELFOSABI_LINUX:
		return []string{"linux", "android", "openharmony"}
	}
	return []string{"linux", "android", "openharmony", "freebsd", "dragonfly", "netbsd", "openbsd", "sunos"}
}

func peCPU(number uint16) string {
	for cpu, m := range machines() {
		if m.pe != 0 && m.pe == number {
			return cpu
		}
	}
	return fmt.Sprintf("machine %#x", number)
}

func machoCPU(number macho.Cpu) string {
	for cpu, m := range machines() {
		if m.macho != 0 && m.macho == number {
			return cpu
		}
	}
	return number.String()
}

// Judged tells whether the system's executables are in a format that is read here: AIX has its own.
func Judged(system string) bool {
	return system == "darwin" || system == "win32" || slices.Contains(elfSystems(elf.ELFOSABI_NONE), system)
}
