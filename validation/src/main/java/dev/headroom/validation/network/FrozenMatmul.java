package dev.headroom.validation.network;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;

/**
 * A product with a frozen matrix, whose gradient is not computed. ND4J's own product computes both gradients in one
 * operation.
 */
public final class FrozenMatmul extends Mmul {
    private final boolean transposed;

    /** For ND4J, which copies operations by reflection. */
    public FrozenMatmul() {
        this.transposed = false;
    }

    FrozenMatmul(SameDiff sameDiff, SDVariable x, SDVariable frozen, boolean transposed) {
        super(sameDiff, x, frozen, false, transposed, false);
        this.transposed = transposed;
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(sameDiff.mmul(gradients.get(0), arg(1), false, !transposed, false));
    }
}
