package dev.headroom.model.method;

import java.util.Map;
import java.util.OptionalInt;

/**
 * Low-rank Kronecker product: an update that is the Kronecker product of two small matrices.
 *
 * @param rank inner dimension of the factors
 * @param targets the layers that are adapted
 * @see <a href="https://arxiv.org/abs/2309.14859">Yeh et al., 2023, LyCORIS</a>
 */
public record Lokr(int rank, Targets targets) implements AdapterMethod {
    /**
     * @throws IllegalArgumentException if the rank is not positive
     */
    public Lokr {
        Options.checkPositive("rank", rank);
    }

    @Override
    public String name() {
        return "lokr";
    }

    @Override
    public OptionalInt requiredSide() {
        return OptionalInt.of(rank);
    }

    @Override
    public String description() {
        return "lokr (r=%s on %s)".formatted(rank, targets);
    }

    @Override
    public Map<String, Object> options() {
        return new Options()
                .with("rank", rank)
                .with("targets", targets.toString())
                .map();
    }
}
