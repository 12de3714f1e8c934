package main

import (
	"montage/plugins/affine"
	"montage/plugins/asymmetric"
	"montage/plugins/bce"
	"montage/plugins/crossentropy"
	"montage/plugins/layers"
	"montage/plugins/mirror"
	"montage/plugins/mlp"
	"montage/plugins/resnet"
	"montage/plugins/sesemi"
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
		{Name: "cross-entropy", Components: crossentropy.Components},
		{Name: "layers", Components: layers.Components},
		{Name: "mirror", Components: mirror.Components},
		{Name: "mlp", Components: mlp.Components},
		{Name: "resnet", Components: resnet.Components},
		{Name: "sesemi", Components: sesemi.Components},
		{Name: "supervised", Components: supervised.Components},
	}
}
