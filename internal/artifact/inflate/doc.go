// Package inflate reads gzip files (RFC 1952, RFC 1951) as compress/gzip does, in less than half of its time.
//
// It is here because every .tgz is unpacked to its end before it is sent. With the fastest library that takes so long that other
// clients, which unpack nothing, would be done sooner; docs/benchmarks.md has the figures. A Reader takes and refuses what
// compress/gzip takes and refuses: fuzz targets hold it to that.
package inflate
