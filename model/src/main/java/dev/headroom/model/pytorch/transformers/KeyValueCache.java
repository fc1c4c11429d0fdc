package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The cache of keys and values that forward fills when {@code use_cache} is on, or when it is called with one. Source:
 * transformers 5.17, {@code cache_utils.py}, {@code DynamicLayer.update}: each update concatenates to what is there; an
 * empty tensor at first, which copies.
 */
public final class KeyValueCache {
    private final Aten aten;
    private final boolean enabled;
    private final List<Entry> layers = new ArrayList<>();
    private int updated;

    KeyValueCache(Aten aten, boolean enabled) {
        this.aten = aten;
        this.enabled = enabled;
    }

    /** Keys and values of one layer, shape [b, heads, tokens, head dimension]. */
    public record Entry(Tensor keys, Tensor values) {}

    /** A cache that begins with keys and values for every layer. */
    public static KeyValueCache startingWith(Aten aten, List<Entry> entries) {
        KeyValueCache cache = new KeyValueCache(aten, true);
        for (Entry entry : entries) {
            cache.layers.add(cache.copied(entry.keys(), entry.values()));
        }
        return cache;
    }

    private Entry copied(Tensor keys, Tensor values) {
        Tensor heldKeys = hold(aten.appendToEmpty(keys, keys.dtype()));
        return new Entry(heldKeys, hold(aten.appendToEmpty(values, keys.dtype())));
    }

    /** Adds the keys and values of the layer after the one that was added last. */
    Entry update(Tensor keys, Tensor values) {
        if (!enabled) {
            return new Entry(keys, values);
        }
        int layer = updated++;
        if (layer == layers.size()) {
            layers.add(copied(keys, values));
            return layers.get(layer);
        }
        Entry before = layers.get(layer);
        Tensor heldKeys = hold(aten.concatenate(before.keys(), keys, -2));
        aten.autograd().release(before.keys());
        Tensor heldValues = hold(aten.concatenate(before.values(), values, -2));
        aten.autograd().release(before.values());
        layers.set(layer, new Entry(heldKeys, heldValues));
        return layers.get(layer);
    }

    private Tensor hold(Tensor tensor) {
        return aten.autograd().own(tensor);
    }

    /** Frees the cache, when the model's output that holds it goes. */
    void release() {
        for (Entry entry : layers) {
            aten.autograd().release(entry.keys());
            aten.autograd().release(entry.values());
        }
        layers.clear();
    }
}
