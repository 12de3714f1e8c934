//go:build !amd64

package avx

// Supported tells whether this processor runs the functions of this package.
func Supported() bool { return false }

const missing = "avx: no assembly for this architecture"

func Gemm1(_ *float32, _, _ int, _, _ *float32, _, _, _ int) { panic(missing) }
func Gemm2(_ *float32, _, _ int, _, _ *float32, _, _, _ int) { panic(missing) }
func Gemm3(_ *float32, _, _ int, _, _ *float32, _, _, _ int) { panic(missing) }
func Gemm4(_ *float32, _, _ int, _, _ *float32, _, _, _ int) { panic(missing) }
func Gemm5(_ *float32, _, _ int, _, _ *float32, _, _, _ int) { panic(missing) }
func Gemm6(_ *float32, _, _ int, _, _ *float32, _, _, _ int) { panic(missing) }

func SumRows(_, _ *float32, _, _ int)                 { panic(missing) }
func SquareRows(_, _, _ *float32, _, _ int)           { panic(missing) }
func ScaleRows(_, _, _, _, _ *float32, _, _ int)      { panic(missing) }
func GradRows(_, _, _, _, _ *float32, _, _ int)       { panic(missing) }
func BackRows(_, _, _, _, _, _, _ *float32, _, _ int) { panic(missing) }
func MaxRows(_, _ *float32, _, _ int)                 { panic(missing) }
func BiasRows(_, _ *float32, _, _ int)                { panic(missing) }
