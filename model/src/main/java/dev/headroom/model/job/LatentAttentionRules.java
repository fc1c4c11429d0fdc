package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.LatentAttention;
import dev.headroom.model.method.PrefixTuning;
import dev.headroom.model.training.AttentionImplementation;
import java.util.List;

/** Of which jobs the memory is known where keys and values are made of one compressed vector a token. */
final class LatentAttentionRules {
    private LatentAttentionRules() {}

    static void check(FineTuningJob job, Architecture model, List<Problem> problems) {
        if (!LatentAttention.describes(model)) {
            return;
        }
        if (job.method() instanceof PrefixTuning) {
            problems.add(Problem.unsupported(
                    "method.name",
                    "no rule for prefix-tuning of %s, whose cache holds what keys and values are made of"
                            .formatted(model.modelType())));
        }
        LatentAttention latent = LatentAttention.of(model);
        if (job.attention() == AttentionImplementation.FLASH2 && latent.key() != latent.value()) {
            problems.add(Problem.unsupported(
                    "attention",
                    "no rule for flash2 with keys of %d and values of %d elements yet, which Transformers pads"
                            .formatted(latent.key(), latent.value())));
        }
    }
}
