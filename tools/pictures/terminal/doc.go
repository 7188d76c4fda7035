// Package terminal records a command at a terminal, and writes the recording as one animated SVG: text stays text, colours
// stay, and where motion is not wanted or not supported the last picture is shown.
package terminal
