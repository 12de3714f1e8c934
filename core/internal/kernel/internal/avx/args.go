package avx

// Level is the set of instructions in use; a greater one includes the lesser.
type Level int

const (
	None   Level = iota // no assembly
	AVX2                // with FMA: vectors of 8
	AVX512              // vectors of 16
)

// Block is a product of up to 6 rows (AVX2) or 12 rows (AVX512) by Panels panels of
// 16 or 32 columns: C = A B, with A[r] the concatenation of Taps runs of Depth
// elements. Bytes are meant where it says so, elements of 4 bytes elsewhere.
//
//	Offsets   [Taps][6 or 12]: where each run begins in A; negative: Zeros instead
//	Step      bytes from an element of a run to the next
//	B         [Panels][Taps*Depth][16 or 32]
//	Ldc       bytes from a row of C, or Residual, to the next
//	Add       not 0: C is added to
//	Bias      [Panels*16 or 32] or nil, added
//	Residual  like C or nil, added; may be C
//	Next      what is read after this block, fetched into the cache meanwhile:
//	          for every panel a quarter as much as of B
//	ReLU      not 0: negative results become 0
type Block = struct {
	Taps, Depth, Step int
	Offsets           *int32
	A, Zeros, B, C    *float32
	Ldc               int
	Bias, Residual    *float32
	Next              *float32
	ReLU, Add, Panels int
}

// Stage is one of the transforms of Winograd's convolution F(4x4,3x3).
type Stage int

const (
	Input          Stage = iota // 6 by 6 pixels to 36 planes
	Output                      // 36 planes to 4 by 4 pixels
	Filter                      // 3 by 3 weights to 36 planes
	Gradient                    // 4 by 4 pixels to 36 planes: transpose of Output
	FilterGradient              // 36 planes to 3 by 3 weights: transpose of Filter
)

// Tile is one transform of Groups groups of 8 (AVX2) or 16 (AVX512) channels.
// Planes lie Plane bytes apart; the other side, pixels or weights, is addressed by At,
// in elements, where negative means Spare: zeros to read, or a place to write what
// nobody needs. Where To is planes, Jump bytes are skipped after each panel of 16 or
// 32 channels. Output alone adds Bias and Residual, which lies as To does and may be
// nil, and clips at 0 where ReLU is not 0.
type Tile = struct {
	From, To            *float32
	At                  *int32
	Spare               *float32
	Plane, Groups, Jump int
	Bias, Residual      *float32
	ReLU                int
}
