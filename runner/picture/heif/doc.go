// Package heif reads what AVIF and HEIC files say about their picture, without decoding it.
//
// Both are files of boxes: a length, a name of four letters, and content, which may be boxes.
// The box meta lists items (pictures, and tiles that make up pictures), their properties, and
// which item is the picture to show.
//
// Source: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (items and properties), ITU-T H.273
// (ranges and matrices of colour).
package heif
