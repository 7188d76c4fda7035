package native

import (
	"debug/elf"
	"debug/macho"
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
	case system != "darwin" && system != "win32" && known && Judged(system):
		return elfHeader(machine, elfABI(system), interpreter(system, cpu, libc)), ""
	}
	return []byte("\x00asm\x01\x00\x00\x00"), ".wasm"
}

// machine is a cpu by the names of each format; zero where the format has none that Node.js runs on.
type machine struct {
	elf   elf.Machine
	class elf.Class
	data  elf.Data
	macho macho.Cpu
	pe    uint16
}

func machines() map[string]machine {
	return map[string]machine{
		"x64":      {elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, macho.CpuAmd64, pe.IMAGE_FILE_MACHINE_AMD64},
		"arm64":    {elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB, macho.CpuArm64, pe.IMAGE_FILE_MACHINE_ARM64},
		"ia32":     {elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB, macho.Cpu386, pe.IMAGE_FILE_MACHINE_I386},
		"arm":      {elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB, 0, pe.IMAGE_FILE_MACHINE_ARMNT},
		"loong64":  {elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB, 0, 0},
		"mips":     {elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2MSB, 0, 0},
		"mipsel":   {elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2LSB, 0, 0},
		"mips64el": {elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2LSB, 0, 0},
		"ppc":      {elf.EM_PPC, elf.ELFCLASS32, elf.ELFDATA2MSB, 0, 0},
		"ppc64":    {elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB, 0, 0},
		"riscv64":  {elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB, 0, 0},
		"s390":     {elf.EM_S390, elf.ELFCLASS32, elf.ELFDATA2MSB, 0, 0},
		"s390x":    {elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB, 0, 0},
	}
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

// interpreter is the dynamic linker of Linux where its path is known here, else "", for a static executable.
func interpreter(system, cpu, libc string) string {
	known := map[string][2]string{
		"x64":   {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"},
		"arm64": {"/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"},
	}[cpu]
	switch {
	case system != "linux":
		return ""
	case libc == "musl":
		return known[1]
	}
	return known[0]
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
	if m.class == elf.ELFCLASS32 || interpreter == "" {
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

func machoHeader(cpu macho.Cpu) []byte {
	header := make([]byte, 0, 32)
	for _, field := range []uint32{macho.Magic64, uint32(cpu), 0, uint32(macho.TypeExec), 0, 0, 0, 0} {
		header = binary.LittleEndian.AppendUint32(header, field)
	}
	return header
}

func peHeader(cpu uint16) []byte {
	const signature = 64 // where it stands
	header := make([]byte, signature+4+20)
	copy(header, "MZ")
	header[0x3c] = signature
	copy(header[signature:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(header[signature+4:], cpu)
	binary.LittleEndian.PutUint16(header[signature+4+18:], pe.IMAGE_FILE_EXECUTABLE_IMAGE)
	return header
}
