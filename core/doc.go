// Package core holds the contracts between plugin authors and the runner, one file
// for each kind of component. Everything else below core serves these contracts.
//
// # Glossary
//
// Data:
//   - sample: an id, its frames, and its labels or none. A movie trailer, a slide or a
//     product is a sample; one photograph is a sample of one frame.
//   - frame: one square RGB image, uint8 H×W×3, values 0 to 255.
//   - batch: B samples with N frames altogether, and B+1 offsets that say which frames
//     belong to which sample.
//   - view: a transformed copy of a batch's frames.
//
// Training:
//   - branch: one training objective: data source, augmentations, views, backbone,
//     heads, loss, and its optimizer.
//   - phase: branches that are trained together for some epochs.
//   - strategy: names the phases and branches, and makes views and targets.
//   - teacher: a moving average of the parameters, which some strategies predict with.
//   - step context: the branch, the step and the progress of the phase at the time of
//     a call.
//
// Programs:
//   - component: one kind/name that a plugin serves, such as loss/bce.
//   - plugin: a program that serves one or more components.
//   - module: a backbone or a head. A layer is one operation inside it.
//   - frozen prefix: the leading layers of a backbone that training never changes. Equal
//     frames give equal outputs, so the runner may cache them.
//   - forward ID: names one Forward, so that its Backward can find what it kept.
//
// Axis letters: N frames, B samples, R rows (samples or frames, as the branch's Unit
// says), V views with a gradient, H and W pixels, C channels, D features, K outputs,
// T width of a target.
//
// # Map
//
//	core            the contracts: component.go, module.go, loss.go, augmentation.go, strategy.go
//	core/sdk        Serve, and components from graph-building functions
//	core/conform    checks of any component, over any connection
//	core/graph      the operators that those functions are written with
//	core/internal   what authors do not import: ir, a graph as data; autodiff, its gradients; exec,
//	                which compiles and runs it; kernel, the arithmetic below
//	core/tensor     dtype, shape, memory
//	core/parallel   loops over all cores
//	core/rng        random streams, named by purpose
//	core/shm        memory that runner and plugins share
//	core/wire       the protocol: what the runner and plugins agree on; registry has the
//	                host's side of it, core/internal the plugin's
//	core/spec       spec files, with file, line and column of every key
//
// # Who owns what
//
// Components are functions. The runner owns every number that outlives a call:
// parameters, buffers, gradients, optimizer moments, random keys, and the position in
// the data. So a plugin may die at any moment: the runner starts it again and repeats
// the call, which gives the same bytes.
//
// The tensors of a call belong to the caller and are valid until the call returns. A
// component reads its inputs, never writes them, and writes every element of the
// outputs that it is handed. A zero Tensor is an output that the caller does not want.
// One exception: the row weights that a strategy may write hold ones already.
//
// # One training step
//
// runner/engine/step.go reads in this order. For the branches of the current phase:
//
//  1. While the step before still computes: draw samples and frames, decode, augment,
//     and let the strategy Transform the views that ask for it.
//  2. If the targets come from outputs: run the views without a gradient, and call
//     ComputeTargets.
//  3. Run the views with a gradient forward through backbone and heads, evaluate the
//     loss, and run backward.
//  4. Step the optimizer. Branches whose optimizers have the same name add their
//     gradients and step once. The others step in the order of the phase, each on the
//     parameters that the one before left.
//  5. Move the teacher, where the strategy has one.
//
// The runner commits an optimizer's step only after all of its calls succeeded and all of
// its numbers are finite.
//
// # The field's methods as strategy plans
//
// Each is a [StrategyPlan]. Names in capitals are fields and values of [Branch] and [View].
//
// Supervised: one phase, one branch, also called supervised: Source Labeled, one view
// {Augment}, Origin FromLabels.
//
// SESEMI (Tran 2019): one phase, joint, of two branches. supervised is as above. proxy:
// Unlabeled, one view {Augment, Transform, Copies 1 or 6}, FromTransform, one-hot
// targets of 6 classes, Reads Orientation and Handedness. Each has an optimizer.
//
// SimCLR (Chen 2020): phase pretrain trains contrast: Unlabeled, two views {Augment}
// with Draw 0 and 0 (or 0 and 1: two draws of a sample's frames), FromNothing, because
// NT-Xent pairs row i with row i + R/2. Phase finetune trains supervised. To keep the
// first part of the projection, as SimCLR v2 does, contrast has the Heads kept and head,
// and supervised has SharesHeadsOf contrast, SharesHeadsThrough kept, and its own head
// behind it.
//
// FixMatch (Sohn 2020): one phase; supervised is as above. pseudo: Unlabeled, views weak
// {Augment, NoGradient} and strong {Augment}, each with augmentations of its own in the
// spec, FromOutputs, SharesHeadsOf supervised. ComputeTargets turns the weak outputs into
// pseudo-labels, with weight 0 below the threshold.
//
// Mean Teacher (Tarvainen 2017): Teacher{0.999, Warmup}; supervised is as above.
// consistency: Everything, views student {Augment} and teacher {Augment, NoGradient,
// Teacher}, FromOutputs, vector targets, SharesHeadsOf supervised. The ramp-up of its
// weight is in the row weights, a function of Progress.
//
// BYOL (Grill 2020): Teacher. Heads head (the projection) and predictor; views a and b
// {Augment}, and ta {SharesFramesOf a} and tb {SharesFramesOf b}, both {NoGradient,
// Teacher, StopsAtHead head}; FromOutputs: the targets of a are the outputs of tb, those
// of b are the outputs of ta.
//
// Rotation (Gidaris 2018) is SESEMI's proxy with four copies. Entropy minimisation
// (Grandvalet 2004) adds a branch FromNothing whose loss is the entropy.
//
// Two families do not fit. Methods that need the gradient with respect to pixels (VAT)
// would need a field of ModuleBackward. Strategies that keep tensors between steps
// (MoCo's queue) would need a list of Params in StrategyPlan.
package core
