package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule.Kind;
import java.util.Optional;

/**
 * Hadamard high-rank adaptation: an update that is the elementwise product of the frozen matrix and a low-rank one.
 *
 * @param rank inner dimension of the factors
 * @param targets the layers that are adapted
 * @see <a href="https://openreview.net/forum?id=TwJrTz9cRS">Huang et al., 2025, HiRA</a>
 */
public record Hira(int rank, Targets targets) implements LowRankProduct {
    /**
     * @throws IllegalArgumentException if the rank is not positive
     */
    public Hira {
        Options.checkPositive("rank", rank);
    }

    @Override
    public String name() {
        return "hira";
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return layers(architecture).stream().anyMatch(target -> target.kind() == Kind.CONV1D)
                ? Optional.of("no rule for hira on Conv1D yet")
                : Optional.empty();
    }
}
