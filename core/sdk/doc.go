// Package sdk is what plugin authors build components with: modules and losses
// from one graph-building function ([Backbone], [Head], [Loss]), augmentations
// from a function of one frame ([EachFrame]), and the program that serves them
// ([Serve]). Package sdktest below checks what they make.
package sdk
