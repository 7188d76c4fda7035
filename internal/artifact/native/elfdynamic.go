package native

import (
	"bytes"
	"debug/elf"
	"slices"
)

// How many libraries a shared object may need, and how long each name may be, in bytes. Names are cut off there.
const (
	maxNeeded  = 1024
	maxLibrary = 256
)

// elfDynamic is what an ELF file tells the dynamic linker.
type elfDynamic struct {
	is      bool     // it tells anything
	program bool     // it says that it is an executable
	named   bool     // it has a name for others to need it by
	needed  []uint64 // where the names of the libraries that it needs stand among its strings
	strings uint64   // where these stand in the file; 0: nobody knows
}

func (f *elfFile) dynamic() (d elfDynamic, err error) {
	at := slices.IndexFunc(f.segments, func(s elf.ProgHeader) bool { return s.Type == elf.PT_DYNAMIC })
	if at < 0 {
		return d, nil
	}
	table, err := readTable(f.r, f.segments[at].Off, min(f.segments[at].Filesz, maxTable), f.size)
	if err != nil {
		return d, err
	}
	size, half := 8, 4
	if f.wide {
		size, half = 16, 8
	}
	for ; len(table) >= size; table = table[size:] {
		tag, value := elf.DynTag(word(f.order, f.wide, table)), word(f.order, f.wide, table[half:]) //nolint:gosec // compared only
		d.is = true
		switch tag {
		case elf.DT_NULL:
			return d, nil
		case elf.DT_NEEDED:
			if len(d.needed) < maxNeeded {
				d.needed = append(d.needed, value)
			}
		case elf.DT_STRTAB:
			d.strings = f.place(value)
		case elf.DT_SONAME:
			d.named = true
		case elf.DT_FLAGS_1:
			d.program = value&uint64(elf.DF_1_PIE) != 0
		}
	}
	return d, nil
}

// place returns the offset in the file of an address, 0 where none is loaded to it.
func (f *elfFile) place(address uint64) uint64 {
	for _, s := range f.segments {
		if s.Type == elf.PT_LOAD && address >= s.Vaddr && address-s.Vaddr < s.Filesz {
			return s.Off + (address - s.Vaddr)
		}
	}
	return 0
}

// libraries reads the names of the libraries that the file needs. They mostly stand before what was read by then, so that all are
// read in one sweep.
func (f *elfFile) libraries(d elfDynamic) (names []string, err error) {
	if d.strings == 0 {
		return nil, nil
	}
	slices.Sort(d.needed)
	for len(d.needed) > 0 {
		from, to, n := d.needed[0], d.needed[0], 0
		for n < len(d.needed) && d.needed[n] <= to {
			to = d.needed[n] + maxLibrary
			n++
		}
		if _, is := beyond(d.strings, from, f.size); is || to < from {
			return names, nil
		}
		window, err := readTable(f.r, d.strings+from, min(to-from, uint64(f.size)-d.strings-from), f.size) //nolint:gosec // not negative
		if err != nil {
			return nil, err
		}
		for _, at := range d.needed[:n] {
			name := window[min(at-from, uint64(len(window))):]
			name, _, _ = bytes.Cut(name[:min(maxLibrary, len(name))], []byte{0})
			names = append(names, string(name))
		}
		d.needed = d.needed[n:]
	}
	return names, nil
}
