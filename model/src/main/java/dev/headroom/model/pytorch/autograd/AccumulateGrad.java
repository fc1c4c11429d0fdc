package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.program.Category;

/**
 * The end of the backward graph at a leaf: adds what arrives to the leaf's gradient. As long as the graph lives it keeps
 * the leaf alive.
 */
final class AccumulateGrad extends Node {
    final Tensor leaf;

    AccumulateGrad(Tensor leaf) {
        super("AccumulateGrad", "", Category.GRADIENTS, Long.MAX_VALUE, new Edge[0], call -> new Tensor[0]);
        this.leaf = leaf;
    }
}
