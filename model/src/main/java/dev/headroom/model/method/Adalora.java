package dev.headroom.model.method;

import dev.headroom.model.architecture.WeightedModule;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Adaptive LoRA: an update PΛQ of a rank that is cut down during training, and a penalty on P and Q that keeps them
 * orthogonal.
 *
 * @param initialRank rank before any of it is cut
 * @param targets the layers that are adapted
 * @param dropout probability with which adapter inputs are dropped, 0 ≤ p &lt; 1
 * @see <a href="https://arxiv.org/abs/2303.10512">Zhang et al., 2023, AdaLoRA</a>
 */
public record Adalora(int initialRank, Targets targets, double dropout) implements AdapterMethod {
    /**
     * @throws IllegalArgumentException if the rank is not positive or the dropout is no probability below 1
     */
    public Adalora {
        Options.checkPositive("initialRank", initialRank);
        Options.checkDropout(dropout);
    }

    @Override
    public String name() {
        return "adalora";
    }

    @Override
    public OptionalInt requiredSide(WeightedModule target) {
        return OptionalInt.of(initialRank);
    }

    @Override
    public String description() {
        return "adalora (r=%s on %s, dropout %s)".formatted(initialRank, targets, dropout);
    }

    @Override
    public Map<String, Object> options() {
        return new Options()
                .with("initialRank", initialRank)
                .with("targets", targets.toString())
                .with("dropout", dropout)
                .map();
    }
}
