// Package inflate reads gzip files (RFC 1952, RFC 1951) as compress/gzip does, in less than half of its time.
//
// It exists because every .tgz is unpacked to its end before it is sent. With the fastest library that takes so long that other
// clients, which unpack nothing, would finish sooner; docs/benchmarks.md has the figures. A Reader accepts and refuses what
// compress/gzip accepts and refuses: fuzz targets compare the two. Package artifact is its caller. Start reading with Reader.
package inflate
