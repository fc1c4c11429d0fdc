package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A module that uses its parameters directly, such as a router or a bank of experts. Each of them may be adapted: then the
 * updated parameter takes its place while the module is called.
 *
 * <p>Source: PyTorch 2.11, {@code torch/nn/utils/parametrize.py}, {@code register_parametrization} (which computes the
 * parameter once to check it), {@code cached}.
 */
public final class ParametricModule {
    private final Autograd autograd;
    private final String path;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final Map<String, ParameterAdapter> adapters = new LinkedHashMap<>();

    /**
     * @param path name of the module, such as {@code model.layers.3.mlp.experts}
     */
    public ParametricModule(Autograd autograd, String path) {
        this.autograd = autograd;
        this.path = path;
    }

    public String path() {
        return path;
    }

    /** Adds a parameter under its name in the module. */
    public void add(String name, Tensor parameter) {
        parameters.put(name, parameter);
    }

    /** Wraps the module around a parameter; a later wrapper goes around the earlier ones. */
    public void adapt(String name, ParameterAdapter adapter) {
        adapters.put(name, adapter);
    }

    /**
     * The parameter as it was loaded.
     *
     * @throws IllegalArgumentException if the module has none of this name
     */
    public Tensor parameter(String name) {
        Tensor parameter = parameters.get(name);
        if (parameter == null) {
            throw new IllegalArgumentException("no parameter " + name + " in " + path);
        }
        return parameter;
    }

    /** Parameters while the module is called. */
    public interface Parameters {
        /** The parameter of a name, updated if it is adapted. */
        Tensor get(String name);
    }

    /**
     * Calls the module.
     *
     * @param body its forward
     */
    public <T> T call(Function<Parameters, T> body) {
        List<String> outermostFirst = new ArrayList<>(adapters.keySet());
        Collections.reverse(outermostFirst);
        return call(path, outermostFirst, new HashMap<>(), body);
    }

    /** Calls the first of the wrappers, which calls the next. */
    private <T> T call(
            String module, List<String> wrappers, Map<String, List<Tensor>> prepared, Function<Parameters, T> body) {
        try (Frame frame = autograd.enterModule(module)) {
            if (wrappers.isEmpty()) {
                return body.apply(new UpdatedParameters(prepared, frame));
            }
            String name = wrappers.get(0);
            List<Tensor> tensors = adapter(name).prepare(parameter(name));
            tensors.forEach(frame::let);
            prepared.put(name, tensors);
            autograd.useUp(adapter(name).updated(parameter(name), tensors));
            return call(module + ".base_layer", wrappers.subList(1, wrappers.size()), prepared, body);
        }
    }

    /** Computes each updated parameter when it is first asked for, and keeps it until the call returns. */
    private final class UpdatedParameters implements Parameters {
        private final Map<String, List<Tensor>> prepared;
        private final Frame frame;
        private final Map<String, Tensor> updated = new HashMap<>();

        UpdatedParameters(Map<String, List<Tensor>> prepared, Frame frame) {
            this.prepared = prepared;
            this.frame = frame;
        }

        @Override
        public Tensor get(String name) {
            List<Tensor> tensors = prepared.get(name);
            return tensors == null
                    ? parameter(name)
                    : updated.computeIfAbsent(
                            name, key -> frame.let(adapter(key).updated(parameter(key), tensors)));
        }
    }

    private ParameterAdapter adapter(String name) {
        ParameterAdapter adapter = adapters.get(name);
        if (adapter == null) {
            throw new IllegalArgumentException("no adapter of " + name + " in " + path);
        }
        return adapter;
    }
}
