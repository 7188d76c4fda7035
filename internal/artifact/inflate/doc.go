// Package inflate reads gzip files (RFC 1952, RFC 1951): a Reader as compress/gzip does, in half of its time, and a Seeker both
// ends of a file, without what lies between.
//
// It is here because nearly all of what it takes to look into a .tgz before it is sent is to unpack it, which with the fastest
// library takes longer than to send it. docs/benchmarks.md has the figures. A Reader takes and refuses what compress/gzip takes
// and refuses: fuzz targets hold it to that.
package inflate
