package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.method.AdapterMethod;
import dev.headroom.model.method.Targets;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.RuntimeKind;
import java.util.List;

/**
 * What keeps adapters from the input embedding and the output head.
 *
 * <p>Source: peft 0.21, {@code utils/other.py}, {@code AuxiliaryTrainingWrapper}, which refuses to wrap an adapted layer.
 */
final class EndRules {
    private static final String KEY = "method.targets";

    private EndRules() {}

    static void check(FineTuningJob job, AdapterMethod method, Architecture model, List<Problem> problems) {
        List<WeightedModule> ends =
                method.layers(model).stream().filter(Targets::isEnd).toList();
        for (WeightedModule end : ends) {
            String name = end.name();
            if (!method.adaptsEnds()) {
                problems.add(Problem.unsupported(
                        KEY, "no rule for %s on '%s' yet; lora and rslora have one".formatted(method.name(), name)));
            }
            if (method.beside().replaces(end.path())) {
                problems.add(Problem.invalid(
                        "method.modulesToSave",
                        "'%s' cannot be adapted and trained as a copy at once".formatted(name)));
            }
            if (job.precision().quantization().isPresent()) {
                problems.add(Problem.unsupported(
                        KEY, "no rule for adapters on '%s' beside quantized layers yet".formatted(name)));
            }
            if (job.runtime() == RuntimeKind.SAMEDIFF) {
                problems.add(
                        Problem.unsupported(KEY, "no rule for adapters on '%s' under samediff yet".formatted(name)));
            }
            if (job.lossKernel() != LossKernel.STANDARD && end.path().equals(Family.HEAD)) {
                problems.add(Problem.unsupported(
                        KEY,
                        "no rule for an adapted '%s' under loss kernel %s, which takes its matrix"
                                .formatted(name, job.lossKernel().id())));
            }
        }
    }
}
