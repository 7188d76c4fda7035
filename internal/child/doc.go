// Package child runs other programs for what they print, and bounds that: a program that prints without end must not take all memory.
// Those who ask git, npm and the circleci program call it; it knows none of them.
package child
