package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.LatentAttention;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.SliceAssignment;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Queries of which a part is turned, and keys and values that one compressed vector a token expands to, beside one turned
 * part that all keys share. The cache holds what is compressed.
 *
 * <p>Source: transformers 5.17, {@code modeling_deepseek_v3.py}, DeepseekV3Attention.
 *
 * @param heads number of heads
 * @param query from hidden states to queries of all heads
 * @param compression from hidden states to the compressed vector and the part that all keys share
 * @param norm of the compressed vector
 * @param expansion from the compressed vector to the rest of the keys and to values
 */
record LatentProjections(
        Aten aten,
        long heads,
        LatentAttention sizes,
        PositionScheme positions,
        UnaryOperator<Tensor> query,
        LinearLayer compression,
        RmsNorm norm,
        LinearLayer expansion)
        implements AttentionOperands {
    @Override
    public AttentionInputs.Heads of(
            Tensor hidden, PositionScheme.@Nullable Angles angles, KeyValueCache cache, Frame frame) {
        Extent batch = hidden.shape().dimension(0);
        Extent tokens = hidden.shape().dimension(1);
        Tensor queries = frame.let(byHead(query.apply(hidden), sizes.key()));
        Tensor[] queryParts = aten.splitLast(queries, sizes.plain(), sizes.turned());
        Tensor plain = frame.let(queryParts[0]);
        Tensor turned = frame.let(queryParts[1]);
        Tensor compressed = frame.let(compression.forward(hidden));
        Tensor[] parts = aten.splitLast(compressed, sizes.keyValueRank(), sizes.turned());
        Tensor latent = frame.let(parts[0]);
        Tensor shared = frame.let(parts[1]);
        latent = frame.replace(latent, norm.forward(latent));
        latent = frame.replace(
                latent, aten.view(latent, Shape.of(batch, Extent.ONE, tokens, Extent.of(sizes.keyValueRank()))));
        shared = frame.replace(
                shared, aten.view(shared, Shape.of(batch, Extent.ONE, tokens, Extent.of(sizes.turned()))));
        PositionScheme.Turned both = positions.turn(turned, shared, angles);
        Tensor turnedKey = frame.let(both.key());
        turned = frame.replace(turned, both.query());
        frame.drop(shared);
        KeyValueCache.Entry entry = cache.update(latent, turnedKey);
        latent = frame.replace(latent, entry.keys());
        turnedKey = frame.replace(turnedKey, entry.values());
        Tensor whole = frame.let(aten.concatenate(plain, turned));
        Expanded expanded = expanded(latent, turnedKey);
        return new AttentionInputs.Heads(whole, frame.let(expanded.keys()), frame.let(expanded.values()));
    }

    /** {@code x.view(b, s, heads, size).transpose(1, 2)}. */
    private Tensor byHead(Tensor x, long size) {
        Shape shape = x.shape();
        Extent batch = shape.dimension(0);
        Extent tokens = shape.dimension(shape.rank() - 2);
        return aten.transposeHeads(aten.view(x, Shape.of(batch, tokens, Extent.of(heads), Extent.of(size))));
    }

    private record Expanded(Tensor keys, Tensor values) {}

    /** {@code expand_kv}: keys are put together in a tensor that has no gradient until its parts are copied into it. */
    private Expanded expanded(Tensor latent, Tensor turnedKey) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor expanded = frame.let(byHead(expansion.forward(latent), sizes.plain() + sizes.value()));
            Tensor[] parts = aten.splitLast(expanded, sizes.plain(), sizes.value());
            Tensor plain = frame.let(parts[0]);
            Tensor values = frame.let(parts[1]);
            Tensor turned = frame.let(aten.expand(turnedKey, turnedKey.shape().with(1, Extent.of(heads))));
            Tensor keys = frame.let(aten.autograd()
                    .allocate(plain.shape().withLast(Extent.of(sizes.key())), expanded.dtype(), "aten::new_empty"));
            keys = frame.replace(keys, SliceAssignment.of(aten, keys, plain));
            keys = frame.replace(keys, SliceAssignment.of(aten, keys, turned));
            return new Expanded(frame.returning(keys), frame.returning(values));
        }
    }
}
