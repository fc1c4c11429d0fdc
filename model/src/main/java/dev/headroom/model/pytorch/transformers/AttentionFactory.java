package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.ScaledDotProductAttention;
import dev.headroom.model.pytorch.nn.LinearLayer;
import org.jspecify.annotations.Nullable;

/** Makes the attention of each layer of a model. */
final class AttentionFactory {
    private final Aten aten;
    private final ResolvedJob resolved;
    private final PositionScheme positions;
    private final AttentionRules rules;
    private final ScaledDotProductAttention kernels;

    AttentionFactory(Aten aten, ResolvedJob resolved, PositionScheme positions) {
        this(
                aten,
                resolved,
                positions,
                AttentionRules.of(resolved.architecture(), resolved.job().stack()));
    }

    AttentionFactory(Aten aten, ResolvedJob resolved, PositionScheme positions, AttentionRules rules) {
        this.aten = aten;
        this.resolved = resolved;
        this.positions = positions;
        this.rules = rules;
        this.kernels = new ScaledDotProductAttention(aten, resolved.computeCapability(), resolved.multiprocessors());
    }

    /**
     * @param path name of the attention module
     */
    Attention create(String path, AttentionInputs inputs, LinearLayer output) {
        return create(path, new TurnedHeads(inputs, positions), output, null);
    }

    /**
     * @param path name of the attention module
     * @param written what eager attention computes, if it is not what Llama's does
     */
    Attention create(String path, AttentionInputs inputs, LinearLayer output, EagerAttention written) {
        return create(path, new TurnedHeads(inputs, positions), output, written);
    }

    /**
     * @param path name of the attention module
     */
    Attention create(String path, AttentionOperands operands, LinearLayer output) {
        return create(path, operands, output, null);
    }

    /**
     * @param path name of the attention module
     * @param written what eager attention computes, if it is not what Llama's does
     */
    Attention create(String path, AttentionOperands operands, LinearLayer output, @Nullable EagerAttention written) {
        return new Attention(
                aten,
                path,
                resolved.architecture().attention(),
                resolved.job().attention(),
                rules,
                kernels,
                operands,
                output,
                written);
    }
}
