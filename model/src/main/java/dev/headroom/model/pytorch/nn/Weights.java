package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The weights of a loaded model by path, in the order in which they were loaded. */
public final class Weights {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, LinearLayer> linears = new LinkedHashMap<>();
    private final Map<String, ParametricModule> parametric = new LinkedHashMap<>();
    private @Nullable EmbeddingAdapter embeddingAdapter;

    /** Adds a weight under its path, such as {@code model.norm.weight}. */
    public void add(String path, Tensor tensor) {
        tensors.put(path, tensor);
    }

    public void add(LinearLayer layer) {
        linears.put(layer.path(), layer);
    }

    public void add(ParametricModule module) {
        parametric.put(module.path(), module);
    }

    /** Has the input embedding wrapped. */
    public void adaptEmbedding(EmbeddingAdapter adapter) {
        embeddingAdapter = adapter;
    }

    /** What wraps the input embedding, if anything does. */
    public Optional<EmbeddingAdapter> embeddingAdapter() {
        return Optional.ofNullable(embeddingAdapter);
    }

    /**
     * The module of this path that uses its parameters directly.
     *
     * @throws IllegalArgumentException if the model has none
     */
    public ParametricModule parametric(String path) {
        ParametricModule module = parametric.get(path);
        if (module == null) {
            throw new IllegalArgumentException("no parameters in " + path);
        }
        return module;
    }

    /**
     * The weight of this path.
     *
     * @throws IllegalArgumentException if the model has none
     */
    public Tensor get(String path) {
        Tensor tensor = tensors.get(path);
        if (tensor == null) {
            throw new IllegalArgumentException("no weight " + path);
        }
        return tensor;
    }

    /**
     * The linear layer of this path.
     *
     * @throws IllegalArgumentException if the model has none
     */
    public LinearLayer linear(String path) {
        LinearLayer layer = linears.get(path);
        if (layer == null) {
            throw new IllegalArgumentException("no linear layer " + path);
        }
        return layer;
    }

    /** Every linear layer, the output head included. */
    public Collection<LinearLayer> linears() {
        return linears.values();
    }

    /** Paths of the weights by the module that has them, such as {@code model.norm}. */
    public Map<String, List<String>> byModule() {
        Map<String, List<String>> names = new LinkedHashMap<>();
        for (String path : tensors.keySet()) {
            names.computeIfAbsent(path.substring(0, path.lastIndexOf('.')), module -> new ArrayList<>())
                    .add(path);
        }
        return names;
    }

    /** Every weight by its path. */
    public Map<String, Tensor> all() {
        return tensors;
    }
}
