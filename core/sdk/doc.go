// Package sdk makes components from one function each: a module or a loss from a
// graph-building function ([Backbone], [Head], [Loss]), an augmentation from a function of
// one frame ([EachFrame]), a proxy task from a transform of one frame ([Task]). [Serve]
// serves them. Package sdktest tests them.
package sdk
