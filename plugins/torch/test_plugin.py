#!/usr/bin/env python3
"""What the conformance kit cannot see: copies, pieces, and a device that is full."""

import unittest
from types import SimpleNamespace
from unittest import mock

import numpy as np
import torch

import montage
from montage_torch.backbone import Backbone

SIZE, FRAMES = 32, 4
SMALLEST = "shufflenet_v2_x0_5"


def backbone(micro_batch=0, **options):
    """A planned backbone and its plan: the smallest model that has batch statistics."""
    made = Backbone.body(**Backbone.check({"threads": 1, "model": SMALLEST, **options}))
    plan = made.plan(SimpleNamespace(size=SIZE, frames=FRAMES, micro_batch=micro_batch, gradient=True))
    return made, plan


def call(plan, revision=0, forward_id=1, train=True):
    """A call with everything in it."""
    r = np.random.default_rng(5)
    params = [_values(r, p) for p in plan.params]
    return SimpleNamespace(
        forward_id=forward_id, train=train, gradient=True, revision=revision, params=params,
        frames=r.integers(0, 256, (FRAMES, SIZE, SIZE, 3), dtype=np.uint8), keys=np.arange(FRAMES, dtype=np.uint64),
        output=np.zeros((FRAMES, plan.outputs), np.float32), updates=[np.zeros(p.shape, np.float32) if p.buffer else None for p in plan.params],
        grad_output=r.normal(size=(FRAMES, plan.outputs)).astype(np.float32),
        grad_params=[None if p.buffer or p.frozen else np.zeros(p.shape, np.float32) for p in plan.params])


def _values(r, param):
    kind, value = param.init
    drawn = {"constant": np.full(param.shape, value), "normal": r.normal(size=param.shape) * value}.get(kind)
    return (r.uniform(-value, value, param.shape) if drawn is None else drawn).astype(np.float32)


class Copies(unittest.TestCase):
    def test_frozen_parameters_are_copied_once(self):
        made, plan = backbone(trainable="conv5")
        trained, every = sum(not p.frozen for p in plan.params), len(plan.params)
        for revision, want in ((3, every), (3, trained), (4, every), (0, every), (0, every)):
            before = made.body.copied
            made.forward(call(plan, revision))
            self.assertEqual(made.body.copied - before, want, f"revision {revision}")

    def test_another_revision_is_seen(self):
        made, plan = backbone(model="resnet18", trainable="none", batchnorm="frozen")
        first, second = call(plan, 1), call(plan, 2)
        second.params[0] = second.params[0] * 2
        made.forward(first)
        made.forward(second)
        self.assertGreater(np.abs(first.output - second.output).max(), 1e-3)

    def test_backward_without_its_forward(self):
        made, plan = backbone(trainable="conv5")
        kept, again = call(plan, 1), call(plan, 1, forward_id=2)
        made.forward(kept)
        made.backward(kept)
        made.backward(again)
        for a, b in zip(kept.grad_params, again.grad_params):
            np.testing.assert_array_equal(a, b)

    def test_a_kept_forward_is_of_its_parameters(self):
        made, plan = backbone(trainable="conv5")
        wanted, late, other = call(plan, 1), call(plan, 1), call(plan, 1, forward_id=2)
        other.params = [p * np.float32(1.5) for p in other.params]
        made.forward(wanted)
        made.backward(wanted)
        made.forward(late)
        made.forward(other)
        late.revision = 0  # its frozen values are no longer the last ones copied
        made.backward(late)
        for a, b in zip(wanted.grad_params, late.grad_params):
            np.testing.assert_array_equal(a, b)


class Pieces(unittest.TestCase):
    def test_gradients_are_those_of_the_whole(self):
        results = []
        for pieces in (0, 1, 3):
            made, plan = backbone(pieces, model="resnet18", batchnorm="frozen")
            c = call(plan)
            made.forward(c)
            made.backward(c)
            results.append(c)
        for c in results[1:]:
            np.testing.assert_allclose(c.output, results[0].output, rtol=1e-4, atol=1e-4)
            for a, b in zip(c.grad_params, results[0].grad_params):
                if a is not None:
                    np.testing.assert_allclose(a, b, rtol=1e-2, atol=1e-3 * max(np.abs(b).max(), 1e-6))

    def test_fewer_bytes_are_planned(self):
        self.assertLess(backbone(1)[1].bytes, backbone(0)[1].bytes)


class Full(unittest.TestCase):
    def say(self, most):
        """What is said by a device on which so many frames fit."""
        made, plan = backbone()
        run = made.body.run

        def limited(c, inputs, keys):
            if len(inputs[0]) > most:
                raise torch.cuda.OutOfMemoryError("CUDA out of memory")
            return run(c, inputs, keys)

        with mock.patch.object(made.body, "run", limited), self.assertRaises(montage.Fault) as raised:
            made.forward(call(plan))
        whole, plain = call(plan), call(plan)
        made.forward(whole)  # the instance is as good as new
        backbone()[0].forward(plain)
        np.testing.assert_array_equal(whole.output, plain.output)
        return raised.exception

    def test_it_says_what_fits(self):
        said = self.say(2)
        self.assertEqual(str(said), f"torch/{SMALLEST} is out of memory with 4 frames at once on the CPU")
        self.assertEqual(said.hints, ("set micro_batch = 2 in [backbone]",))

    def test_it_says_that_nothing_fits(self):
        self.assertIn("one frame does not fit", *self.say(0).hints)


class Models(unittest.TestCase):
    def test_cuts(self):
        for options, want in (({"model": "resnet18"}, 512), ({"model": "resnet18", "cut": "layer3"}, 256), ({}, 1024), ({"model": "mobilenet_v3_small"}, 576)):
            _, plan = backbone(**options)
            self.assertEqual(plan.outputs, want)
            self.assertFalse(any(p.name.startswith(("fc.", "layer4.")) for p in plan.params if "cut" in options))

    def test_refusals_name_the_option(self):
        for options, path in (({"model": "resnet5"}, "model"), ({"cut": "layer9"}, "cut"), ({"trainable": "layer9"}, "trainable")):
            with self.assertRaises(montage.OptionFault) as raised:
                backbone(**options)
            self.assertEqual(raised.exception.document["path"], path)

    def test_frozen_parts_draw_nothing(self):
        for trainable, want in (("features.8", False), ("all", True)):
            made, _ = backbone(model="efficientnet_b0", trainable=trainable)
            made.body.mode(True)
            drawing = [part.training for part in made.body.module.modules() if type(part).__name__ == "StochasticDepth"]
            self.assertEqual(set(drawing), {want})

    def test_bfloat16_is_near(self):
        exact, plan = backbone(batchnorm="frozen")
        low, _ = backbone(batchnorm="frozen", precision="bfloat16")
        a, b = call(plan), call(plan)
        exact.forward(a)
        low.forward(b)
        apart = np.abs(a.output - b.output).max() / np.abs(a.output).max()
        self.assertTrue(0 < apart < 0.05, apart)


if __name__ == "__main__":
    unittest.main()
