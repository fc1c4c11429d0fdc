package dev.headroom.simulator.measured;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.Precision;
import java.util.Locale;

/** What jobs have in common by which their errors are grouped. */
public enum Trait {
    METHOD,
    ARCHITECTURE,
    PRECISION,
    ATTENTION,
    CHECKPOINTING,
    OPTIMIZER;

    /** The word used in tables. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    String of(ResolvedJob resolved) {
        FineTuningJob job = resolved.job();
        return switch (this) {
            case METHOD -> job.method().name();
            case ARCHITECTURE -> resolved.architecture().modelType();
            case PRECISION -> precision(job.precision());
            case ATTENTION -> job.attention().id();
            case CHECKPOINTING -> job.checkpointing().toString();
            case OPTIMIZER -> job.optimizer().id();
        };
    }

    /** {@code fp32}, or {@code fp32/bf16} under autocast to bfloat16, or {@code nf4 in bf16} where it is quantized. */
    private static String precision(Precision precision) {
        return precision
                        .quantization()
                        .map(quantization -> quantization.kind().id() + " in ")
                        .orElse("")
                + precision.weights().shortName()
                + precision.autocast().map(DType::shortName).map("/"::concat).orElse("");
    }
}
