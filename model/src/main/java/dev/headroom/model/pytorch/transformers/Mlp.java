package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Tensor;

/** The feed-forward part of a decoder layer. */
interface Mlp {
    Tensor forward(Tensor x);
}
