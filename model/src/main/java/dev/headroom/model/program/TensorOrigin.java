package dev.headroom.model.program;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;

/**
 * Where a tensor comes from.
 *
 * @param category what it is for when it is born
 * @param module path of the module that was running, such as {@code model.layers.3.mlp.down_proj}
 * @param operation operation that allocated it, such as {@code aten::mm}
 * @param shape its shape
 * @param dtype its element type
 */
public record TensorOrigin(Category category, String module, String operation, Shape shape, DType dtype) {
    /** What a parameter is allocated by. */
    public static final String PARAMETER = "parameter";

    /** What a buffer of a module is allocated by. */
    public static final String BUFFER = "buffer";

    /** Whether it is one of {@code model.parameters()}, which buffers are not. */
    public boolean isParameter() {
        return category.isWeights() && !operation.equals(BUFFER);
    }

    /** The same tensor in a job of other sizes. */
    TensorOrigin withShape(Shape other) {
        return new TensorOrigin(category, module, operation, other, dtype);
    }

    /** Requested bytes as a polynomial in b and s. */
    public Polynomial bytes() {
        return shape.bytes(dtype);
    }
}
