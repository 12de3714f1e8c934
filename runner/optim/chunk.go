package optim

import "montage/core/parallel"

// chunk is the length of a stretch that one thread updates at a time: 64 KiB of each of
// four arrays, small enough for a second-level cache.
const chunk = 16384

// inChunks calls work for consecutive stretches of [0, n), on all threads.
func inChunks(n int, work func(from, to int)) { parallel.Chunks(n, chunk, work) }
