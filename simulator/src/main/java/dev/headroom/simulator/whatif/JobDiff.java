package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.BytesDelta;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Two jobs row by row: {@code first − second}, the biggest change first. A job of 30 GiB against one of 20 GiB gives
 * +10 GiB: what the first takes more. Rows that only one of them has count as zero in the other; the deltas of the rows sum
 * to that of {@code process}. The breakdowns are those at each job's own peak.
 *
 * @param first the job that is looked at
 * @param second the job it is compared with
 * @param settings what was asked for differently
 * @param answers the three answers: allocated, reserved, process
 * @param rows categories at the peak
 */
public record JobDiff(
        MemoryEstimate first, MemoryEstimate second, List<Setting> settings, List<Row> answers, List<Row> rows) {
    public JobDiff {
        settings = List.copyOf(settings);
        answers = List.copyOf(answers);
        rows = List.copyOf(rows);
    }

    /**
     * A key whose values differ.
     *
     * @param key the key in a job file, such as {@code method.rank}, or {@code gpu}
     * @param first its value in the first job; empty if it has none
     * @param second its value in the second
     */
    public record Setting(String key, String first, String second) {}

    /**
     * A row of both breakdowns.
     *
     * @param id the row's key, such as {@code savedActivations}
     * @param label its words
     * @param first bytes in the first job
     * @param second bytes in the second
     * @param children its parts, the biggest change first
     */
    public record Row(String id, String label, Bytes first, Bytes second, List<Row> children) {
        public Row {
            children = List.copyOf(children);
        }

        /** {@code first − second}. */
        public BytesDelta delta() {
            return BytesDelta.between(first, second);
        }
    }

    /** Compares two estimates of jobs as they were written. */
    public static JobDiff of(JobSource firstJob, MemoryEstimate first, JobSource secondJob, MemoryEstimate second) {
        List<Setting> settings = new ArrayList<>();
        for (JobKey key : JobKey.values()) {
            add(settings, key.path(), setting(firstJob, key), setting(secondJob, key));
        }
        add(settings, "gpu", gpu(first), gpu(second));
        return new JobDiff(
                first,
                second,
                settings,
                List.of(
                        new Row("peakAllocated", "allocated", first.peakAllocated(), second.peakAllocated(), List.of()),
                        new Row("peakReserved", "reserved", first.peakReserved(), second.peakReserved(), List.of()),
                        new Row("process", "process", first.process(), second.process(), List.of())),
                rows(first.breakdown().children(), second.breakdown().children(), 2));
    }

    private static void add(List<Setting> settings, String key, String first, String second) {
        if (!first.equals(second)) {
            settings.add(new Setting(key, first, second));
        }
    }

    private static String setting(JobSource job, JobKey key) {
        return job.applies(key) ? job.setting(key) : "";
    }

    private static String gpu(MemoryEstimate estimate) {
        return estimate.verdict().map(MemoryEstimate.Verdict::gpu).orElse("");
    }

    private static List<Row> rows(List<? extends MemoryNode> first, List<? extends MemoryNode> second, int depth) {
        if (depth == 0) {
            return List.of();
        }
        Map<String, Pair> pairs = new LinkedHashMap<>();
        first.forEach(node -> pairs.put(node.id(), new Pair(Optional.of(node), Optional.empty())));
        second.forEach(node -> pairs.merge(
                node.id(),
                new Pair(Optional.empty(), Optional.of(node)),
                (known, found) -> new Pair(known.first(), found.second())));
        return pairs.values().stream()
                .map(pair -> pair.row(depth))
                .sorted(Comparator.comparing((Row row) -> row.delta().magnitude())
                        .reversed())
                .toList();
    }

    /** The same row in both jobs. */
    private record Pair(Optional<MemoryNode> first, Optional<MemoryNode> second) {
        Row row(int depth) {
            MemoryNode any = first.or(() -> second).orElseThrow();
            return new Row(
                    any.id(),
                    any.label(),
                    bytes(first),
                    bytes(second),
                    rows(children(first), children(second), depth - 1));
        }

        private static Bytes bytes(Optional<MemoryNode> node) {
            return node.map(MemoryNode::bytes).orElse(Bytes.ZERO);
        }

        private static List<? extends MemoryNode> children(Optional<MemoryNode> node) {
            return node.map(MemoryNode::children).orElse(List.of());
        }
    }
}
