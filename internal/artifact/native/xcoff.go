package native

import (
	"encoding/binary"
	"io"
)

// XCOFF's flags that say where bytes are that no file holds, and what the file is.
const (
	xcoffBSS        = 0x0080 // of a section
	xcoffThreadBSS  = 0x0800
	xcoffOverflow   = 0x8000 // it counts another section's entries
	xcoffExecutable = 0x0002 // of the file
	xcoffShared     = 0x2000
)

// inspectXCOFF reads AIX's format. Its magic has two bytes, so that the table of sections has to make sense, too.
func inspectXCOFF(r io.ReaderAt, head []byte, size int64) (*Native, error) {
	order, wide := binary.BigEndian, head[1] == 0xf7
	start, entrySize := uint64(20), uint64(40)
	if wide {
		start, entrySize = 24, 72
	}
	count, optional, flags := uint64(order.Uint16(head[2:])), uint64(order.Uint16(head[16:])), order.Uint16(head[18:])
	if flags&(xcoffExecutable|xcoffShared) == 0 || count == 0 || count > 256 || optional > 512 {
		return nil, nil
	}
	found := &Native{Format: XCOFF, Systems: []string{"aix"}, CPUs: []string{"ppc"}, Started: flags&xcoffShared == 0}
	if wide {
		found.CPUs = []string{"ppc64"}
	}
	if end, is := beyond(start+optional, count*entrySize, size); is {
		found.Cut = cut("its table of sections", end)
		return found, nil
	}
	table, err := readTable(r, start+optional, count*entrySize, size)
	if err != nil {
		return nil, err
	}
	for ; uint64(len(table)) >= entrySize; table = table[entrySize:] {
		length, at, kind := uint64(order.Uint32(table[16:])), uint64(order.Uint32(table[20:])), order.Uint32(table[36:])
		if wide {
			length, at, kind = order.Uint64(table[24:]), order.Uint64(table[32:]), order.Uint32(table[64:])
		}
		if table[0] != '.' && table[0] != '_' {
			return nil, nil
		}
		if end, is := beyond(at, length, size); is && at > 0 && kind&(xcoffBSS|xcoffThreadBSS|xcoffOverflow) == 0 {
			found.Cut = cut("one of its sections", end)
		}
	}
	return found, nil
}
