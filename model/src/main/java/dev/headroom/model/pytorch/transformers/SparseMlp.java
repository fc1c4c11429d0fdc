package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts in the place of an MLP. Source: transformers 5.17, {@code modeling_olmoe.py}, OlmoeSparseMoeBlock;
 * {@code modeling_qwen2_moe.py}, Qwen2MoeSparseMoeBlock.
 *
 * @param shared the expert that sees every token, if there is one
 */
record SparseMlp(
        Aten aten,
        String path,
        Router router,
        Experts experts,
        @Nullable Shared shared) implements Mlp {
    /** An MLP over every token, whose output a gate of one number a token scales. */
    record Shared(Mlp mlp, LinearLayer gate) {}

    @Override
    public Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Shape shape = input.shape();
                Tensor tokens = frame.let(aten.view(input, shape.flattened()));
                Shared every = shared;
                if (every == null) {
                    Tensor result = frame.let(mixed(tokens, frame));
                    return aten.view(result, shape);
                }
                Tensor common = frame.let(every.mlp().forward(tokens));
                Tensor result = frame.let(mixed(tokens, frame));
                Tensor share = aten.sigmoid(every.gate().forward(tokens));
                common = frame.replace(common, aten.multiply(share, common));
                result = frame.replace(result, aten.add(result, common));
                return aten.view(result, shape);
            }
        });
    }

    private Tensor mixed(Tensor tokens, Frame frame) {
        Router.Routing routing = router.route(tokens).in(frame);
        return experts.forward(tokens, routing.weights(), routing.experts());
    }
}
