// Package audit looks for what is wrong with data sets before anything is learnt from them: files that do not decode,
// pictures that are there twice, and samples that judge what was learnt from themselves.
//
//	Check        decodes all files and finds copies and leaks
//	fingerprint  is what a picture looks like, whatever its encoding, size and light
//	index        finds similar fingerprints without comparing all pairs
//	match        says when two samples are the same one by their frames
//	WriteText    prints the findings, the worst first
//
// README.md says what is found and what is not, as measured.
package audit
