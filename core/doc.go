// Package core is what plugin authors and the runner share: the contracts of the
// five kinds of components. Everything else in core serves them.
//
// # Words
//
// A sample is an id with its frames and its labels, or none. A frame is uint8
// H×W×3. A batch is B samples with N frames and B+1 segment offsets. A view is a
// transformed copy of a batch's frames. A branch is one objective: data source,
// augmentations, views, backbone, head, loss, and its optimizer. A phase is a set
// of branches trained together. A strategy names the phases and branches and
// makes views and targets. A component is one kind/name that a plugin serves; a
// plugin is a program that serves components. A frozen prefix is the front part of a
// backbone that nothing changes in training: of equal frames it makes equal values,
// which the runner may keep.
//
// Axis letters: N frames, B samples, R rows (samples or frames, as the branch's
// unit says), V views, H and W pixels, C channels, D features, K outputs, T width
// of a target.
//
// # Map
//
//	core            the contracts: component.go, layer.go, loss.go, augmentation.go, strategy.go
//	core/sdk        Serve, and components from graph-building functions
//	core/conform    checks of any component, over any connection
//	core/graph      the operators that those functions are written with
//	core/internal   what authors do not import: ir, a graph as data; autodiff, its gradients; exec,
//	                which compiles and runs it; kernel, the arithmetic below
//	core/tensor     dtype, shape, memory
//	core/parallel   loops over all cores
//	core/rng        random streams, by what they are for
//	core/shm        memory that runner and plugins share
//	core/wire       the door to go-plugin and gRPC, both sides
//	core/spec       spec files, with the place of every key
//
// # Who owns what
//
// Components are functions. The runner owns every number that outlives a call:
// parameters, buffers, gradients, moments, random keys, the place in the data. So
// a plugin may die at any moment; the runner starts it again and repeats the call,
// which gives the same bytes.
//
// # One training step
//
// For each branch of the phase, while the step before still computes: draw
// samples and frames, decode, augment, let the strategy transform. Then, branch
// after branch: passes of the views without a gradient, ComputeTargets; forward
// through backbone and heads of the views with one, loss, backward. Branches whose
// optimizers carry one name add their gradients and step once; others step in the
// order of the phase, each on the parameters that the one before left. Nothing is
// committed before every call succeeded and every number is finite.
//
// # The field's methods as programs
//
// Supervised: one phase, one branch: Labeled, one view {Augment}, FromLabels.
//
// SESEMI (Tran 2019): one phase of two branches. supervised is the supervised one;
// proxy: Unlabeled, one view {Augment, Transform, Copies 1 or 6}, FromTransform,
// one-hot of 6, Reads Orientation and Handedness. Two optimizers.
//
// SimCLR (Chen 2020): phase pretrain, branch contrast: Unlabeled, two views
// {Augment} with Draw 0 and 0 (or 0 and 1: two draws of a sample's frames),
// FromNothing: NT-Xent pairs row i with row i + R/2. Phase finetune: supervised.
// To keep a part of the projection, as SimCLR v2 does, contrast has the Heads kept
// and head, and supervised Shares contrast Through kept, with its own head behind it.
//
// FixMatch (Sohn 2020): one phase; supervised as above; pseudo: Unlabeled, views weak
// {Augment, NoGradient} and strong {Augment} (each with augmentations of its own
// in the spec), FromOutputs: ComputeTargets reads the weak outputs and writes
// labels, with weight 0 below the threshold; it Shares the heads of supervised.
//
// Mean Teacher (Tarvainen 2017): Teacher{0.999, Warmup}; consistency: Everything,
// views student {Augment} and teacher {Augment, NoGradient, Teacher}, FromOutputs,
// vectors; it Shares the heads of supervised; the ramp-up of its weight is in the row weights, a function of Progress.
//
// BYOL (Grill 2020): Teacher; Heads head (the projection) and predictor; views a
// and b {Augment}, and ta {Of a} and tb {Of b}, both {NoGradient, Teacher, Until
// head}; FromOutputs: targets of a are the outputs of tb, those of b of ta.
//
// Rotation (Gidaris 2018) is SESEMI's proxy with four copies; entropy
// minimisation (Grandvalet 2004) a branch FromNothing with the entropy as loss.
//
// What does not fit: methods that need the gradient by the pixels (VAT) and those
// whose strategy keeps tensors of its own between steps (MoCo's queue). The first
// would be a field of ModuleBackward, the second a list of Params in Program.
package core
