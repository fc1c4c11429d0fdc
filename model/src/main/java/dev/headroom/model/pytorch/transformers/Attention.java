package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.ScaledDotProductAttention;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.AttentionImplementation;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention of a Llama-like layer. Source: transformers 5.17, {@code modeling_llama.py}, LlamaAttention and
 * {@code eager_attention_forward}; {@code integrations/sdpa_attention.py}.
 */
final class Attention {
    private final Aten aten;
    private final String path;
    private final AttentionHeads heads;
    private final AttentionImplementation implementation;
    private final AttentionRules rules;
    private final ScaledDotProductAttention fused;
    private final AttentionOperands operands;
    private final LinearLayer output;
    private final EagerAttention written;

    /**
     * @param written what eager attention computes, if it is not what Llama's does
     */
    Attention(
            Aten aten,
            String path,
            AttentionHeads heads,
            AttentionImplementation implementation,
            AttentionRules rules,
            ScaledDotProductAttention fused,
            AttentionOperands operands,
            LinearLayer output,
            @Nullable EagerAttention written) {
        this.aten = aten;
        this.path = path;
        this.heads = heads;
        this.implementation = implementation;
        this.rules = rules;
        this.fused = fused;
        this.operands = operands;
        this.output = output;
        this.written = written == null ? this::eager : written;
    }

    /** The output, and with eager attention the probabilities, which the layer goes on to name. */
    record Result(Tensor output, @Nullable Tensor weights) {
        /** Gives the probabilities, if there are any, a name in the caller's frame. */
        Tensor outputIn(Frame frame) {
            if (weights != null) {
                frame.let(weights);
            }
            return output;
        }

        /** Ends that name. */
        void dropWeightsFrom(Frame frame) {
            if (weights != null) {
                frame.drop(weights);
            }
        }
    }

    Result forward(Tensor hidden, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        try (Frame frame = aten.autograd().enterModule(path)) {
            AttentionInputs.Heads taken = operands.of(hidden, angles, cache, frame);
            Tensor q = taken.query();
            Tensor k = taken.key();
            Tensor v = taken.value();
            Result attended = switch (implementation) {
                case EAGER -> written.attend(q, k, v, mask);
                case SDPA -> new Result(sdpa(q, k, v, mask), null);
                case FLASH2 -> new Result(flash(q, k, v, hidden.dtype()), null);
            };
            Tensor unmerged = attended.outputIn(frame);
            Shape merged = Shape.of(
                    hidden.shape().dimension(0),
                    hidden.shape().dimension(1),
                    Extent.of(heads.query() * v.shape().dimension(3).value()));
            Tensor context = frame.let(aten.view(unmerged, merged));
            context = frame.replace(context, output.forward(context));
            if (rules.dropsOutput()) {
                context = frame.replace(context, aten.dropout(context, path, rules.outputDropout()));
            }
            Tensor weights = attended.weights();
            return new Result(frame.returning(context), weights == null ? null : frame.returning(weights));
        }
    }

    private Result eager(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor keys = frame.let(aten.repeatHeads(k, heads.groupSize()));
            Tensor values = frame.let(aten.repeatHeads(v, heads.groupSize()));
            Tensor weights = frame.let(aten.scale(aten.matmul(q, aten.transpose(keys))));
            if (rules.softCapped()) {
                weights = frame.replace(weights, aten.divide(weights));
                weights = frame.replace(weights, aten.tanh(weights));
                weights = frame.replace(weights, aten.scale(weights));
            }
            if (mask != null) {
                weights = frame.replace(weights, aten.add(weights, mask));
            }
            if (rules.softmaxInFloat32()) {
                weights = frame.replace(weights, aten.to(aten.softmaxInFloat32(weights), q.dtype()));
            } else {
                weights = frame.replace(weights, aten.softmax(weights));
                weights = frame.replace(weights, aten.to(weights, values.dtype()));
            }
            if (rules.dropsProbabilities()) {
                weights = frame.replace(weights, aten.dropout(weights));
            }
            Tensor out = frame.let(aten.matmul(weights, values));
            out = frame.replace(out, aten.contiguous(aten.transposeHeads(out)));
            return new Result(frame.returning(out), frame.returning(weights));
        }
    }

    /**
     * The flash-attn package takes 16 bits only: float32 queries, which rotation makes of 16-bit ones under autocast, are
     * cast back. Source: transformers 5.17, {@code integrations/flash_attention.py}, {@code get_target_dtype}.
     */
    private Tensor flash(Tensor q, Tensor k, Tensor v, DType computed) {
        DType target = q.dtype().isHalf()
                ? q.dtype()
                : aten.autograd().autocast().dtype().orElse(computed);
        try (Frame frame = aten.autograd().frame()) {
            long repeats = rules.repeatsHeadsForFlash() ? heads.groupSize() : 1;
            Tensor keys = frame.let(aten.repeatHeads(k, repeats));
            Tensor values = frame.let(aten.repeatHeads(v, repeats));
            Tensor query = frame.let(aten.to(q, target));
            Tensor key = frame.replace(keys, aten.to(keys, target));
            Tensor value = frame.replace(values, aten.to(values, target));
            Tensor out = frame.let(fused.flashAttention2(query, key, value, rules.dropsProbabilities()));
            out = frame.replace(out, aten.transposeHeads(out));
            return frame.returning(out);
        }
    }

    private Tensor sdpa(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor keys = frame.let(mask == null ? k : aten.repeatHeads(k, heads.groupSize()));
            Tensor values = frame.let(mask == null ? v : aten.repeatHeads(v, heads.groupSize()));
            Tensor out = frame.let(fused.attend(q, keys, values, mask, rules.dropsProbabilities()));
            out = frame.replace(out, aten.contiguous(aten.transposeHeads(out)));
            return frame.returning(out);
        }
    }
}
