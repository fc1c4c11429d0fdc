package dev.headroom.model.method;

/**
 * Low-rank Kronecker product: an update that is the Kronecker product of two small matrices.
 *
 * @param rank inner dimension of the factors
 * @param targets the layers that are adapted
 * @see <a href="https://arxiv.org/abs/2309.14859">Yeh et al., 2023, LyCORIS</a>
 */
public record Lokr(int rank, Targets targets) implements LowRankProduct {
    /**
     * @throws IllegalArgumentException if the rank is not positive
     */
    public Lokr {
        Options.checkPositive("rank", rank);
    }

    @Override
    public boolean adaptsConv1d() {
        return false;
    }

    @Override
    public String name() {
        return "lokr";
    }
}
