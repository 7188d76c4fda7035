package native

import (
	"cmp"
	"debug/macho"
	"encoding/binary"
	"io"
	"slices"
)

// magicFat64 starts a universal file whose slices may lie behind 4 GB.
const magicFat64 = 0xcafebabf

// The commands that say where something of the file is, beyond those that debug/macho names.
const (
	loadSignature      = 0x1d
	loadDyldInfo       = 0x22
	loadMustUnderstand = 0x80000000
)

// machoOrder returns the byte order that a Mach-O header is in, nil where there is none.
func machoOrder(head []byte) binary.ByteOrder {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if magic := order.Uint32(head); magic == macho.Magic64 || magic == macho.Magic32 {
			return order
		}
	}
	return nil
}

// inspectMachO reads the file of one architecture, or a universal one's slice.
func inspectMachO(r io.ReaderAt, size int64) (*Native, error) {
	header, err := readTable(r, 0, uint64(min(size, 32)), size) //nolint:gosec // not negative
	if err != nil || len(header) < 4 || machoOrder(header) == nil {
		return nil, err
	}
	order, found := machoOrder(header), &Native{Format: MachO, Systems: []string{"darwin"}}
	wide := order.Uint32(header) == macho.Magic64
	start := map[bool]uint64{false: 28, true: 32}[wide]
	if uint64(len(header)) < start {
		found.Cut = cut("its header", start)
		return found, nil
	}
	const program, library, bundle = macho.TypeExec, macho.TypeDylib, macho.TypeBundle
	kind := macho.Type(order.Uint32(header[12:]))
	if kind != program && kind != library && kind != bundle {
		return nil, nil // an object file, or what is for a debugger
	}
	found.CPUs = []string{machoCPU(macho.Cpu(order.Uint32(header[4:])))}
	found.Started = kind == program
	length := uint64(order.Uint32(header[20:]))
	if end, is := beyond(start, length, size); is {
		found.Cut = cut("its table of commands", end)
		return found, nil
	}
	commands, err := readTable(r, start, length, size)
	if err != nil {
		return nil, err
	}
	signature := part{}
	for _, p := range machoParts(commands, order, wide) {
		if end, is := beyond(p.at, p.length, size); is && p.length > 0 && found.Cut == "" {
			found.Cut = cut(p.what, end)
		}
		if p.command == loadSignature {
			signature = p
		}
	}
	if found.Cut == "" {
		found.Signature, err = signed(r, signature, found.CPUs[0] == "arm64", size)
	}
	return found, err
}

// part is something of a Mach-O file that a command tells of.
type part struct {
	command    uint32
	what       string
	at, length uint64
}

// machoParts lists what must lie within the file.
func machoParts(commands []byte, order binary.ByteOrder, wide bool) (parts []part) {
	for len(commands) >= 8 {
		command, length := order.Uint32(commands), uint64(order.Uint32(commands[4:]))
		if length < 8 || length > uint64(len(commands)) {
			return parts
		}
		body := commands[:length]
		commands = commands[length:]
		add := func(what string, at, length uint64) { parts = append(parts, part{command, what, at, length}) }
		field := func(at int) uint64 { return uint64(order.Uint32(body[at:])) }
		switch kind := macho.LoadCmd(command &^ loadMustUnderstand); {
		case kind == macho.LoadCmdSegment64 && length >= 72:
			add("one of its segments", order.Uint64(body[40:]), order.Uint64(body[48:]))
		case kind == macho.LoadCmdSegment && length >= 56:
			add("one of its segments", field(32), field(36))
		case kind == macho.LoadCmdSymtab && length >= 24:
			add("its symbols", field(8), field(12)*map[bool]uint64{false: 12, true: 16}[wide])
			add("its symbols' names", field(16), field(20))
		case kind == loadDyldInfo && length >= 48:
			for at := 8; at < 48; at += 8 {
				add("what its linker needs", field(at), field(at+4))
			}
		case kind == loadSignature && length >= 16:
			add("its code signature", field(8), field(12))
		case (kind == 0x26 || kind == 0x29 || kind == 0x33 || kind == 0x34) && length >= 16: // starts of functions, data in code, exports, fixups
			add("what its linker needs", field(8), field(12))
		}
	}
	return parts
}

// fatEntry is the size of an entry in the table of a universal file, 0 where it is none.
func fatEntry(head []byte) int {
	magic, count := binary.BigEndian.Uint32(head), binary.BigEndian.Uint32(head[4:])
	switch {
	case count == 0 || count > 40: // the same magic starts Java's class files, whose version stands here, from 45 on
		return 0
	case magic == macho.MagicFat:
		return 20
	case magic == magicFat64:
		return 32
	}
	return 0
}

// inspectFat reads a universal file, slice by slice.
func inspectFat(r io.ReaderAt, head []byte, size int64) (*Native, error) {
	entrySize, order := fatEntry(head), binary.BigEndian
	found := &Native{Format: MachO, Systems: []string{"darwin"}}
	length := uint64(entrySize) * uint64(order.Uint32(head[4:])) //nolint:gosec // 20 or 32
	if end, is := beyond(8, length, size); is {
		found.Cut = cut("its table of slices", end)
		return found, nil
	}
	table, err := readTable(r, 8, length, size)
	if err != nil {
		return nil, err
	}
	var slices64 []part
	for ; len(table) >= entrySize; table = table[entrySize:] {
		slice := part{order.Uint32(table), "one of its slices", uint64(order.Uint32(table[8:])), uint64(order.Uint32(table[12:]))}
		if entrySize == 32 {
			slice.at, slice.length = order.Uint64(table[8:]), order.Uint64(table[16:])
		}
		slices64 = append(slices64, slice)
		found.CPUs = append(found.CPUs, machoCPU(macho.Cpu(slice.command)))
	}
	slices.SortFunc(slices64, func(a, b part) int { return cmp.Compare(a.at, b.at) })
	from := uint64(0)
	for _, slice := range slices64 {
		end, is := beyond(slice.at, slice.length, size)
		if is {
			found.Cut = cut(slice.what, end)
			return found, nil
		}
		if slice.at < from { // slices that share bytes are nobody's, and would be read again and again
			return nil, nil
		}
		from = end
		if err := found.add(r, slice); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// add reads a slice of a universal file and adds what it says.
func (n *Native) add(r io.ReaderAt, slice part) error {
	whole := func() (io.Reader, error) {
		return io.NewSectionReader(r, int64(slice.at), int64(slice.length)), nil //nolint:gosec // within the file
	}
	start, _ := whole()
	within, err := inspectMachO(NewStream(start, whole), int64(slice.length)) //nolint:gosec // within the file
	if err != nil || within == nil {
		return err
	}
	n.Started = n.Started || within.Started
	if n.Cut == "" && within.Cut != "" {
		n.Cut = "in one of its slices " + within.Cut
	}
	n.Signature = max(n.Signature, within.Signature)
	return nil
}
