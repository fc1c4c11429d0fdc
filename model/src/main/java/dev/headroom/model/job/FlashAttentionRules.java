package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.training.AttentionImplementation;
import java.util.List;

/** Which jobs the flash-attn package runs, and of which of them the memory is known. */
final class FlashAttentionRules {
    private FlashAttentionRules() {}

    static void check(FineTuningJob job, Architecture model, List<Problem> problems, List<String> warnings) {
        if (job.attention() != AttentionImplementation.FLASH2) {
            return;
        }
        warnings.add(
                "flash2: what the flash-attn package allocates is held against published runs of Mistral only, to 0.01 %");
        if (!job.precision().weights().isHalf() && job.precision().autocast().isEmpty()) {
            problems.add(Problem.invalid("attention", "flash2 needs 16-bit weights or autocast"));
        }
        if (job.batch().padded()) {
            problems.add(Problem.unsupported(
                    "paddedBatch", "no rule for flash2 on padded batches yet, whose tokens it gathers first"));
        }
        if (model.attention().dimension() % 8 != 0) {
            problems.add(Problem.unsupported(
                    "attention",
                    "no rule for flash2 with heads of %d elements yet, which it pads"
                            .formatted(model.attention().dimension())));
        }
    }
}
