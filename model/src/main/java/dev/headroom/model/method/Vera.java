package dev.headroom.model.method;

import java.util.Map;

/**
 * Vector-based random matrix adaptation: one frozen random pair of matrices for all layers, and two trainable vectors for
 * each.
 *
 * @param rank inner dimension of the shared matrices
 * @param targets the layers that are adapted
 * @param dropout probability with which adapter inputs are dropped, 0 ≤ p &lt; 1
 * @see <a href="https://arxiv.org/abs/2310.11454">Kopiczko et al., 2023, VeRA</a>
 */
public record Vera(int rank, Targets targets, double dropout) implements AdapterMethod {
    /**
     * @throws IllegalArgumentException if the rank is not positive or the dropout is no probability below 1
     */
    public Vera {
        Options.checkPositive("rank", rank);
        Options.checkDropout(dropout);
    }

    @Override
    public String name() {
        return "vera";
    }

    @Override
    public String description() {
        return "vera (r=%s on %s, dropout %s)".formatted(rank, targets, dropout);
    }

    @Override
    public Map<String, Object> options() {
        return new Options()
                .with("rank", rank)
                .with("targets", targets.toString())
                .with("dropout", dropout)
                .map();
    }
}
