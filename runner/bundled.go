package main

import (
	"montage/plugins/affine"
	"montage/plugins/asymmetric"
	"montage/plugins/bce"
	"montage/plugins/blur"
	"montage/plugins/byol"
	"montage/plugins/colorjitter"
	"montage/plugins/cosine"
	"montage/plugins/crop"
	"montage/plugins/crossentropy"
	"montage/plugins/entropy"
	"montage/plugins/entropymin"
	"montage/plugins/fixmatch"
	"montage/plugins/grayscale"
	"montage/plugins/layers"
	"montage/plugins/meanteacher"
	"montage/plugins/mirror"
	"montage/plugins/mlp"
	"montage/plugins/mse"
	"montage/plugins/ntxent"
	"montage/plugins/pool"
	"montage/plugins/projection"
	"montage/plugins/resnet"
	"montage/plugins/rotation"
	"montage/plugins/sesemi"
	"montage/plugins/simclr"
	"montage/plugins/solarize"
	"montage/plugins/supervised"
	"montage/runner/command"
)

// bundled lists the plugins that the binary serves. It knows their names alone:
// whatever else the runner learns of them comes over the wire, as from a stranger.
func bundled() []command.Bundled {
	return []command.Bundled{
		{Name: "affine", Components: affine.Components},
		{Name: "asymmetric", Components: asymmetric.Components},
		{Name: "bce", Components: bce.Components},
		{Name: "blur", Components: blur.Components},
		{Name: "byol", Components: byol.Components},
		{Name: "color-jitter", Components: colorjitter.Components},
		{Name: "cosine", Components: cosine.Components},
		{Name: "crop", Components: crop.Components},
		{Name: "cross-entropy", Components: crossentropy.Components},
		{Name: "entropy", Components: entropy.Components},
		{Name: "entropy-min", Components: entropymin.Components},
		{Name: "fixmatch", Components: fixmatch.Components},
		{Name: "grayscale", Components: grayscale.Components},
		{Name: "layers", Components: layers.Components},
		{Name: "mean-teacher", Components: meanteacher.Components},
		{Name: "mirror", Components: mirror.Components},
		{Name: "mlp", Components: mlp.Components},
		{Name: "mse", Components: mse.Components},
		{Name: "nt-xent", Components: ntxent.Components},
		{Name: "pool", Components: pool.Components},
		{Name: "projection", Components: projection.Components},
		{Name: "resnet", Components: resnet.Components},
		{Name: "rotation", Components: rotation.Components},
		{Name: "sesemi", Components: sesemi.Components},
		{Name: "simclr", Components: simclr.Components},
		{Name: "solarize", Components: solarize.Components},
		{Name: "supervised", Components: supervised.Components},
	}
}
