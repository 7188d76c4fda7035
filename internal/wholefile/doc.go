// Package wholefile puts a file in its place whole, or not at all.
package wholefile
