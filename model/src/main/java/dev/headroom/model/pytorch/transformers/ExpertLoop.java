package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Mixture;
import dev.headroom.model.job.Routing;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.Indexing;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.quantity.StepFunction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts that are called one after the other, each with the tokens that chose it. How many those are is known
 * only in the run: sizes are those of a {@link Routing}.
 *
 * <p>Source: transformers 4.57.6, {@code modeling_mixtral.py}, MixtralSparseMoeBlock, without noise, taken to be as it was from 4.43 on; PyTorch 2.4,
 * {@code derivatives.yaml}, {@code index_add_}.
 */
record ExpertLoop(
        Aten aten,
        String path,
        Indexing indexing,
        Mixture mixture,
        Routing routing,
        LinearLayer gate,
        List<Mlp> experts)
        implements Mlp {
    /** Rows of one expert, of all tokens. */
    private record Rows(Polynomial tokens, Mixture mixture, Routing routing, int expert) implements StepFunction {
        @Override
        public long at(long b, long s) {
            return of(tokens.at(b, s));
        }

        private long of(long count) {
            return routing.rows(expert, count, mixture.perToken(), mixture.experts());
        }

        @Override
        public String toString() {
            return "rows-of-expert-%d(%s)".formatted(expert, tokens);
        }
    }

    private Extent rows(Extent tokens, int expert) {
        Rows rows = new Rows(tokens.polynomial(), mixture, routing, expert);
        return Extent.stepwise(rows.of(tokens.value()), rows);
    }

    @Override
    public Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            Autograd autograd = aten.autograd();
            try (Frame frame = autograd.frame()) {
                Tensor tokens = frame.let(aten.view(input, input.shape().flattened()));
                Tensor logits = frame.let(gate.forward(tokens));
                Router.Choice choice = Router.choose(aten, mixture, false, logits);
                Tensor weights = frame.let(choice.weights());
                Tensor chosen = frame.let(choice.experts());
                Tensor sum = frame.let(autograd.allocate(tokens.shape(), tokens.dtype(), "aten::zeros"));
                Extent count = tokens.shape().dimension(0);
                Shape choices = Shape.of(count, Extent.of(mixture.perToken()), Extent.of(mixture.experts()));
                frame.let(autograd.allocate(choices, chosen.dtype(), "aten::one_hot"));
                sum = addExperts(tokens, weights, sum, frame);
                return aten.view(sum, input.shape());
            }
        });
    }

    /** The loop, in which names go on to mean what they did for the expert before until they are given anew. */
    private Tensor addExperts(Tensor tokens, Tensor weights, Tensor zeros, Frame frame) {
        Tensor sum = zeros;
        @Nullable Tensor index = null;
        @Nullable Tensor state = null;
        @Nullable Tensor result = null;
        Extent count = tokens.shape().dimension(0);
        Shape flat = Shape.of(count.times(mixture.perToken()));
        for (int i = 0; i < experts.size(); i++) {
            Extent rows = rows(count, i);
            if (rows.value() == 0) {
                continue; // Tensors without rows take no memory.
            }
            index = rename(
                    index, aten.autograd().allocate(Shape.of(rows, Extent.of(2)), DType.INT64, "aten::where"), frame);
            Tensor top = aten.autograd().alias(index, Shape.of(rows));
            state = rename(state, indexing.rows(tokens, top), frame);
            Tensor output = experts.get(i).forward(state);
            Tensor picks = aten.autograd().alias(index, Shape.of(rows));
            Tensor rowWeights = indexing.rows(aten.view(weights, flat), picks);
            Tensor weighted = aten.multiply(output, aten.view(rowWeights, Shape.of(rows, Extent.ONE)));
            result = rename(result, weighted, frame);
            sum = frame.replace(sum, indexing.addRows(sum, aten.to(result, tokens.dtype()), index));
        }
        return sum;
    }

    private static Tensor rename(@Nullable Tensor old, Tensor value, Frame frame) {
        return old == null ? frame.let(value) : frame.replace(old, value);
    }
}
