//go:build !amd64

package avx

// Best returns the level of this processor.
func Best() Level { return None }

const missing = "avx: no assembly for this architecture"

func Multiply(_ Level, _ int, _ *Block) { panic(missing) }
func Turn(_ Level, _ Stage, _ *Tile)    { panic(missing) }

func CopyRows(_ int, _, _ *float32, _, _ int) bool { panic(missing) }
func Transpose(_, _ *float32, _, _, _ int)         { panic(missing) }

func MaxPixels(_, _ *float32, _ *int32, _, _, _ int)                    { panic(missing) }
func MaxWindow(_ *float32, _ *int32, _ *float32, _ *int32, _, _, _ int) { panic(missing) }

func SumRows(_, _ *float32, _, _ int)                 { panic(missing) }
func SquareRows(_, _, _ *float32, _, _ int)           { panic(missing) }
func ScaleRows(_, _, _, _, _ *float32, _, _ int)      { panic(missing) }
func GradRows(_, _, _, _, _ *float32, _, _ int)       { panic(missing) }
func BackRows(_, _, _, _, _, _, _ *float32, _, _ int) { panic(missing) }
func BiasRows(_, _ *float32, _, _ int)                { panic(missing) }
