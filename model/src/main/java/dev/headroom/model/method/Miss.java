package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import java.util.Optional;

/**
 * Matrix shard sharing: inputs are added up in groups, and multiplied by one trainable matrix.
 *
 * @param rank inputs that are left
 * @param targets the layers that are adapted
 * @see <a href="https://arxiv.org/abs/2409.15371">Kang and Yin, 2024, MiSS</a>
 */
public record Miss(int rank, Targets targets) implements LowRankProduct {
    /**
     * @throws IllegalArgumentException if the rank is not positive
     */
    public Miss {
        Options.checkPositive("rank", rank);
    }

    @Override
    public boolean adaptsConv1d() {
        return false;
    }

    @Override
    public String name() {
        return "miss";
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return layers(architecture).stream()
                .filter(target -> target.inputs() % rank != 0)
                .map(target -> "no rule for miss where the %d inputs of '%s' are no multiple of the rank"
                        .formatted(target.inputs(), target.name()))
                .findFirst();
    }
}
