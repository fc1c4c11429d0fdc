package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.platform.TransformersRules;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.Checkpointing;
import java.util.List;
import java.util.Set;

/**
 * Which jobs checkpointing of some layers, and checkpoints in the host's memory, are known for. Source: transformers 5.17,
 * {@code modeling_utils.py}, {@code gradient_checkpointing_enable}.
 */
final class CheckpointingRules {
    private static final String EVERY = "checkpointEvery";
    private static final String OFFLOAD = "checkpointOffload";

    /** Models that give their layers the mask by position, so that a copy of it is offloaded with each. */
    private static final Set<String> MASK_BY_POSITION = Set.of("gpt2");

    private CheckpointingRules() {}

    static void check(FineTuningJob job, Architecture model, List<Problem> problems) {
        Checkpointing setting = job.checkpointing();
        if (!setting.isSelective()) {
            return;
        }
        String key = setting.offloaded() ? OFFLOAD : EVERY;
        if (!setting.isOn()) {
            problems.add(Problem.invalid(key, "means nothing without checkpointing; give a kind of it"));
            return;
        }
        boolean newest = TransformersRules.of(job.stack())
                .filter(TransformersRules::isNewest)
                .isPresent();
        if (!newest) {
            problems.add(Problem.unsupported(key, "no rule for it under %s".formatted(job.stack())));
        }
        if (setting.everyNthLayer() > 1 && job.useCache()) {
            problems.add(Problem.unsupported(
                    EVERY, "no rule for a key-value cache that only layers without checkpointing fill"));
        }
        boolean masked =
                job.attention() == AttentionImplementation.EAGER || job.batch().padded();
        if (setting.offloaded() && masked && MASK_BY_POSITION.contains(model.modelType())) {
            problems.add(Problem.unsupported(
                    OFFLOAD,
                    "no rule yet for %s with a mask, of which each layer offloads a copy"
                            .formatted(model.modelType())));
        }
    }
}
