// Package data reads data sets: which samples there are, which samples and frames a step
// of training draws, and the pixels of those frames.
//
// A data set is a CSV file with the columns id and labels (labels separated by
// "|") beside a folder frames/<id>/ of JPEG or PNG files for every row; or, without
// labels, the same file without them or a folder of such folders.
//
//	Open      finds and checks everything before training starts
//	Sampler   says which samples and frames a step sees, as a pure function
//	Sweep     does so for evaluation, without randomness
//	Loader    decodes and resizes those frames into the caller's memory
//
// Nothing here depends on the number of threads or on the order in which files
// are read: every draw comes from an rng.Key of seed, epoch, pass, sample and frame.
package data
