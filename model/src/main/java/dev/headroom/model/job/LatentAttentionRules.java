package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.LatentAttention;
import dev.headroom.model.method.Oft;
import dev.headroom.model.method.PrefixTuning;
import dev.headroom.model.training.AttentionImplementation;
import java.util.List;

/**
 * Which jobs run, and of which of them the memory is known, where keys and values are made of one compressed vector a token.
 *
 * <p>Source: transformers 5.17, {@code integrations/flash_attention.py}, {@code flash_attention_forward}; peft 0.21,
 * {@code tuners/oft/layer.py}, {@code OFTRotationModule.forward}.
 */
final class LatentAttentionRules {
    private static final String EXPANSION = "kv_b_proj";

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
        if (job.method() instanceof Oft oft
                && oft.layers(model).stream().anyMatch(layer -> layer.name().equals(EXPANSION))) {
            problems.add(Problem.invalid(
                    "method.targets",
                    "PEFT's oft fails on %s, whose four-dimensional input it takes for an image's; target other layers"
                            .formatted(EXPANSION)));
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
