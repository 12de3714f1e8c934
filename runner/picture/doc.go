// Package picture makes square frames of image files.
//
//	Check    reads the header of a file
//	Decoder  decodes a file and resizes it to a square
//	Remedy   says what to do about a file of a kind that is not read
//
// It reads JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC, of an animation the first picture
// and of several pages the first. What a file is, is seen by its first bytes and not by its
// name. Pictures are turned as Exif says, or as AVIF and HEIC do. Pixels are Pillow's, up to what
// tests of this package state: JPEG, lossy WebP and HEIC repeat colours that are stored at half
// the size, where Pillow interpolates them, and profiles of colour are ignored, as Pillow does.
//
// Check finds what is not read in a header: JPEG that is arithmetic-coded, lossless or of 12
// bits, and TIFF with JPEG, CMYK, floating-point or signed numbers, or planes.
package picture
