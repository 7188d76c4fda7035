// Package measure runs programs and tells what they took: time, and the memory of all their processes together. It reads
// Linux's /proc.
package measure
