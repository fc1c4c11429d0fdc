package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * The cache of keys and values that forward fills when {@code use_cache} is on, or when it is called with one. Source:
 * transformers 5.17, {@code cache_utils.py}, {@code DynamicLayer.update}: each update concatenates to what is there; an
 * empty tensor at first, which copies. {@code DynamicSlidingWindowLayer} has the width of its window on the device as well, and
 * keeps a slice of what it returns, in the same memory; of fewer tokens than the window that is all of them.
 */
public final class KeyValueCache {
    /** What a forward pass does with keys and values. */
    enum Kind {
        /** Drops them with their layer. */
        NONE,
        /** Adds them to a cache, which copies them. */
        COPIES,
        /** Returns them as the projection made them, a view ({@code presents} in modeling_gpt_bigcode.py before Transformers 5). */
        VIEWS
    }

    private final Aten aten;
    private final Kind kind;
    private final IntPredicate slides;
    private final List<CacheLayer> layers = new ArrayList<>();
    private final List<Tensor> views = new ArrayList<>();
    private int updated;

    private KeyValueCache(Aten aten, Kind kind, IntPredicate slides) {
        this.aten = aten;
        this.kind = kind;
        this.slides = slides;
    }

    /** Keys and values of one layer, shape [b, heads, tokens, head dimension]. */
    public record Entry(Tensor keys, Tensor values) {}

    /**
     * What is kept of one layer.
     *
     * @param window the width of a sliding layer's window
     */
    private record CacheLayer(Entry kept, Optional<Tensor> window) {}

    /** A cache that copies nothing. */
    static KeyValueCache none(Aten aten, Kind kind) {
        return new KeyValueCache(aten, kind, layer -> false);
    }

    /** {@code DynamicCache(config=config)}: layers slide where the model's do. */
    public static KeyValueCache of(Aten aten, Architecture architecture) {
        Family family = Family.of(architecture.modelType()).orElseThrow();
        return new KeyValueCache(aten, Kind.COPIES, layer -> family.slides(architecture, layer));
    }

    /** {@code DynamicCache()}, which knows of no windows. */
    public static KeyValueCache withoutWindows(Aten aten) {
        return new KeyValueCache(aten, Kind.COPIES, layer -> false);
    }

    /** Begins the next layer with keys and values from before. */
    public void begin(Entry past) {
        Entry all = append(past);
        aten.autograd().useUp(all.keys());
        aten.autograd().useUp(all.values());
    }

    /** Adds the keys and values of the layer after the one that was added last. */
    Entry update(Tensor keys, Tensor values) {
        if (kind != Kind.COPIES) {
            keepView(keys, values);
            return new Entry(keys, values);
        }
        int layer = updated++;
        if (layer == layers.size()) {
            return append(new Entry(keys, values));
        }
        CacheLayer before = layers.get(layer);
        return before.window().isPresent() ? slide(layer, before, keys, values) : grow(layer, before, keys, values);
    }

    private Entry append(Entry first) {
        DType type = first.keys().dtype();
        if (!slides.test(layers.size())) {
            Tensor keys = hold(aten.appendToEmpty(first.keys(), type));
            Entry all = new Entry(keys, hold(aten.appendToEmpty(first.values(), type)));
            layers.add(new CacheLayer(all, Optional.empty()));
            return all;
        }
        Tensor window = hold(aten.autograd().allocate(Shape.SCALAR, DType.INT64, "aten::to"));
        try (Frame frame = aten.autograd().frame()) {
            Tensor keys = frame.let(aten.appendToEmpty(first.keys(), type));
            Tensor values = frame.let(aten.appendToEmpty(first.values(), type));
            layers.add(new CacheLayer(slices(keys, values), Optional.of(window)));
            return new Entry(frame.returning(keys), frame.returning(values));
        }
    }

    private Entry grow(int layer, CacheLayer before, Tensor keys, Tensor values) {
        Tensor allKeys = hold(aten.concatenate(before.kept().keys(), keys, -2));
        aten.autograd().release(before.kept().keys());
        Tensor allValues = hold(aten.concatenateValues(before.kept().values(), values));
        aten.autograd().release(before.kept().values());
        Entry all = new Entry(allKeys, allValues);
        layers.set(layer, new CacheLayer(all, Optional.empty()));
        return all;
    }

    private Entry slide(int layer, CacheLayer before, Tensor keys, Tensor values) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor allKeys = frame.let(aten.concatenate(before.kept().keys(), keys, -2));
            Tensor allValues = frame.let(aten.concatenateValues(before.kept().values(), values));
            layers.set(layer, new CacheLayer(slices(allKeys, allValues), before.window()));
            release(before.kept());
            return new Entry(frame.returning(allKeys), frame.returning(allValues));
        }
    }

    private Entry slices(Tensor keys, Tensor values) {
        Tensor lastKeys = hold(aten.slice(keys, keys.shape()));
        return new Entry(lastKeys, hold(aten.slice(values, values.shape())));
    }

    /** Recomputation returns them to nobody. */
    private void keepView(Tensor keys, Tensor values) {
        if (kind == Kind.VIEWS && !aten.autograd().isBackwardThread()) {
            int last = keys.shape().rank() - 1;
            Extent both = keys.shape().dimension(last).plus(values.shape().dimension(last));
            views.add(hold(aten.autograd().alias(keys, keys.shape().withLast(both))));
        }
    }

    /** The views that a model returns, one a layer. */
    List<Tensor> views() {
        return List.copyOf(views);
    }

    private Tensor hold(Tensor tensor) {
        return aten.autograd().own(tensor);
    }

    private void release(Entry entry) {
        aten.autograd().release(entry.keys());
        aten.autograd().release(entry.values());
    }

    /** Frees the cache, when the model's output that holds it goes. */
    void release() {
        for (CacheLayer layer : layers) {
            release(layer.kept());
            layer.window().ifPresent(aten.autograd()::release);
        }
        layers.clear();
        views.forEach(aten.autograd()::release);
        views.clear();
    }
}
