package live

// Inert passes on to a device what is written to it, with nothing in it that the runner of GitHub Actions would take for a command. The
// runner reads all that a job prints, and the registry's words, names of files and what a diff shows may hold anything. It looks for "::"
// where a line begins, behind blanks too, and for "##[" anywhere (github.com/actions/runner, ActionCommand.cs). A space parts them. An
// Inert is not safe for concurrent use.
type Inert struct {
	Device

	colons int // that the line begins with: 2 where it begins otherwise
	hashes int // that end what was written
}

// Write passes the text on in one piece.
func (i *Inert) Write(text []byte) (int, error) {
	inert := make([]byte, 0, len(text))
	for _, c := range text {
		if c == ':' && i.colons == 1 || c == '[' && i.hashes >= 2 {
			inert = append(inert, ' ')
		}
		inert = append(inert, c)
		switch {
		case c == '\n', c == '\r':
			i.colons = 0
		case c == ':':
			i.colons = min(i.colons+1, 2)
		case c > ' ' && c < 0x7f: // what else there is may be taken for a blank
			i.colons = 2
		}
		if c == '#' {
			i.hashes++
		} else {
			i.hashes = 0
		}
	}
	if _, err := i.Device.Write(inert); err != nil {
		return 0, err
	}
	return len(text), nil
}
