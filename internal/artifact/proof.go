package artifact

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
)

var errCompression = errors.New("what was compressed does not unpack to what it was: this is a fault of this program or of " +
	"the machine's memory, and nothing was sent; please report it, and name a .tgz of npm pack as the artifact until it is mended")

// proofs says of how many pieces one is proven. To prove each would take half as much time again as to compress it.
const proofs = 32

// proven tells whether a piece is unpacked again: the first, the last and some of the others, so that a fault that is not rare
// stops every package. Small takes its time anyway.
func proven(index int, final bool, c Compression) bool {
	return c == Small || final || index%proofs == 0
}

// prove unpacks a compressed piece with another's decoder and compares. A version's number is never free again: a package
// that cannot be unpacked should not leave this machine.
func (e *encoder) prove(p *piece) error {
	dictionary, want := p.Data[:p.Start], p.Data[p.Start:]
	from := bytes.NewReader(p.out)
	if again, ok := e.decoder.(flate.Resetter); !ok {
		e.decoder, e.unpacked = flate.NewReaderDict(from, dictionary), make([]byte, pieceSize)
	} else if err := again.Reset(from, dictionary); err != nil {
		return err
	}
	have := e.unpacked[:len(want)]
	if _, err := io.ReadFull(e.decoder, have); err != nil || !bytes.Equal(have, want) {
		return errCompression
	}
	n, err := e.decoder.Read(e.unpacked[:1])
	ends := errors.Is(err, io.EOF) && p.Final || errors.Is(err, io.ErrUnexpectedEOF) && !p.Final // the next piece goes on there
	if n != 0 || !ends || from.Len() != 0 {
		return errCompression
	}
	return nil
}
