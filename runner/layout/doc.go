// Package layout reads data sets as people have them: it finds out what the paths of
// [data] are, reads label files, folders and archives, and opens what it finds as data
// sets of runner/data.
//
//	New          takes the [data] of a spec
//	Layout.Open  opens one of its data sets
//	Open         opens a path alone
package layout
