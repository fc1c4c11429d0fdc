package dev.headroom.model.method;

import java.util.Map;

/**
 * Orthogonal fine-tuning: inputs are rotated block by block before the frozen matrix.
 *
 * @param blockSize side of a rotation's blocks
 * @param targets the layers that are adapted
 * @see <a href="https://arxiv.org/abs/2306.07280">Qiu et al., 2023, OFT</a>
 */
public record Oft(int blockSize, Targets targets) implements AdapterMethod {
    /**
     * @throws IllegalArgumentException if the block size is not positive
     */
    public Oft {
        Options.checkPositive("blockSize", blockSize);
    }

    @Override
    public boolean adaptsConv1d() {
        return false;
    }

    @Override
    public String name() {
        return "oft";
    }

    @Override
    public String description() {
        return "oft (blocks of %s on %s)".formatted(blockSize, targets);
    }

    @Override
    public Map<String, Object> options() {
        return new Options()
                .with("blockSize", blockSize)
                .with("targets", targets.toString())
                .map();
    }
}
