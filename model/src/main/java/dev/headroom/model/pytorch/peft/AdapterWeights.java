package dev.headroom.model.pytorch.peft;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of one adapter by name. They are made in float32, moved to the type of the layer they adapt, and cast up
 * again once every layer has its adapter: these copies leave holes behind in the allocator's segments.
 *
 * <p>Source: peft 0.21, {@code tuners/tuners_utils.py}, {@code _move_adapter_to_device_of_base_layer},
 * {@code cast_adapter_dtype}.
 */
final class AdapterWeights {
    private final Autograd autograd;
    private final String path;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /**
     * @param path name of the adapted module
     */
    AdapterWeights(Autograd autograd, String path) {
        this.autograd = autograd;
        this.path = path;
    }

    /** Makes a weight in float32. */
    AdapterWeights make(String name, Shape shape) {
        tensors.put(name, weight(name, shape, DType.FLOAT32));
        return this;
    }

    /** Makes a weight anew before the first one goes. */
    AdapterWeights makeAgain(String name) {
        Tensor first = get(name);
        make(name, first.shape());
        autograd.release(first);
        return this;
    }

    /** Makes a weight in another type, as the result of a computation. */
    void compute(String name, Shape shape, DType type) {
        tensors.put(name, weight(name, shape, type));
    }

    /** Puts the weights in the order in which they are cast and in which the model lists them. */
    AdapterWeights inOrder(String... names) {
        Map<String, Tensor> made = new LinkedHashMap<>(tensors);
        tensors.clear();
        Arrays.stream(names).forEach(name -> tensors.put(name, weightOf(made, name)));
        return this;
    }

    Tensor get(String name) {
        return weightOf(tensors, name);
    }

    private Tensor weightOf(Map<String, Tensor> from, String name) {
        Tensor tensor = from.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no weight " + name + " in the adapter of " + path);
        }
        return tensor;
    }

    /** Casts every weight, one after the other. */
    void cast(DType type) {
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor old = entry.getValue();
            if (old.dtype() != type) {
                entry.setValue(weight(entry.getKey(), old.shape(), type));
                autograd.release(old);
            }
        }
    }

    /** Casts every weight while names of the caller still hold what they were cast from. */
    void castTogether(DType type) {
        List<Tensor> before = new ArrayList<>(tensors.values());
        before.forEach(autograd::retain);
        cast(type);
        before.forEach(autograd::release);
    }

    /** Makes every weight train. */
    List<Tensor> train() {
        tensors.values().forEach(autograd::requireGradient);
        return new ArrayList<>(tensors.values());
    }

    /** Makes every weight train but one. */
    List<Tensor> trainAllBut(String name) {
        Map<String, Tensor> trained = new LinkedHashMap<>(tensors);
        trained.remove(name);
        trained.values().forEach(autograd::requireGradient);
        return new ArrayList<>(trained.values());
    }

    private Tensor weight(String name, Shape shape, DType type) {
        try (Frame frame = autograd.enterModule(path + "." + name)) {
            return autograd.own(autograd.allocate(shape, type, TensorOrigin.PARAMETER, Category.ADAPTERS));
        }
    }
}
