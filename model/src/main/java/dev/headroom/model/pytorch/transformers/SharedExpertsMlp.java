package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.Shape;

/**
 * A mixture of experts, to whose output that of an MLP over every token is added. Source: transformers 5.17,
 * {@code modeling_deepseek_v3.py}, DeepseekV3MoE.
 */
record SharedExpertsMlp(Aten aten, String path, GroupRouter router, Experts experts, Mlp shared) implements Mlp {
    @Override
    public Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Shape shape = input.shape();
                Router.Routing routing = router.route(input).in(frame);
                Tensor tokens = frame.let(aten.view(input, shape.flattened()));
                Tensor mixed = experts.forward(tokens, routing.weights(), routing.experts());
                Tensor hidden = frame.replace(tokens, aten.view(mixed, shape));
                hidden = frame.replace(hidden, aten.add(hidden, shared.forward(input)));
                return frame.returning(hidden);
            }
        });
    }
}
