package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.ParametricModule;
import dev.headroom.model.quantity.Shape;

/**
 * Experts behind a router that weighs only those it has chosen. Source: transformers 5.17, {@code modeling_gpt_oss.py},
 * GptOssMLP and GptOssTopKRouter.
 *
 * @param perToken experts that each token is sent to
 */
record GptOssMlp(Aten aten, String path, ParametricModule router, long perToken, Experts experts) {
    /** The output, and the weights of each token's experts, which the layer goes on to name. */
    record Result(Tensor output, Tensor weights) {}

    Result forward(Tensor x) {
        try (Frame frame = aten.autograd().enterModule(path)) {
            Shape shape = x.shape();
            Tensor hidden = frame.let(aten.view(x, shape.flattened()));
            Router.Routing routing = route(hidden).in(frame);
            hidden = frame.replace(hidden, experts.forward(hidden, routing.weights(), routing.experts()));
            hidden = frame.replace(hidden, aten.view(hidden, shape));
            return new Result(frame.returning(hidden), frame.returning(routing.weights()));
        }
    }

    private Router.Routing route(Tensor tokens) {
        return router.call(parameters -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor logits = frame.let(aten.linear(tokens, parameters.get("weight"), parameters.get("bias")));
                Aten.TopK best = aten.topK(logits, perToken, frame);
                Tensor weights = frame.let(aten.softmaxInOwnType(best.values()));
                return new Router.Routing(
                        frame.returning(logits), frame.returning(weights), frame.returning(best.indices()));
            }
        });
    }
}
