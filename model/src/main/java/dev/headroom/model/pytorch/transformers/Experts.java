package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.GroupedProducts;
import dev.headroom.model.pytorch.aten.Indexing;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.ParametricModule;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The experts of a layer. Each token is copied for each of its experts, the copies are sorted by expert, and each expert
 * multiplies its own: sizes do not depend on which tokens go where.
 *
 * <p>Source: transformers 5.17, {@code integrations/moe.py}, {@code grouped_mm_experts_forward} (the standard on compute
 * capability 8.0 and above) and {@code _default_apply_gate}; {@code modeling_gpt_oss.py}, GptOssExperts.
 */
record Experts(Aten aten, Indexing indexing, GroupedProducts products, ParametricModule module, Form form) {
    /** Scratch of CUB's scan over the experts' counts. */
    private static final long SCAN_BYTES = 1023;

    private static final String UP = "gate_up_proj";
    private static final String DOWN = "down_proj";

    /** How the experts of an architecture are made. */
    enum Form {
        /** Banks of shape [experts, outputs, inputs]; a gate by silu, whose half comes before the other. */
        HALVES,
        /** Banks of shape [experts, inputs, outputs] with biases; a clamped gate in every other column. */
        INTERLEAVED_WITH_BIAS
    }

    /**
     * The weighted sum of what each token's experts make of it.
     *
     * @param x hidden states, shape [tokens, hidden size]
     * @param weights shape [tokens, experts per token]
     * @param chosen numbers of the experts, of the same shape
     */
    Tensor forward(Tensor x, Tensor weights, Tensor chosen) {
        return module.call(parameters -> forward(parameters, x, weights, chosen));
    }

    private Tensor forward(ParametricModule.Parameters parameters, Tensor x, Tensor weights, Tensor chosen) {
        Autograd autograd = aten.autograd();
        Extent copies = chosen.shape().dimension(0).times(chosen.shape().dimension(1));
        Shape column = Shape.of(copies, Extent.ONE);
        try (Frame frame = autograd.frame()) {
            Tensor flatWeights = frame.let(aten.view(weights, Shape.of(copies)));
            Tensor numbers = frame.let(autograd.alias(chosen, Shape.of(copies)));
            Indexing.Sorted sorted = indexing.sort(numbers, frame);
            Tensor permutation = sorted.origins();
            Tensor tokens = autograd.allocate(permutation.shape(), DType.INT64, "aten::floor_divide");
            Tensor rows = frame.let(indexing.rows(x, tokens));
            Tensor rowWeights = frame.let(indexing.rows(flatWeights, permutation));
            Tensor offsets = offsets(copies, frame);
            Tensor outside = frame.let(autograd.allocate(column, DType.BOOL, "aten::ge"));
            Tensor bank = frame.let(parameters.get(UP));
            Tensor bias = biasRows(parameters, UP, sorted.values(), frame);
            rows = frame.replace(rows, aten.maskedFillInPlace(rows, outside));
            Tensor product = frame.let(product(rows, bank, offsets, bias));
            product = frame.replace(product, aten.maskedFill(product, outside));
            product = frame.replace(product, gated(product));
            bank = frame.replace(bank, parameters.get(DOWN));
            if (bias != null) {
                bias = replaced(bias, biasRows(parameters, DOWN, sorted.values(), frame), frame);
            }
            product = frame.replace(product, product(product, bank, offsets, bias));
            product = frame.replace(product, aten.maskedFill(product, outside));
            Tensor weighted = frame.let(aten.multiply(product, aten.view(rowWeights, column)));
            Tensor inverse = frame.let(autograd.allocate(permutation.shape(), DType.INT64, "aten::empty_like"));
            autograd.useUp(autograd.allocate(permutation.shape(), DType.INT64, "aten::arange"));
            weighted = frame.replace(weighted, indexing.rows(weighted, inverse));
            Shape perToken = Shape.of(
                    x.shape().dimension(0),
                    chosen.shape().dimension(1),
                    x.shape().dimension(1));
            Tensor sum = frame.let(aten.sum(aten.view(weighted, perToken), x.shape()));
            sum = frame.replace(sum, aten.to(sum, x.dtype()));
            return frame.returning(sum);
        }
    }

    /** How many copies each expert gets, and where they end; the first stays named. */
    private Tensor offsets(Extent copies, Frame frame) {
        Autograd autograd = aten.autograd();
        Extent experts = module.parameter(DOWN).shape().dimension(0);
        frame.let(autograd.allocate(Shape.of(copies), DType.INT32, "aten::to"));
        frame.let(autograd.allocate(Shape.of(experts), DType.INT32, "aten::histc"));
        Tensor offsets = frame.let(autograd.allocate(Shape.of(experts), DType.INT32, "aten::cumsum"));
        autograd.useUp(autograd.allocate(Shape.of(SCAN_BYTES), DType.UINT8, "aten::cumsum"));
        return offsets;
    }

    private Tensor product(Tensor rows, Tensor bank, Tensor offsets, @Nullable Tensor bias) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor matrices = frame.let(form == Form.HALVES ? aten.transpose(bank) : bank);
            Tensor product = products.product(aten.to(rows, bank.dtype()), matrices, offsets);
            return bias == null ? product : new LinearAlgebra(aten).addInPlace(product, bias, false);
        }
    }

    /** The bias of each row's expert, if there are biases. */
    private @Nullable Tensor biasRows(
            ParametricModule.Parameters parameters, String bank, Tensor experts, Frame frame) {
        return form == Form.HALVES ? null : frame.let(indexing.rows(parameters.get(bank + "_bias"), experts));
    }

    private static @Nullable Tensor replaced(Tensor old, @Nullable Tensor now, Frame frame) {
        frame.drop(old);
        return now;
    }

    private Tensor gated(Tensor gateAndUp) {
        return form == Form.HALVES ? gatedBySilu(gateAndUp) : gatedByClampedSigmoid(gateAndUp);
    }

    private Tensor gatedBySilu(Tensor gateAndUp) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor[] halves = aten.chunks(gateAndUp, 2);
            Tensor gate = frame.let(halves[0]);
            Tensor up = frame.let(halves[1]);
            return aten.multiply(aten.inModule(aten.autograd().module() + ".act_fn", gate, aten::silu), up);
        }
    }

    /** {@code (up + 1) * (gate * sigmoid(gate * alpha))} of clamped columns. */
    private Tensor gatedByClampedSigmoid(Tensor gateAndUp) {
        Shape half = gateAndUp.shape().withLast(gateAndUp.shape().dimension(-1).dividedExactlyBy(2));
        try (Frame frame = aten.autograd().frame()) {
            Tensor gate = frame.let(aten.slice(gateAndUp, half));
            Tensor up = frame.let(aten.slice(gateAndUp, half));
            gate = frame.replace(gate, aten.clamp(gate, false));
            up = frame.replace(up, aten.clamp(up, true));
            Tensor gated = frame.let(aten.multiply(gate, aten.sigmoid(aten.scale(gate))));
            Tensor output = frame.let(aten.multiply(aten.addNumber(up), gated));
            return frame.returning(output);
        }
    }
}
