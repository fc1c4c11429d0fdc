package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.ExpertGroups;
import dev.headroom.model.architecture.Mixture;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.Indexing;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.ParametricModule;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * Sends each token to the best experts of its best groups; a bias says how much an expert is to be preferred. Source:
 * transformers 5.17, {@code modeling_deepseek_v3.py}, DeepseekV3TopkRouter.
 *
 * @param bias {@code e_score_correction_bias}
 */
record GroupRouter(
        Aten aten, Indexing indexing, ParametricModule module, Tensor bias, Mixture mixture, ExpertGroups groups) {
    /** How many of a group's experts say how good it is. */
    private static final long BEST_OF_GROUP = 2;

    /**
     * @param x hidden states, shape [b, s, hidden size]
     */
    Router.Routing route(Tensor x) {
        return module.call(parameters -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor tokens = frame.let(aten.view(x, x.shape().flattened()));
                Tensor logits = frame.let(logits(tokens, parameters));
                Tensor scores = frame.let(aten.sigmoid(logits));
                Tensor choice = frame.let(aten.add(scores, bias));
                Tensor groupScores = frame.let(groupScores(choice));
                frame.let(best(groupScores, groups.perToken()));
                Tensor groupMask = frame.let(
                        aten.autograd().allocate(groupScores.shape(), groupScores.dtype(), "aten::zeros_like"));
                Tensor scoreMask = frame.let(spread(groupMask, scores.shape()));
                choice = frame.replace(choice, withoutOthers(choice, scoreMask.shape()));
                Tensor experts = frame.let(best(choice, mixture.perToken()));
                Tensor weights = frame.let(indexing.gather(scores, experts));
                if (mixture.normalizes()) {
                    Tensor sum = frame.let(
                            aten.addNumber(aten.sum(weights, weights.shape().withLast(Extent.ONE))));
                    weights = frame.replace(weights, new LinearAlgebra(aten).divideInPlace(weights, sum));
                }
                weights = frame.replace(weights, aten.scale(weights));
                return new Router.Routing(frame.returning(logits), frame.returning(weights), frame.returning(experts));
            }
        });
    }

    /** {@code linear(x.type(float32), weight.type(float32))}. */
    private Tensor logits(Tensor tokens, ParametricModule.Parameters parameters) {
        try (Frame arguments = aten.autograd().frame()) {
            Tensor wide = arguments.let(aten.to(tokens, DType.FLOAT32));
            return aten.linear(wide, arguments.let(aten.to(parameters.get("weight"), DType.FLOAT32)), null);
        }
    }

    /** The sum of the best scores of each group. */
    private Tensor groupScores(Tensor choice) {
        Extent tokens = choice.shape().dimension(0);
        Extent count = Extent.of(groups.count());
        try (Frame frame = aten.autograd().frame()) {
            Tensor grouped = aten.view(choice, Shape.of(tokens, count, Extent.of(mixture.experts() / groups.count())));
            Aten.TopK best = aten.topK(grouped, BEST_OF_GROUP, frame);
            frame.drop(best.indices());
            return aten.sum(best.values(), Shape.of(tokens, count));
        }
    }

    /** {@code topk(x, k, dim=-1)[1]}. */
    private Tensor best(Tensor x, long k) {
        try (Frame frame = aten.autograd().frame()) {
            return frame.returning(aten.topK(x, k, frame).indices());
        }
    }

    /** {@code mask.unsqueeze(-1).expand(…).reshape(shape)}: a copy, unless there is one group, whose elements are shared. */
    private Tensor spread(Tensor mask, Shape shape) {
        Autograd autograd = aten.autograd();
        return groups.count() == 1
                ? autograd.looseAlias(mask, shape)
                : autograd.allocate(shape, mask.dtype(), "aten::reshape");
    }

    /** {@code choice.masked_fill(~mask.bool(), -inf)}. */
    private Tensor withoutOthers(Tensor choice, Shape shape) {
        Autograd autograd = aten.autograd();
        Tensor chosen = autograd.allocate(shape, DType.BOOL, "aten::to");
        Tensor others = autograd.allocate(shape, DType.BOOL, "aten::bitwise_not");
        autograd.useUp(chosen);
        Tensor filled = aten.maskedFill(choice, others);
        autograd.useUp(others);
        return filled;
    }
}
