package dev.headroom.model.pytorch.nn;

import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code torch.nn.Linear} or Transformers' {@code Conv1D}, adapted or not. A Conv1D is a linear layer whose weight is
 * stored as [inputs, outputs] (transformers 5.17, {@code pytorch_utils.py}).
 */
public final class LinearLayer {
    private final Aten aten;
    private final String path;
    private final Tensor weight;
    private final @Nullable Tensor bias;
    private final boolean storesInputsFirst;
    private @Nullable Adapter adapter;

    /**
     * @param path name of the module, such as {@code model.layers.3.mlp.down_proj}
     * @param weight shape [outputs, inputs]
     * @param bias shape [outputs]
     */
    public LinearLayer(Aten aten, String path, Tensor weight, @Nullable Tensor bias) {
        this(aten, path, weight, bias, false);
    }

    private LinearLayer(Aten aten, String path, Tensor weight, @Nullable Tensor bias, boolean storesInputsFirst) {
        this.aten = aten;
        this.path = path;
        this.weight = weight;
        this.bias = bias;
        this.storesInputsFirst = storesInputsFirst;
    }

    /**
     * A layer of a kind.
     *
     * @param kind {@link Kind#LINEAR} or {@link Kind#CONV1D}
     */
    public static LinearLayer of(Aten aten, Kind kind, String path, Tensor weight, @Nullable Tensor bias) {
        return new LinearLayer(aten, path, weight, bias, kind == Kind.CONV1D);
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
        return weight.shape().dimension(storesInputsFirst ? 0 : 1).value();
    }

    public long outputs() {
        return weight.shape().dimension(storesInputsFirst ? 1 : 0).value();
    }

    /** The weight, or a copy of it, with a row for each output. */
    public Tensor rows(Tensor stored) {
        return storesInputsFirst ? aten.transpose(stored) : stored;
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
        return storesInputsFirst && bias != null ? aten.conv1d(input, weight, bias) : aten.linear(input, weight, bias);
    }
}
