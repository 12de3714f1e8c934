package picture

import (
	"path/filepath"
	"slices"
	"strings"
)

// Extensions are those of files in the formats that are read, in small letters.
var Extensions = []string{".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff",
	".avif", ".heic", ".heif", ".hif"}

// IsPicture reports whether a file's name ends as pictures' names do.
func IsPicture(name string) bool {
	return slices.Contains(Extensions, strings.ToLower(filepath.Ext(name)))
}
