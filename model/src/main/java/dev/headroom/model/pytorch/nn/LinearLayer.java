package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code torch.nn.Linear}, adapted or not. */
public final class LinearLayer {
    private final Aten aten;
    private final String path;
    private final Tensor weight;
    private final @Nullable Tensor bias;
    private @Nullable Adapter adapter;

    /**
     * @param path name of the module, such as {@code model.layers.3.mlp.down_proj}
     * @param weight shape [outputs, inputs]
     * @param bias shape [outputs]
     */
    public LinearLayer(Aten aten, String path, Tensor weight, @Nullable Tensor bias) {
        this.aten = aten;
        this.path = path;
        this.weight = weight;
        this.bias = bias;
    }

    public String path() {
        return path;
    }

    public Tensor weight() {
        return weight;
    }

    public Optional<Tensor> bias() {
        return Optional.ofNullable(bias);
    }

    public long inputs() {
        return weight.shape().dimension(1).value();
    }

    public long outputs() {
        return weight.shape().dimension(0).value();
    }

    /** Wraps the layer. */
    public void adapt(Adapter newAdapter) {
        adapter = newAdapter;
    }

    /** Calls the module. */
    public Tensor forward(Tensor argument) {
        Adapter wrapper = adapter;
        return wrapper == null
                ? aten.inModule(path, argument, this::product)
                : aten.inModule(path, argument, input -> wrapper.forward(this, input));
    }

    /** Calls the wrapped layer from its adapter. */
    public Tensor base(Tensor input) {
        return aten.inModule(path + ".base_layer", input, this::product);
    }

    private Tensor product(Tensor input) {
        return aten.linear(input, weight, bias);
    }
}
