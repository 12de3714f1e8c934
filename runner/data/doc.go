// Package data holds data sets: which samples and frames a step of training draws, and the
// pixels of those frames. Package layout, above it, finds the samples.
//
//	Check     looks at the files of all samples before training starts
//	Sampler   says which samples and frames a step sees, as a pure function
//	Sweep     does so for evaluation, without randomness
//	Loader    decodes and resizes those frames into the caller's memory
//
// Nothing here depends on the number of threads or on the order in which files
// are read: every draw comes from an rng.Key of seed, epoch, pass, sample and frame.
package data
