// Package child runs other programs for what they print.
package child
