package dev.headroom.model.method;

/**
 * Low-rank Hadamard product: an update that is the elementwise product of two low-rank matrices.
 *
 * @param rank inner dimension of the factors
 * @param targets the layers that are adapted
 * @see <a href="https://arxiv.org/abs/2108.06098">Hyeon-Woo et al., 2021, FedPara</a>
 */
public record Loha(int rank, Targets targets) implements LowRankProduct {
    /**
     * @throws IllegalArgumentException if the rank is not positive
     */
    public Loha {
        Options.checkPositive("rank", rank);
    }

    @Override
    public boolean adaptsConv1d() {
        return false;
    }

    @Override
    public String name() {
        return "loha";
    }
}
