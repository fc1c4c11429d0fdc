package dev.headroom.model.pytorch.nn;

import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.Shape;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer, adapted or not: {@code torch.nn.Linear}, a quantized one in its place, or Transformers' {@code Conv1D}, whose
 * weight is stored as [inputs, outputs] (transformers 5.17, {@code pytorch_utils.py}).
 */
public final class LinearLayer {
    private final Aten aten;
    private final String path;
    private final Shape shape;
    private final @Nullable Tensor weight;
    private final @Nullable Tensor bias;
    private final LinearProduct product;
    private @Nullable Adapter adapter;

    private LinearLayer(Aten aten, String path, @Nullable Tensor weight, @Nullable Tensor bias, LinearProduct product) {
        this.aten = aten;
        this.path = path;
        this.shape = product.shape();
        this.weight = weight;
        this.bias = bias;
        this.product = product;
    }

    /**
     * {@code torch.nn.Linear}.
     *
     * @param path name of the module, such as {@code model.layers.3.mlp.down_proj}
     * @param weight shape [outputs, inputs]
     * @param bias shape [outputs]
     */
    public LinearLayer(Aten aten, String path, Tensor weight, @Nullable Tensor bias) {
        this(aten, path, weight, bias, new Dense(aten, weight, bias));
    }

    /**
     * A layer of a kind.
     *
     * @param kind {@link Kind#LINEAR}, {@link Kind#CONV1D} or {@link Kind#PRODUCT}
     */
    public static LinearLayer of(Aten aten, Kind kind, String path, Tensor weight, @Nullable Tensor bias) {
        if (kind == Kind.PRODUCT) {
            return new LinearLayer(aten, path, weight, bias, new TwoSteps(aten, weight, bias));
        }
        return kind == Kind.CONV1D && bias != null
                ? new LinearLayer(aten, path, weight, bias, new InputsFirst(aten, weight, bias))
                : new LinearLayer(aten, path, weight, bias);
    }

    /**
     * A layer whose matrix is quantized.
     *
     * @param bias shape [outputs]
     */
    public static LinearLayer quantized(Aten aten, String path, LinearProduct product, @Nullable Tensor bias) {
        return new LinearLayer(aten, path, null, bias, product);
    }

    /** {@code torch.nn.functional.linear}. */
    private record Dense(Aten aten, Tensor weight, @Nullable Tensor bias) implements LinearProduct {
        @Override
        public Shape shape() {
            return weight.shape();
        }

        @Override
        public AdapterForm adapterForm() {
            return AdapterForm.LINEAR;
        }

        @Override
        public Tensor of(Tensor input) {
            return aten.linear(input, weight, bias);
        }
    }

    /** {@code Conv1D}. */
    private record InputsFirst(Aten aten, Tensor weight, Tensor bias) implements LinearProduct {
        @Override
        public Shape shape() {
            return weight.shape().transposed(0, 1);
        }

        @Override
        public AdapterForm adapterForm() {
            return AdapterForm.LINEAR;
        }

        @Override
        public Tensor of(Tensor input) {
            return aten.conv1d(input, weight, bias);
        }
    }

    /**
     * {@code x @ weight.T + bias}: autocast leaves the bias as it is, and casts the weight anew in each call, as a view is
     * never cached. Source: transformers 5.17, {@code modeling_falcon.py}, FalconLinear.
     */
    private record TwoSteps(
            Aten aten, Tensor weight, @Nullable Tensor bias) implements LinearProduct {
        @Override
        public Shape shape() {
            return weight.shape();
        }

        @Override
        public AdapterForm adapterForm() {
            return AdapterForm.LINEAR;
        }

        @Override
        public Tensor of(Tensor input) {
            Tensor product = new LinearAlgebra(aten).product(input, aten.transpose(weight));
            return bias == null ? product : aten.add(product, bias);
        }
    }

    /** How PEFT's LoRA wraps it. */
    public AdapterForm adapterForm() {
        return product.adapterForm();
    }

    public String path() {
        return path;
    }

    /** Whether its matrix is quantized, so that there is no weight to compute with. */
    public boolean isQuantized() {
        return weight == null;
    }

    /**
     * Its matrix.
     *
     * @throws IllegalStateException if that is quantized
     */
    public Tensor weight() {
        if (weight == null) {
            throw new IllegalStateException("the matrix of %s is quantized".formatted(path));
        }
        return weight;
    }

    public Optional<Tensor> bias() {
        return Optional.ofNullable(bias);
    }

    public long inputs() {
        return shape.dimension(1).value();
    }

    public long outputs() {
        return shape.dimension(0).value();
    }

    /** Whether the weight is stored as [inputs, outputs]. */
    public boolean storesInputsFirst() {
        return product instanceof InputsFirst;
    }

    /** The weight, or a copy of it, with a row for each output. */
    public Tensor rows(Tensor stored) {
        return storesInputsFirst() ? aten.transpose(stored) : stored;
    }

    /** Wraps the layer. */
    public void adapt(Adapter newAdapter) {
        adapter = newAdapter;
    }

    /** Calls the module. */
    public Tensor forward(Tensor argument) {
        Adapter wrapper = adapter;
        return wrapper == null
                ? aten.inModule(path, argument, product::of)
                : aten.inModule(path, argument, input -> wrapper.forward(this, input));
    }

    /** Calls the wrapped layer from its adapter. */
    public Tensor base(Tensor input) {
        return aten.inModule(path + ".base_layer", input, product::of);
    }
}
