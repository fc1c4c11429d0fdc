package dev.headroom.simulator.measured;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.program.Figure;
import dev.headroom.model.quantity.Bytes;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The figures of one run, measured or predicted [bytes]. What is not known is left out.
 *
 * @param answers peaks over all steps
 * @param outOfMemory whether the run ends for lack of memory; empty if no card was named
 * @param afterLoad bytes allocated before the first step
 * @param steps figures of each training step, in order; empty if none were taken
 */
public record RunFigures(
        Map<Answer, Long> answers,
        Optional<Boolean> outOfMemory,
        Optional<Long> afterLoad,
        List<Map<Figure, Long>> steps) {
    /** Nothing known. */
    public static final RunFigures NONE = new RunFigures(Map.of(), Optional.empty(), Optional.empty(), List.of());

    public RunFigures {
        answers = copy(Answer.class, answers);
        steps = steps.stream().map(step -> copy(Figure.class, step)).toList();
    }

    /** The figures of a prediction. */
    static RunFigures of(MemoryEstimate estimate) {
        Map<Answer, Long> answers = new EnumMap<>(Answer.class);
        answers.put(Answer.ALLOCATED, estimate.peakAllocated().count());
        answers.put(Answer.RESERVED, estimate.peakReserved().count());
        answers.put(Answer.PROCESS, estimate.process().count());
        estimate.deviceCounterPeak().ifPresent(bytes -> answers.put(Answer.DEVICE_COUNTER, bytes.count()));
        return new RunFigures(
                answers,
                estimate.verdict().map(verdict -> !verdict.fits()),
                Optional.of(estimate.afterLoad().allocated().count()),
                estimate.steps().stream().map(RunFigures::counts).toList());
    }

    private static Map<Figure, Long> counts(Map<Figure, Bytes> step) {
        Map<Figure, Long> counts = new EnumMap<>(Figure.class);
        step.forEach((figure, bytes) -> counts.put(figure, bytes.count()));
        return counts;
    }

    /** One of the three answers. */
    public Optional<Long> answer(Answer answer) {
        return Optional.ofNullable(answers.get(answer));
    }

    private static <K extends Enum<K>> Map<K, Long> copy(Class<K> keys, Map<K, Long> map) {
        Map<K, Long> copy = new EnumMap<>(keys);
        copy.putAll(map);
        return Collections.unmodifiableMap(copy);
    }
}
