package dev.headroom.simulator.measured;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.program.Category;
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
 * @param categories live bytes by category at the allocated peak; empty if they are not known
 */
public record RunFigures(
        Map<Answer, Long> answers,
        Optional<Boolean> outOfMemory,
        Optional<Long> afterLoad,
        List<Map<Figure, Long>> steps,
        Map<Category, Long> categories) {
    /** Figures without categories. */
    public RunFigures(
            Map<Answer, Long> answers,
            Optional<Boolean> outOfMemory,
            Optional<Long> afterLoad,
            List<Map<Figure, Long>> steps) {
        this(answers, outOfMemory, afterLoad, steps, Map.of());
    }

    /** Nothing known. */
    public static final RunFigures NONE = new RunFigures(Map.of(), Optional.empty(), Optional.empty(), List.of());

    public RunFigures {
        answers = copy(Answer.class, answers);
        steps = steps.stream().map(step -> copy(Figure.class, step)).toList();
        categories = copy(Category.class, categories);
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
                estimate.steps().stream().map(RunFigures::counts).toList(),
                liveCategories(estimate));
    }

    private static Map<Category, Long> liveCategories(MemoryEstimate estimate) {
        Map<Category, Long> categories = new EnumMap<>(Category.class);
        for (Category category : Category.values()) {
            if (category.isLive()) {
                categories.put(category, estimate.bytesOf(category).count());
            }
        }
        return categories;
    }

    /** The same on a device that is out of memory beyond {@code limit} bytes of what ND4J's counter counts. */
    RunFigures withDeviceLimit(long limit) {
        return new RunFigures(
                answers, answer(Answer.DEVICE_COUNTER).map(counter -> counter > limit), afterLoad, steps, categories);
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
