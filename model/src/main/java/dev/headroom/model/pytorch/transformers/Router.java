package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Mixture;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.ParametricModule;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;

/**
 * Sends each token to the experts it suits best. Source: transformers 5.17, {@code modeling_olmoe.py}, OlmoeTopKRouter;
 * {@code modeling_qwen2_moe.py}, Qwen2MoeTopKRouter; {@code modeling_mixtral.py}, MixtralTopKRouter.
 *
 * @param inFloat32 whether logits are cast to float32 and weights stay in it, as in mixtral
 */
record Router(Aten aten, ParametricModule module, Mixture mixture, boolean inFloat32) {
    /**
     * What a router returns.
     *
     * @param logits of each token for each expert
     * @param weights of each token's experts
     * @param experts numbers of each token's experts
     */
    record Routing(Tensor logits, Tensor weights, Tensor experts) {
        /** Gives all a name in the caller's frame. */
        Routing in(Frame frame) {
            frame.let(logits);
            frame.let(weights);
            frame.let(experts);
            return this;
        }
    }

    /**
     * @param x hidden states, shape [tokens, hidden size]
     */
    Routing route(Tensor x) {
        return module.call(parameters -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor tokens = frame.let(aten.view(x, x.shape()));
                Tensor logits = frame.let(aten.linear(tokens, parameters.get("weight"), null));
                return choose(aten, mixture, inFloat32, logits).returnedFrom(frame, logits);
            }
        });
    }

    /** The experts of each token by the router's logits, to which the caller holds a name. */
    static Choice choose(Aten aten, Mixture mixture, boolean inFloat32, Tensor logits) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor wide = inFloat32 ? aten.to(logits, DType.FLOAT32) : logits;
            Tensor probabilities = frame.let(aten.softmaxInFloat32(wide));
            Aten.TopK best = aten.topK(probabilities, mixture.perToken(), frame);
            Tensor weights = best.values();
            if (mixture.normalizes()) {
                Tensor sum = aten.sum(weights, weights.shape().withLast(Extent.ONE));
                weights = frame.replace(weights, new LinearAlgebra(aten).divideInPlace(weights, sum));
            }
            weights = frame.replace(weights, inFloat32 ? weights : aten.to(weights, logits.dtype()));
            return new Choice(frame.returning(weights), frame.returning(best.indices()));
        }
    }

    /** Weights and numbers of each token's experts. */
    record Choice(Tensor weights, Tensor experts) {
        private Routing returnedFrom(Frame frame, Tensor logits) {
            return new Routing(frame.returning(logits), weights, experts);
        }
    }
}
