package dev.headroom.simulator.web;

import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.report.CrossoverReport;
import dev.headroom.simulator.report.MaximumReport;
import dev.headroom.simulator.report.SmallestGpuReport;
import dev.headroom.simulator.whatif.Catalogs;
import dev.headroom.simulator.whatif.Solver;
import java.util.List;
import java.util.Optional;

/** The questions of {@code headroom solve}: exactly one of {@code max}, {@code smallestGpu} and {@code crossover}. */
final class SolveQuestion {
    static final List<String> KEYS = List.of("max", "smallestGpu", "crossover", "below", "upTo");

    private static final double LEAST_SAVING_RATIO = 0.1;
    private static final int LONGEST = 131_072;

    private final Catalogs catalogs;
    private final Solver solver;

    SolveQuestion(Catalogs catalogs) {
        this.catalogs = catalogs;
        this.solver = new Solver(catalogs);
    }

    String answer(Body body) {
        try {
            Optional<Scalar> max = word(body, "max");
            Optional<Scalar> crossover = word(body, "crossover");
            boolean smallest = body.own()
                    .entry("smallestGpu")
                    .map(entry -> Boolean.TRUE.equals(entry.value().toJava()))
                    .orElse(false);
            if ((max.isPresent() ? 1 : 0) + (crossover.isPresent() ? 1 : 0) + (smallest ? 1 : 0) != 1) {
                throw new InputException(
                        body.own().place(),
                        "solve for what?",
                        "Give one of \"max\": \"seq\", \"batch\" or \"rank\"; \"smallestGpu\": true; \"crossover\": \"full\".");
            }
            if (max.isPresent()) {
                return maximum(body.job(), max.get());
            }
            return smallest
                    ? new SmallestGpuReport(solver.smallestGpu(body.job(), catalogs.gpus())).json()
                    : crossover(body, crossover.orElseThrow());
        } catch (RefusedJobException e) {
            throw body.job().refused(e);
        }
    }

    private static Optional<Scalar> word(Body body, String key) {
        Optional<InputNode> value = body.own().entry(key).map(Mapping.Entry::value);
        if (value.isPresent() && !(value.get() instanceof Scalar)) {
            throw new InputException(
                    value.get().place(),
                    "'%s' must be a word, found %s".formatted(key, value.get().shown()));
        }
        return value.map(Scalar.class::cast);
    }

    private String maximum(JobSource job, Scalar word) {
        JobKey key = switch (word.text()) {
            case "seq", "sequenceLength" -> JobKey.SEQUENCE_LENGTH;
            case "batch", "microBatch" -> JobKey.MICRO_BATCH;
            case "rank", "method.rank" -> JobKey.RANK;
            default ->
                throw new InputException(word.place(), "'max' must be seq, batch or rank, found " + word.shown());
        };
        Solver.Maximum maximum = solver.largest(job, key);
        String gpu = catalogs.gpu(job.gpuName().orElseThrow()).id();
        return new MaximumReport(gpu, maximum).json();
    }

    private String crossover(Body body, Scalar method) {
        JobSource baseline = body.job().withMethod(method);
        double below = number(body, "below", LEAST_SAVING_RATIO);
        if (!(below > 0 && below < 1)) {
            throw new InputException(body.own().place(), "'below' must be a share above 0 and below 1, such as 0.1");
        }
        double longest = number(body, "upTo", LONGEST);
        if (!(longest >= 1 && longest <= 1 << 20)) {
            throw new InputException(
                    body.own().place(), "'upTo' must be a whole number from 1 to %d".formatted(1 << 20));
        }
        Solver.Crossover crossover = solver.crossover(body.job(), baseline, below, (int) longest);
        return new CrossoverReport(body.job().setting(JobKey.METHOD), method.text(), crossover).json();
    }

    private static double number(Body body, String key, double standard) {
        Optional<Scalar> value = word(body, key);
        return value.isEmpty() ? standard : value.get().decimal();
    }
}
