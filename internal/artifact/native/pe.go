package native

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"io"
)

// What a PE file's optional header says at these offsets.
const (
	peMagic32     = 0x10b
	peMagic64     = 0x20b
	peSignatureAt = 0x3c // where the DOS header says where the PE header stands
)

func inspectPE(r io.ReaderAt, head []byte, size int64) (*Native, error) {
	at := uint64(binary.LittleEndian.Uint32(head[peSignatureAt:]))
	if end, is := beyond(at, 24, size); is {
		if at >= 64 && at < 4096 { // else it is text, or a program for DOS
			return &Native{Format: PE, Systems: []string{"win32"}, Cut: cut("its header", end)}, nil
		}
		return nil, nil
	}
	header, err := readTable(r, at, 24, size)
	if err != nil || !bytes.HasPrefix(header, []byte("PE\x00\x00")) {
		return nil, err
	}
	machine, flags := binary.LittleEndian.Uint16(header[4:]), binary.LittleEndian.Uint16(header[22:])
	sections, optional := binary.LittleEndian.Uint16(header[6:]), binary.LittleEndian.Uint16(header[20:])
	found := &Native{Format: PE, Systems: []string{"win32"}, CPUs: []string{peCPU(machine)}, Started: flags&pe.IMAGE_FILE_DLL == 0}
	length := uint64(optional) + 40*uint64(sections)
	if end, is := beyond(at+24, length, size); is {
		found.Cut = cut("its header", end)
		return found, nil
	}
	table, err := readTable(r, at+24, length, size)
	if err != nil || uint64(len(table)) < length {
		return found, err
	}
	for section := table[optional:]; len(section) >= 40; section = section[40:] {
		length, from := binary.LittleEndian.Uint32(section[16:]), binary.LittleEndian.Uint32(section[20:])
		if end, is := beyond(uint64(from), uint64(length), size); is && length > 0 && from > 0 {
			found.Cut = cut("one of its sections", end)
		}
	}
	if from, length := peDirectory(table[:optional], pe.IMAGE_DIRECTORY_ENTRY_SECURITY); length > 0 && found.Cut == "" {
		if end, is := beyond(uint64(from), uint64(length), size); is {
			found.Cut = cut("its signature", end)
		}
	}
	if _, length := peDirectory(table[:optional], pe.IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR); length > 0 {
		found.Systems, found.CPUs, found.Started = nil, nil, false // .NET's own code, which its runtime takes anywhere
	}
	return found, nil
}

// peDirectory returns an entry of the optional header's table: two numbers, 0 where there is none.
func peDirectory(optional []byte, index int) (at, length uint32) {
	if len(optional) < 2 {
		return 0, 0
	}
	var table int
	switch binary.LittleEndian.Uint16(optional) {
	case peMagic32:
		table = 96
	case peMagic64:
		table = 112
	default:
		return 0, 0
	}
	if len(optional) < table+8*(index+1) || int64(binary.LittleEndian.Uint32(optional[table-4:])) <= int64(index) {
		return 0, 0
	}
	entry := optional[table+8*index:]
	return binary.LittleEndian.Uint32(entry), binary.LittleEndian.Uint32(entry[4:])
}
