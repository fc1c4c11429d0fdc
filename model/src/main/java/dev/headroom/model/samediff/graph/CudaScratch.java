package dev.headroom.model.samediff.graph;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * Arrays that libnd4j makes on CUDA for the time of one operation. They are not in the session's books, but in the device
 * counter.
 */
final class CudaScratch {
    private CudaScratch() {}

    /**
     * A product is written column by column, as cuBLAS does; an array that is stored by rows gets a copy that is, which is
     * then assigned back. Products of more than two dimensions are made matrix by matrix.
     *
     * <p>cuBLAS has no product of bfloat16 there: libnd4j's own kernel writes rows as it finds them.
     *
     * <p>Source: libnd4j {@code helpers/cuda_off/MmulHelper.cu}, {@code mmulMxM}; {@code helpers/impl/MmulHelper.cpp},
     * {@code matmul}.
     */
    static void ofProduct(Operation operation, Variable result) {
        if (result.type() == DType.BFLOAT16) {
            return;
        }
        Shape shape = result.shape();
        operation.holds(Shape.of(shape.dimension(-2), shape.dimension(-1)), result.type());
    }

    /** Where an input was broadcast, the product of the gradient with the other one, before it is summed. */
    static void ofPairwiseGradient(Operation operation, Variable left, Variable right, Variable gradient) {
        boolean broadcast = left.shape().elements() != right.shape().elements();
        boolean multiplies =
                operation.name().equals("multiply_bp") || operation.name().equals("divide_bp");
        if (broadcast && multiplies) {
            operation.holds(gradient.shape(), gradient.type());
        }
    }

    /**
     * Logits less their largest, over which their exponentials are written; the largest and the sum of each row.
     *
     * <p>Source: measured on an H100, where the loss holds the peak (frozen gradients skipped).
     */
    static void ofCrossEntropy(Operation operation, Variable logits) {
        Shape shape = logits.shape();
        operation.holds(Shape.of(shape.dimension(0), shape.dimension(1).plus(Extent.of(2))), logits.type());
    }

    /**
     * The softmax times the gradient, and the sum of each row of that.
     *
     * <p>Source: libnd4j {@code ops/declarable/generic/nn/softmax.cpp}, {@code softmax_bp}.
     */
    static void ofSoftmaxGradient(Operation operation, Variable x) {
        Shape shape = x.shape();
        operation.holds(shape.withLast(shape.dimension(-1).plus(Extent.ONE)), x.type());
    }
}
