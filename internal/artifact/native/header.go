package native

import (
	"debug/elf"
	"debug/pe"
	"encoding/binary"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Header makes the smallest file that says that it runs on a platform, with the suffix of its name; libc is "glibc" or "musl".
// It is WebAssembly, which runs anywhere, for what no header is known here.
func Header(platform spec.Platform, libc string) (header []byte, suffix string) {
	system, cpu := strings.Join(platform.OS, ","), strings.Join(platform.CPU, ",")
	switch machine, known := machines()[cpu]; {
	case system == "darwin" && machine.macho != 0:
		return machoHeader(machine.macho), ""
	case system == "win32" && machine.pe != 0:
		return peHeader(machine.pe), ".exe"
	case system == "aix" && cpu == "ppc64":
		return xcoffHeader(), ""
	case system != "darwin" && system != "win32" && system != "aix" && known && Judged(system):
		return elfHeader(machine, elfABI(system), interpreter(system, cpu, libc)), ""
	}
	return []byte("\x00asm\x01\x00\x00\x00"), ".wasm"
}

func elfABI(system string) elf.OSABI {
	switch system {
	case "freebsd":
		return elf.ELFOSABI_FREEBSD
	case "netbsd":
		return elf.ELFOSABI_NETBSD
	case "openbsd":
		return elf.ELFOSABI_OPENBSD
	case "sunos":
		return elf.ELFOSABI_SOLARIS
	}
	return elf.ELFOSABI_NONE
}

// interpreter is that of an executable's header: none where it is static.
func interpreter(system, cpu, libc string) string {
	if system != "linux" || machines()[cpu].class != elf.ELFCLASS64 || cpu != "x64" && cpu != "arm64" {
		return ""
	}
	return Interpreter(cpu, libc)
}

func elfHeader(m machine, abi elf.OSABI, interpreter string) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if m.data == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	header := append([]byte(elf.ELFMAG), byte(m.class), byte(m.data), byte(elf.EV_CURRENT), byte(abi))
	header = append(header, make([]byte, elf.EI_NIDENT-len(header))...)
	header = order.AppendUint16(header, uint16(elf.ET_EXEC))
	header = order.AppendUint16(header, uint16(m.elf))
	header = order.AppendUint32(header, uint32(elf.EV_CURRENT))
	if interpreter == "" {
		size := map[elf.Class]int{elf.ELFCLASS32: 52, elf.ELFCLASS64: 64}[m.class]
		return append(header, make([]byte, size-len(header))...)
	}
	header = order.AppendUint64(header, 0)  // entry point
	header = order.AppendUint64(header, 64) // the program headers follow
	header = append(header, make([]byte, 8+4)...)
	for _, field := range []uint16{64, 56, 1, 0, 0, 0} { // sizes of the headers, one program header, no sections
		header = order.AppendUint16(header, field)
	}
	length := uint64(len(interpreter)) + 1
	header = order.AppendUint32(header, uint32(elf.PT_INTERP))
	header = order.AppendUint32(header, uint32(elf.PF_R))
	for _, field := range []uint64{64 + 56, 0, 0, length, length, 1} { // offset, addresses, sizes, alignment
		header = order.AppendUint64(header, field)
	}
	return append(header, interpreter+"\x00"...)
}

func peHeader(cpu uint16) []byte {
	const signature = 64 // where it stands
	header := make([]byte, signature+4+20)
	copy(header, "MZ")
	header[peSignatureAt] = signature
	copy(header[signature:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(header[signature+4:], cpu)
	binary.LittleEndian.PutUint16(header[signature+4+18:], pe.IMAGE_FILE_EXECUTABLE_IMAGE)
	return header
}

// xcoffHeader has one section, which is empty.
func xcoffHeader() []byte {
	header := make([]byte, 24+72)
	copy(header, "\x01\xf7\x00\x01")
	binary.BigEndian.PutUint16(header[18:], xcoffExecutable)
	copy(header[24:], ".text")
	return header
}
