package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The cache of keys and values that forward fills when {@code use_cache} is on. Source: transformers 5.17,
 * {@code cache_utils.py}, {@code DynamicLayer.update}: the first update concatenates to an empty tensor, which copies.
 */
final class KeyValueCache {
    private final Aten aten;
    private final boolean enabled;
    private final List<Tensor> held = new ArrayList<>();

    KeyValueCache(Aten aten, boolean enabled) {
        this.aten = aten;
        this.enabled = enabled;
    }

    /** Keys and values to attend to. */
    record Entry(Tensor keys, Tensor values) {}

    Entry update(Tensor keys, Tensor values) {
        if (!enabled) {
            return new Entry(keys, values);
        }
        return new Entry(hold(aten.appendToEmpty(keys, keys.dtype())), hold(aten.appendToEmpty(values, keys.dtype())));
    }

    private Tensor hold(Tensor tensor) {
        aten.autograd().retain(tensor);
        held.add(tensor);
        return tensor;
    }

    /** Frees the cache, when the model's output that holds it goes. */
    void release() {
        held.forEach(aten.autograd()::release);
        held.clear();
    }
}
