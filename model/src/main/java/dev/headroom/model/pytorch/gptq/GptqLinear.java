package dev.headroom.model.pytorch.gptq;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.AdapterForm;
import dev.headroom.model.pytorch.nn.LinearProduct;
import dev.headroom.model.pytorch.nn.MatrixLoader;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A layer whose matrix GPTQ has quantized to 4 bits: eight numbers to an int32, for each group of inputs a float16 scale and
 * a 4-bit zero point per output, and the group of each input. Forward and backward each dequantize the whole matrix to float16.
 *
 * <p>Source: AutoGPTQ's triton v2 kernel as fms-acceleration has it, {@code qlinear_tritonv2.py},
 * {@code triton_utils/dequant.py}. What it saves are the quantized tensors, which are there anyway.
 */
public final class GptqLinear implements LinearProduct {
    private static final long NUMBERS_PER_INT32 = 8;

    private final Aten aten;
    private final Autograd autograd;
    private final Shape shape;
    private final List<Tensor> parts;
    private final @Nullable Tensor bias;
    private final AdapterForm form;

    private GptqLinear(Aten aten, Shape shape, List<Tensor> parts, @Nullable Tensor bias, AdapterForm form) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.shape = shape;
        this.parts = parts;
        this.bias = bias;
        this.form = form;
    }

    /**
     * Loads quantized matrices.
     *
     * @param groupSize inputs that share a scale; all of them if there is none
     * @param form how PEFT wraps the layers
     */
    public static MatrixLoader loader(Aten aten, OptionalInt groupSize, AdapterForm form) {
        return (path, shape) -> {
            try (Frame frame = aten.autograd().enterModule(path)) {
                List<Tensor> parts = load(aten.autograd(), shape, groupSize);
                return bias -> new GptqLinear(aten, shape, parts, bias, form);
            }
        };
    }

    private static List<Tensor> load(Autograd autograd, Shape shape, OptionalInt groupSize) {
        long outputs = shape.dimension(0).value();
        long inputs = shape.dimension(1).value();
        long size = groupSize.isPresent() ? groupSize.getAsInt() : inputs;
        long groups = (inputs + size - 1) / size;
        return List.of(
                part(autograd, Shape.of(inputs / NUMBERS_PER_INT32, outputs), DType.INT32),
                part(autograd, Shape.of(groups, outputs / NUMBERS_PER_INT32), DType.INT32),
                part(autograd, Shape.of(groups, outputs), DType.FLOAT16),
                part(autograd, Shape.of(inputs), DType.INT32));
    }

    private static Tensor part(Autograd autograd, Shape shape, DType dtype) {
        return autograd.own(autograd.allocate(shape, dtype, TensorOrigin.PARAMETER, Category.FROZEN_WEIGHTS));
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public AdapterForm adapterForm() {
        return form;
    }

    @Override
    public Tensor of(Tensor input) {
        Shape results = input.shape().withLast(shape.dimension(0));
        Tensor rows = aten.view(input, input.shape().flattened());
        Tensor out = aten.view(aten.to(product(rows), DType.FLOAT16), results);
        return bias == null ? out : aten.add(out, bias);
    }

    private Tensor product(Tensor rows) {
        try (Frame arguments = autograd.frame()) {
            Tensor input = arguments.let(rows);
            Operation op = autograd.operation("QuantLinearFunction", input);
            Tensor out = autograd.withGradient(false, () -> {
                try (Frame frame = autograd.frame()) {
                    Tensor whole = frame.let(dequantize());
                    return new LinearAlgebra(aten).product(input, whole);
                }
            });
            parts.forEach(op::saves);
            return op.returns(out, this::gradients);
        }
    }

    private Tensor dequantize() {
        return autograd.allocate(shape.transposed(0, 1), DType.FLOAT16, "dequant_kernel_248");
    }

    private @Nullable Tensor[] gradients(BackwardCall call) {
        Tensor whole = dequantize();
        Tensor result = LinearAlgebra.productIn(
                call, aten, call.gradient().shape().withLast(shape.dimension(1)), DType.FLOAT16);
        autograd.useUp(whole);
        return new Tensor[] {result};
    }
}
