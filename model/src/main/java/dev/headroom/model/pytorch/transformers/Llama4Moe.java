package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.Indexing;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.ParametricModule;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * Every expert multiplies every token, those that are not meant times zero, beside an expert for all. Source: transformers
 * 5.17, {@code modeling_llama4.py}, Llama4TextMoe, Llama4Router, Llama4TextExperts.
 *
 * @param perToken experts whose score is not zero
 */
record Llama4Moe(Aten aten, String path, ParametricModule experts, LinearLayer router, long perToken, Mlp shared)
        implements Llama4Layer.FeedForward {
    private static final String UP = "gate_up_proj";
    private static final String DOWN = "down_proj";

    private record Routing(Tensor scores, Tensor logits) {}

    @Override
    public Llama4Layer.Result forward(Tensor x) {
        try (Frame frame = aten.autograd().enterModule(path)) {
            frame.let(x);
            Tensor tokens = frame.let(aten.view(x, x.shape().flattened()));
            Routing routing = route(tokens);
            Tensor scores = frame.let(routing.scores());
            Tensor logits = frame.let(routing.logits());
            Extent count = logits.shape().dimension(1);
            Extent rows = tokens.shape().dimension(0).times(count);
            Tensor routed = frame.let(aten.repeatRows(tokens, count));
            Tensor column = aten.copy(aten.transpose(scores), Shape.of(rows, Extent.ONE));
            routed = frame.replace(routed, aten.multiply(routed, column));
            Tensor mixed = frame.let(experts(routed, count));
            Tensor out = frame.let(shared.forward(tokens));
            Shape byExpert =
                    Shape.of(count, tokens.shape().dimension(0), tokens.shape().dimension(1));
            Tensor sum = aten.sum(aten.view(mixed, byExpert), tokens.shape());
            out = frame.replace(out, new LinearAlgebra(aten).addInPlace(out, sum, false));
            return new Llama4Layer.Result(frame.returning(out), frame.returning(logits));
        }
    }

    private Routing route(Tensor tokens) {
        try (Frame frame = aten.autograd().enterModule(path + ".router")) {
            Tensor logits = frame.let(router.forward(tokens));
            Aten.TopK best = aten.topK(logits, perToken, frame);
            Tensor scores = frame.let(new Indexing(aten).scatter(best.values(), best.indices(), logits.shape()));
            Tensor sigmoid = aten.sigmoid(aten.to(scores, DType.FLOAT32));
            scores = frame.replace(scores, aten.to(sigmoid, scores.dtype()));
            return new Routing(frame.returning(scores), frame.returning(logits));
        }
    }

    private Tensor experts(Tensor routed, Extent count) {
        LinearAlgebra algebra = new LinearAlgebra(aten);
        return experts.call(parameters -> {
            try (Frame frame = aten.autograd().frame()) {
                Shape rows = routed.shape();
                Extent tokens = rows.dimension(0).dividedExactlyBy(count.value());
                Tensor grouped = frame.let(aten.view(routed, Shape.of(count, tokens, rows.dimension(1))));
                Tensor both = frame.let(algebra.batchedProduct(grouped, parameters.get(UP)));
                Tensor[] halves = aten.chunks(both, 2);
                Tensor gate = frame.let(halves[0]);
                Tensor up = frame.let(halves[1]);
                Tensor activated = aten.inModule(experts.path() + ".act_fn", gate, aten::silu);
                Tensor next = frame.let(algebra.batchedProduct(aten.multiply(up, activated), parameters.get(DOWN)));
                return aten.view(next, rows);
            }
        });
    }
}
