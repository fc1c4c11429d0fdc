package dev.headroom.model.method;

import java.util.Map;
import java.util.OptionalInt;

/**
 * Low-rank Hadamard product: an update that is the elementwise product of two low-rank matrices.
 *
 * @param rank inner dimension of the factors
 * @param targets the layers that are adapted
 * @see <a href="https://arxiv.org/abs/2108.06098">Hyeon-Woo et al., 2021, FedPara</a>
 */
public record Loha(int rank, Targets targets) implements AdapterMethod {
    /**
     * @throws IllegalArgumentException if the rank is not positive
     */
    public Loha {
        Options.checkPositive("rank", rank);
    }

    @Override
    public String name() {
        return "loha";
    }

    @Override
    public OptionalInt requiredSide() {
        return OptionalInt.of(rank);
    }

    @Override
    public String description() {
        return "loha (r=%s on %s)".formatted(rank, targets);
    }

    @Override
    public Map<String, Object> options() {
        return new Options()
                .with("rank", rank)
                .with("targets", targets.toString())
                .map();
    }
}
