package dev.headroom.simulator.measured;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.simulator.config.JobReader;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Reads the job of a record. It is a job as in a job file, and read as strictly, with two differences: the versions it ran
 * on are beside it, and the type of its adapters is named although it is the weights'.
 */
final class RecordedJob {
    /** Libraries whose version rules depend on; records may name more. */
    private static final List<String> LIBRARIES = List.of("torch", "transformers", "peft", "cuda");

    private RecordedJob() {}

    static Optional<FineTuningJob> read(MeasuredRun run, Problems problems) {
        Mapping job =
                map(run.job(), "method", method -> method instanceof Mapping fields ? method(fields, run) : method);
        if (run.stack().isPresent() && job.entry("stack").isEmpty()) {
            List<Mapping.Entry> entries = new ArrayList<>(job.entries());
            Mapping stack = run.stack().get();
            entries.add(new Mapping.Entry("stack", stack.place(), only(LIBRARIES, stack)));
            job = new Mapping(job.place(), entries);
        }
        return JobReader.read(job, problems);
    }

    private static Mapping method(Mapping method, MeasuredRun run) {
        Optional<String> weights = run.jobWord("weightDtype");
        return map(
                method,
                "adapterDtype",
                type -> type instanceof Scalar scalar && weights.equals(Optional.of(scalar.text()))
                        ? new Scalar(scalar.place(), "weights", scalar.type())
                        : type);
    }

    private static Mapping only(List<String> keys, Mapping mapping) {
        return new Mapping(
                mapping.place(),
                mapping.entries().stream()
                        .filter(entry -> keys.contains(entry.key()))
                        .toList());
    }

    private static Mapping map(Mapping mapping, String key, UnaryOperator<InputNode> change) {
        return new Mapping(
                mapping.place(),
                mapping.entries().stream()
                        .map(entry -> entry.key().equals(key)
                                ? new Mapping.Entry(key, entry.keyPlace(), change.apply(entry.value()))
                                : entry)
                        .toList());
    }
}
