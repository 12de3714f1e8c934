// Command runner trains image models from spec files. It is also every bundled
// plugin: it starts itself again as the process of each.
//
// # Map
//
// The packages, in the order in which data flows through a training. None imports
// runner/command, which puts them together.
//
// From the command line to a pipeline:
//
//	runner/command       reads the command line, prints, and chooses the exit status
//	runner/layout        reads data sets as people have them: label files, folders, archives
//	runner/labelfile     reads the rows of label files: CSV, TSV, JSON Lines, JSON
//	runner/stratify      divides labelled samples into parts and folds
//	runner/featurefile   reads precomputed features, which stand for frames
//	runner/data          checks samples, draws those of a step, and decodes their frames
//	runner/fileindex     remembers which frames were found sound
//	runner/data/datatest writes data sets for tests
//	runner/video         takes key frames out of videos, by ffmpeg
//	runner/picture       makes square frames of image files
//	runner/picture/heif  reads what AVIF and HEIC files say about their picture
//	runner/picture/wasm  decodes AVIF and HEIC in a sandbox
//	runner/weight        reads and writes named tensors: safetensors, PyTorch's files
//	runner/weight/pickle reads Python's pickles, for PyTorch's files
//	runner/framecache    keeps decoded frames on disk, by the files that they were made of
//	runner/diskcache     keeps values that take long to compute on disk
//	runner/model         holds backbone and heads, and takes batches through them
//	runner/pipeline      makes of a spec something that can be trained or used
//
// A training:
//
//	runner/input         prepares a branch's batches: draw, decode, augment, transform
//	runner/engine        trains; step.go is a training step
//	runner/optim         changes parameters by gradients
//	runner/training      validates, probes, records and saves between epochs; resumes
//	runner/checkpoint    keeps the state of a run on disk
//	runner/run           is the folder of a run
//
// What is made of a trained model:
//
//	runner/predict       takes samples through a model: scores and features
//	runner/metric        scores predictions
//	runner/report        writes what a run achieved
//	runner/probe         judges features by simple classifiers
//	runner/embed         writes features to files
//	runner/compare       compares specs over seeds and learning rates
//
// Tools around it:
//
//	runner/plan          describes a pipeline before it trains
//	runner/audit         checks data sets: files, copies, leaks
//	runner/preview       draws what the branches are given to see
//	runner/document      makes reference pages and an editor's schema
//	runner/bench         measures training and scoring, beside rivals
//	runner/output        writes into the file that a user names
//	runner/trace         writes what calls of plugins took, for a viewer
//	runner/synth         writes synthetic data sets
//	runner/scaffold      writes the folder of a new plugin
//	runner/develop       builds a plugin again when its sources change
package main
