// Package picture makes square frames of image files.
//
//	Check    reads the header of a file
//	Decoder  decodes a file and resizes it to a square
//
// It reads JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC, of an animation the first picture;
// animated WebP is refused. What a file is, is seen by its first bytes and not by its name.
package picture
