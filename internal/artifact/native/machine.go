package native

import (
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"fmt"
	"slices"
)

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

// Judged tells whether the system's executables are in a format that is read here.
func Judged(system string) bool {
	return system == "darwin" || system == "win32" || system == "aix" || slices.Contains(elfSystems(elf.ELFOSABI_NONE), system)
}
