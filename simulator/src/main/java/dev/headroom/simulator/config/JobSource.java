package dev.headroom.simulator.config;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputProblem;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A job as it was written, each value with its place. Values from options replace those of a file.
 *
 * @param job keys and values of the job
 * @param gpu the card, if one was named
 * @param reserve bytes of the card that are to stay free, if any were named
 * @param slips what was wrong with the file, but did not keep it from being read
 */
public record JobSource(Mapping job, Optional<InputNode> gpu, Optional<InputNode> reserve, List<InputProblem> slips) {
    public JobSource {
        slips = List.copyOf(slips);
    }

    /** A job of which nothing is written yet. */
    public static JobSource empty() {
        return new JobSource(
                new Mapping(Place.of("command line"), List.of()), Optional.empty(), Optional.empty(), List.of());
    }

    /** The same job with another value for a key. */
    public JobSource with(JobKey key, Scalar value) {
        return new JobSource(JobPaths.with(job, key, value), gpu, reserve, slips);
    }

    /**
     * The same job with another value for a key, written as on the command line; a method drops the keys that mean nothing
     * to it.
     */
    public JobSource with(JobKey key, String value) {
        Scalar written = Scalar.ofOption(key.option(), value);
        return key == JobKey.METHOD ? withMethod(written) : with(key, written);
    }

    /** The value of a key as it was written, or else its default; empty if there is neither. */
    public String setting(JobKey key) {
        return JobPaths.value(job, key)
                .map(JobSource::text)
                .or(() -> MethodForms.of(
                                method().isEmpty() ? JobKey.METHOD.standard().orElseThrow() : method())
                        .flatMap(form -> form.standard(key)))
                .or(key::standard)
                .orElse("");
    }

    /** Whether a key means anything to this job's method. */
    public boolean applies(JobKey key) {
        return !key.group().equals(JobKey.METHOD.group()) || JobReader.applies(setting(JobKey.METHOD), key.word());
    }

    private static String text(InputNode node) {
        if (node instanceof Scalar scalar) {
            return scalar.isNull() ? JobKey.NONE : scalar.text();
        }
        if (node instanceof Mapping mapping) {
            return mapping.entries().stream()
                    .map(entry -> entry.key() + "=" + text(entry.value()))
                    .collect(Collectors.joining(","));
        }
        return node instanceof InputNode.Sequence sequence
                ? sequence.items().stream().map(JobSource::text).collect(Collectors.joining(","))
                : node.shown();
    }

    /** The same job by another method; keys of the old one that mean nothing to the new one are left out. */
    public JobSource withMethod(Scalar method) {
        Mapping named = JobPaths.with(job, JobKey.METHOD, method);
        return new JobSource(JobPaths.withoutKeysForeignTo(method.text(), named), gpu, reserve, slips);
    }

    /** The same job on a card, by its id. */
    public JobSource withGpu(String id) {
        return withGpu(Scalar.ofOption("--" + JobFile.GPU, id));
    }

    public JobSource withGpu(Scalar newGpu) {
        return new JobSource(job, Optional.of(newGpu), reserve, slips);
    }

    public JobSource withReserve(Scalar newReserve) {
        return new JobSource(job, gpu, Optional.of(newReserve), slips);
    }

    /** Whether a key was written. */
    public boolean has(JobKey key) {
        return JobPaths.value(job, key).isPresent();
    }

    /** Where a key such as {@code method.rank} was written; the job as a whole if it was not. */
    public Place placeOf(String path) {
        if (path.equals("gpu")) {
            return gpu.map(InputNode::place).orElse(job.place());
        }
        return JobKey.ofPath(path)
                .map(key -> JobPaths.place(job, key))
                .or(() -> job.entry(path).map(entry -> entry.value().place()))
                .orElse(job.place());
    }

    /**
     * The job that was written.
     *
     * @throws InputException with every problem at once
     */
    public FineTuningJob read() {
        Problems problems = new Problems();
        if (!slips.isEmpty()) {
            problems.addAll(new InputException(slips));
        }
        Optional<FineTuningJob> read = JobReader.read(job, problems);
        problems.throwIfAny();
        return read.orElseThrow();
    }

    /** The sequence length as it was written; nothing if it is missing, or no whole number. */
    public Optional<Integer> sequenceLength() {
        return JobPaths.value(job, JobKey.SEQUENCE_LENGTH)
                .flatMap(node -> node instanceof Scalar scalar ? whole(scalar.text()) : Optional.empty());
    }

    private static Optional<Integer> whole(String text) {
        try {
            return Optional.of(Integer.valueOf(text)).filter(number -> number > 0);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The problems of a refused job, each where its key was written. */
    public InputException refused(List<Problem> refused) {
        Problems problems = new Problems();
        for (Problem problem : refused) {
            Place place = placeOf(problem.key());
            String message = "'%s': %s".formatted(problem.key(), problem.message());
            if (problem.kind() == Problem.Kind.UNSUPPORTED) {
                problems.unsupported(place, message);
            } else {
                problems.invalid(place, message);
            }
        }
        return new InputException(problems.found());
    }

    /** The same with the exception that brought them. */
    public InputException refused(RefusedJobException refused) {
        InputException exception = refused(refused.problems());
        exception.initCause(refused);
        return exception;
    }

    /** The method's name as it was written; empty if it is none. */
    public String method() {
        return JobPaths.value(job, JobKey.METHOD)
                .map(node -> node instanceof Scalar scalar ? scalar.text() : "")
                .orElse("");
    }

    /** The model's name as it was written, if it is one. */
    public Optional<Scalar> modelName() {
        return JobPaths.value(job, JobKey.MODEL)
                .filter(node -> node instanceof Scalar scalar
                        && !scalar.isNull()
                        && !scalar.text().isBlank())
                .map(Scalar.class::cast);
    }

    /**
     * The card's name.
     *
     * @throws InputException if it is no name
     */
    public Optional<Scalar> gpuName() {
        if (gpu.isEmpty() || (gpu.get() instanceof Scalar scalar && scalar.isNull())) {
            return Optional.empty();
        }
        if (gpu.get() instanceof Scalar scalar && !scalar.text().isBlank()) {
            return Optional.of(scalar);
        }
        throw new InputException(
                gpu.get().place(),
                "'gpu' must be the id of a card, found " + gpu.get().shown());
    }

    /**
     * Bytes of the card that are to stay free.
     *
     * @throws InputException if they are no number of bytes
     */
    public Bytes reservedBytes() {
        if (reserve.isEmpty()) {
            return Bytes.ZERO;
        }
        Optional<Bytes> bytes =
                reserve.get() instanceof Scalar scalar ? ByteCount.parse(scalar.text()) : Optional.empty();
        return bytes.orElseThrow(() -> new InputException(
                reserve.get().place(),
                "'reserve' must be a number of bytes, found " + reserve.get().shown(),
                "Write it like 2147483648, 2GiB or 1.5 GB."));
    }
}
