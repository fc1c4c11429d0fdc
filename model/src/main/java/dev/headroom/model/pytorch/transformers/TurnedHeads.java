package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Queries and keys that are turned as a whole, and a cache of turned keys. Source: transformers 5.17,
 * {@code modeling_llama.py}, LlamaAttention.
 */
record TurnedHeads(AttentionInputs inputs, PositionScheme positions) implements AttentionOperands {
    @Override
    public AttentionInputs.Heads of(
            Tensor hidden, PositionScheme.@Nullable Angles angles, KeyValueCache cache, Frame frame) {
        AttentionInputs.Heads projected = inputs.project(hidden, frame);
        Tensor q = projected.query();
        Tensor k = projected.key();
        Tensor v = projected.value();
        PositionScheme.Turned turned = positions.turn(q, k, angles);
        turned.parts().forEach(frame::let);
        Tensor turnedQuery = frame.let(turned.query());
        Tensor turnedKey = frame.let(turned.key());
        frame.drop(q);
        frame.drop(k);
        KeyValueCache.Entry entry = cache.update(turnedKey, v);
        Tensor keys = frame.replace(turnedKey, entry.keys());
        return new AttentionInputs.Heads(turnedQuery, keys, frame.replace(v, entry.values()));
    }
}
