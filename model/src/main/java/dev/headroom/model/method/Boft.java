package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule;
import java.util.Map;
import java.util.Optional;

/**
 * Butterfly orthogonal fine-tuning with one butterfly factor: inputs are rotated block by block before the frozen matrix, and
 * outputs are scaled.
 *
 * @param blockSize side of a rotation's blocks, a divisor of every target's inputs
 * @param targets the layers that are adapted
 * @see <a href="https://arxiv.org/abs/2311.06243">Liu et al., 2023, BOFT</a>
 */
public record Boft(int blockSize, Targets targets) implements AdapterMethod {
    /**
     * @throws IllegalArgumentException if the block size is not positive
     */
    public Boft {
        Options.checkPositive("blockSize", blockSize);
    }

    @Override
    public boolean adaptsConv1d() {
        return false;
    }

    @Override
    public String name() {
        return "boft";
    }

    /** Source: peft 0.21, {@code tuners/boft/layer.py}, {@code update_layer}. */
    @Override
    public Optional<String> problem(Architecture architecture) {
        return layers(architecture).stream()
                .filter(target -> target.inputs() % blockSize != 0)
                .map(this::problem)
                .findFirst();
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return layers(architecture).stream()
                .filter(target -> target.inputs() == blockSize)
                .map(target -> "no rule for a single block, as large as the inputs of '%s'".formatted(target.name()))
                .findFirst();
    }

    private String problem(WeightedModule target) {
        return "the %d inputs of '%s' are no multiple of the block size %d"
                .formatted(target.inputs(), target.name(), blockSize);
    }

    @Override
    public String description() {
        return "boft (blocks of %s on %s)".formatted(blockSize, targets);
    }

    @Override
    public Map<String, Object> options() {
        return new Options()
                .with("blockSize", blockSize)
                .with("targets", targets.toString())
                .map();
    }
}
