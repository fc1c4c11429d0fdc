package dev.headroom.simulator.calibration;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.measured.Answer;
import dev.headroom.simulator.measured.MeasuredRun;
import dev.headroom.simulator.measured.ReconciledRun;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import dev.headroom.simulator.measured.Reconciler;
import dev.headroom.simulator.measured.Selection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Fits what processes hold beside their arrays to measured runs, platform by platform. */
public final class Calibrator {
    /** Libraries that make a platform, in the order in which they are written. */
    private static final List<String> LIBRARIES = List.of("nd4j", "backend", "torch", "transformers", "peft");

    private static final String UNKNOWN = "not recorded";

    private final List<ProcessOverhead> known = new OverheadCatalog().all();
    private final Problems problems = new Problems();
    private final Map<String, Integer> leftOut = new TreeMap<>();
    private final Map<Platform, List<Observation>> platforms = new TreeMap<>(Comparator.comparing(Platform::gpu)
            .thenComparing(Platform::runtime)
            .thenComparing(Platform::driver)
            .thenComparing(Platform::stack));

    private Calibrator() {}

    /**
     * Fits to the records that tell of a process's memory.
     *
     * @throws InputException with every reason why it cannot be done: rows that make no sense, too few records, records
     *     that contradict each other
     */
    public static Calibration calibrate(List<MeasuredRun> runs) {
        Calibrator calibrator = new Calibrator();
        Reconciler.standard().reconcile(runs, Selection.ALL).rows().forEach(calibrator::take);
        return calibrator.fit(runs.size());
    }

    private void take(ReconciledRun row) {
        Optional<String> reason = reasonToLeaveOut(row);
        if (row.status() == Status.INVALID) {
            problems.addAll(new InputException(row.problems()));
        } else if (reason.isPresent()) {
            leftOut.merge(reason.get(), 1, Math::addExact);
        } else {
            MemoryEstimate estimate = row.estimate().orElseThrow();
            long process = row.measured().answer(Answer.PROCESS).orElseThrow();
            long held = row.measured()
                    .answer(Answer.RESERVED)
                    .orElse(estimate.peakReserved().count());
            platforms
                    .computeIfAbsent(platform(row.run(), estimate.job()), key -> new ArrayList<>())
                    .add(new Observation(row.run(), estimate, process, held));
        }
    }

    private static Optional<String> reasonToLeaveOut(ReconciledRun row) {
        if (row.status() == Status.UNSUPPORTED) {
            return Optional.of("need a missing rule");
        }
        if (row.measured().outOfMemory().orElse(false)) {
            return Optional.of("ran out of memory");
        }
        if (row.run().gpu().isEmpty()) {
            return Optional.of("name no card");
        }
        if (row.measured().answer(Answer.PROCESS).isEmpty()) {
            return Optional.of("have no processBytes");
        }
        boolean caches = row.estimate()
                .filter(estimate -> estimate.job().job().runtime() == RuntimeKind.PYTORCH)
                .isPresent();
        return caches && row.measured().answer(Answer.RESERVED).isEmpty()
                ? Optional.of("have no peakReservedBytes")
                : Optional.empty();
    }

    private static Platform platform(MeasuredRun run, ResolvedJob job) {
        Map<String, String> stack = new LinkedHashMap<>();
        for (String library : LIBRARIES) {
            version(run.stack(), library).ifPresent(version -> stack.put(library, version));
        }
        RuntimeKind runtime = job.job().runtime();
        if (runtime == RuntimeKind.SAMEDIFF) {
            stack.putIfAbsent("nd4j", UNKNOWN);
        }
        return new Platform(
                job.gpu().map(Gpu::id).orElseThrow(),
                runtime,
                run.driver().version().orElse(UNKNOWN),
                stack.isEmpty()
                        ? UNKNOWN
                        : stack.entrySet().stream()
                                .map(entry -> entry.getKey() + " " + entry.getValue())
                                .collect(Collectors.joining(", ")));
    }

    private static Optional<String> version(Optional<Mapping> stack, String library) {
        return stack.flatMap(versions -> versions.entry(library))
                .map(Mapping.Entry::value)
                .filter(Scalar.class::isInstance)
                .map(value -> ((Scalar) value).text());
    }

    private Calibration fit(int runs) {
        if (platforms.isEmpty() && problems.isEmpty()) {
            problems.invalid(
                    Place.of("records"),
                    "none of %d tells what a process holds: %s".formatted(runs, reasons()),
                    "A record needs gpu.name, processBytes, and under pytorch peakReservedBytes.");
        }
        checkDifferentPlatforms();
        List<Sample> samples = new ArrayList<>();
        platforms.forEach((platform, observations) -> samples.add(sample(platform, observations)));
        samples.forEach(sample -> Consistency.check(sample, problems));
        problems.throwIfAny();
        return new Calibration(
                samples.stream()
                        .map(sample -> PlatformFit.of(sample, known(sample.platform())))
                        .toList(),
                platforms.values().stream().mapToInt(List::size).sum(),
                leftOut);
    }

    private String reasons() {
        return leftOut.entrySet().stream()
                .map(reason -> reason.getValue() + " " + reason.getKey())
                .collect(Collectors.joining(", "));
    }

    /** On one card one set of constants can be used. */
    private void checkDifferentPlatforms() {
        Map<String, List<Platform>> sets = platforms.keySet().stream()
                .collect(Collectors.groupingBy(
                        platform ->
                                platform.gpu() + " under " + platform.runtime().id(),
                        TreeMap::new,
                        Collectors.toList()));
        sets.forEach((card, different) -> {
            if (different.size() > 1) {
                problems.invalid(
                        Place.of(card),
                        "records are of different drivers or libraries, which hold different amounts: "
                                + different.stream()
                                        .map(platform -> "%s (%d records)".formatted(platform, count(platform)))
                                        .collect(Collectors.joining("; ")),
                        "Calibrate each by itself.");
            }
        });
    }

    private int count(Platform platform) {
        return platforms.getOrDefault(platform, List.of()).size();
    }

    /** The records; what ND4J's arrays hold of the process is counted in the pages that the records show. */
    private static Sample sample(Platform platform, List<Observation> observations) {
        Sample sample = Sample.of(platform, observations);
        Bytes page = new Bytes(sample.page());
        if (platform.runtime() != RuntimeKind.SAMEDIFF
                || observations.stream()
                        .allMatch(one -> one.estimate().job().overhead().page().equals(page))) {
            return sample;
        }
        return Sample.of(
                platform,
                observations.stream()
                        .map(one -> new Observation(
                                one.run(),
                                one.estimate(),
                                one.process(),
                                heldIn(page, one.estimate().job())))
                        .toList());
    }

    private static long heldIn(Bytes page, ResolvedJob job) {
        ResolvedJob paged = job.withOverhead(job.overhead().inPages(page));
        return MemoryModel.standard().estimate(paged, Bytes.ZERO).peakReserved().count();
    }

    /** What Headroom comes with: on this card, or else on another. */
    private ProcessOverhead known(Platform platform) {
        List<ProcessOverhead> ofRuntime = known.stream()
                .filter(overhead -> overhead.isOfNd4j() == (platform.runtime() == RuntimeKind.SAMEDIFF))
                .toList();
        return ofRuntime.stream()
                .filter(overhead -> overhead.gpu().equals(platform.gpu()))
                .findFirst()
                .orElse(ofRuntime.get(0));
    }
}
