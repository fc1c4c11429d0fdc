package dev.headroom.simulator.measurement;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What was measured while a job trained [bytes].
 *
 * @param versions the framework's libraries and their versions
 * @param machine what it ran on, in words
 * @param device the card, if it ran on one
 * @param afterLoad bytes of weights and tables once the network is built
 * @param peakAllocated bytes of live arrays at most
 * @param deviceCounterPeak what the framework's own counter showed at most
 * @param driver the driver's view of the card, if there is one
 * @param nvml what NVML says, if there is a tool to ask it
 * @param categories bytes of live arrays by category at the instant of their peak
 * @param steps figures of each step
 * @param outOfMemory what was said when it ran out of memory; empty if it did not
 */
public record Measurement(
        Map<String, String> versions,
        Map<String, String> machine,
        Optional<Device> device,
        long afterLoad,
        long peakAllocated,
        long deviceCounterPeak,
        Optional<Driver> driver,
        Optional<Nvml> nvml,
        Map<Category, Long> categories,
        List<Step> steps,
        Optional<String> outOfMemory) {
    public Measurement {
        versions = Map.copyOf(new TreeMap<>(versions));
        machine = Map.copyOf(new TreeMap<>(machine));
        categories = Map.copyOf(categories);
        steps = List.copyOf(steps);
    }

    /**
     * A card.
     *
     * @param name as the driver reports it
     * @param memory total bytes
     */
    public record Device(String name, long memory) {}

    /**
     * Device memory in use as the driver sees it.
     *
     * @param before bytes before anything was allocated: the context
     * @param loaded bytes before the first step
     * @param peak bytes at most
     */
    public record Driver(long before, long loaded, long peak) {}

    /**
     * What NVML says of the process alone.
     *
     * @param driver version of the driver
     * @param before bytes of the process before anything was allocated; empty if NVML does not know the process
     * @param peak the largest that was seen, asking now and then
     */
    public record Nvml(String driver, OptionalLong before, OptionalLong peak) {}

    /**
     * One training step.
     *
     * @param figures bytes of live arrays around its phases
     * @param deviceCounterPeak what the framework's own counter showed at most
     * @param loss mean loss of a token before the step
     * @param seconds time it took
     */
    public record Step(Map<Figure, Long> figures, long deviceCounterPeak, double loss, double seconds) {
        public Step {
            figures = Map.copyOf(figures);
        }
    }

    /** Figures in their order. */
    public static Map<Figure, Long> inOrder(Map<Figure, Long> figures) {
        Map<Figure, Long> ordered = new EnumMap<>(Figure.class);
        ordered.putAll(figures);
        return ordered;
    }
}
