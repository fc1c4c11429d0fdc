package dev.headroom.simulator.measured;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.program.Figure;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Which rows are compared, with what, and which of them count in which statistics. */
final class ReconcilerTest {
    private static final long ALLOCATED = 4_000_000_000L;
    private static final long RESERVED = 5_000_000_000L;
    private static final long PROCESS = 6_000_000_000L;
    private static final String JOB =
            "{\"model\": \"tinyllama-1.1b\", \"method\": {\"name\": \"full\"}, \"sequenceLength\": 512}";

    @Test
    void reconcile_measuredRow_comparesAnswersAndPhases() {
        long tooMuch = 1_000;
        Reconciliation reconciliation = reconcile(
                ReconcilerTest::fits,
                record(
                        JOB,
                        "\"peakAllocatedBytes\": %d, \"peakReservedBytes\": %d, \"steps\": [{\"backwardPeakBytes\": 7}]"
                                .formatted(ALLOCATED - tooMuch, RESERVED)));

        ReconciledRun row = reconciliation.rows().get(0);
        assertThat(row.status()).isEqualTo(Status.OK);
        assertThat(row.message()).isEmpty();
        assertThat(row.comparison(Answer.ALLOCATED)).contains(new Comparison(ALLOCATED, ALLOCATED - tooMuch));
        assertThat(row.comparison(Answer.RESERVED)).contains(new Comparison(RESERVED, RESERVED));
        assertThat(row.comparison(Answer.PROCESS)).isEmpty();
        assertThat(row.steps()).isEqualTo(List.of(Map.of(Figure.BACKWARD_PEAK, new Comparison(7, 7))));
        assertThat(reconciliation.statistics(Answer.ALLOCATED).max())
                .isEqualTo((double) tooMuch / (ALLOCATED - tooMuch));
        assertThat(reconciliation.phaseStatistics())
                .hasEntrySatisfying(
                        Figure.BACKWARD_PEAK,
                        statistics -> assertThat(statistics.equalToTheByte()).isEqualTo(1));
    }

    @Test
    void reconcile_rowThatRanOutOfMemory_countsAsVerdictAndNotAsError() {
        long moreThanAnyCard = 1L << 50;
        String ranOut = record(JOB, "\"gpu\": {\"name\": \"NVIDIA H200\"}, \"outOfMemory\": true");

        Reconciliation right = reconcile(job -> Estimates.of(job, 1, 1, moreThanAnyCard, 1), ranOut);
        Reconciliation wrong = reconcile(ReconcilerTest::fits, ranOut);

        assertThat(right.outOfMemory(true)).hasSize(1);
        assertThat(right.outOfMemory(false)).isEmpty();
        assertThat(wrong.outOfMemory(true)).isEmpty();
        assertThat(wrong.outOfMemory(false)).hasSize(1);
        for (Answer answer : Answer.values()) {
            assertThat(right.statistics(answer).count()).isZero();
            assertThat(wrong.statistics(answer).count()).isZero();
        }
    }

    @Test
    void reconcile_rowOnACard_isResolvedForThatCardAndItsVersions() {
        List<ResolvedJob> resolved = new ArrayList<>();
        reconcile(
                job -> {
                    resolved.add(job);
                    return fits(job);
                },
                record(
                        JOB,
                        "\"gpu\": {\"name\": \"NVIDIA H200\"}, \"stack\": {\"torch\": \"%s.0+cu130\", \"other\": \"1\"}"
                                .formatted(SoftwareStack.NEWEST.torch())));

        assertThat(resolved).hasSize(1);
        assertThat(resolved.get(0).gpu())
                .hasValueSatisfying(gpu -> assertThat(gpu.id()).isEqualTo("h200"));
        assertThat(resolved.get(0).job().stack()).isEqualTo(SoftwareStack.NEWEST);
    }

    @Test
    void reconcile_otherVersions_areUnsupported() {
        ReconciledRun row = only(record(JOB, "\"stack\": {\"torch\": \"1.13.1\"}"));

        assertThat(row.status()).isEqualTo(Status.UNSUPPORTED);
        assertThat(row.message()).contains("torch=1.13");
    }

    @Test
    void reconcile_methodWithoutRules_isUnsupported() {
        ReconciledRun row = only(record(JOB.replace("full", "qlora"), "\"peakAllocatedBytes\": 1"));

        assertThat(row.status()).isEqualTo(Status.UNSUPPORTED);
        assertThat(row.message()).contains("qlora");
        assertThat(row.comparison(Answer.ALLOCATED)).isEmpty();
    }

    @Test
    void reconcile_severalMistakes_namesAllWithTheirPlaces() {
        ReconciledRun row = only(record(
                JOB.replace("\"name\": \"full\"", "\"name\": \"lora\", \"rnak\": 3")
                        .replace("tiny", "tinny"),
                "\"gpu\": {\"name\": \"NVIDIA H2000\"}"));

        assertThat(row.status()).isEqualTo(Status.INVALID);
        assertThat(row.message())
                .contains("rows.jsonl:1:")
                .contains("unknown key 'rnak'")
                .contains("Maybe 'rank'?")
                .contains("NVIDIA H2000");
    }

    @Test
    void reconcile_rankAboveTheMatrix_pointsAtTheRank() {
        String record = record(JOB.replace("\"full\"", "\"lora\", \"rank\": 5000"), "\"id\": \"r\"");
        int column = record.indexOf("5000") + 1;

        assertThat(only(record).message()).startsWith("rows.jsonl:1:" + column + ": method.rank: 5000");
    }

    @Test
    void reconcile_selection_keepsRowsOfKindMethodAndOptimizer() {
        String full = record(JOB, "\"id\": \"full\"");
        String lora = record(JOB.replace("full", "lora"), "\"id\": \"lora\"");
        String sgd = record(JOB.replace("512", "512, \"optimizer\": \"sgd\""), "\"id\": \"sgd\"");
        String qwen = record(JOB.replace("tinyllama-1.1b", "qwen2.5-0.5b"), "\"id\": \"qwen\"");
        List<MeasuredRun> runs = runs(full, lora, sgd, qwen, "{broken");

        assertThat(ids(runs, Selection.ALL)).containsExactly("full", "lora", "sgd", "qwen", "rows.jsonl:5");
        assertThat(ids(runs, new Selection(Set.of("llama"), Set.of("full"), Set.of())))
                .containsExactly("full", "sgd", "rows.jsonl:5");
        assertThat(ids(runs, new Selection(Set.of("qwen2", "llama"), Set.of(), Set.of("adamw"))))
                .containsExactly("full", "lora", "qwen", "rows.jsonl:5");
    }

    @Test
    void reconcile_manyRows_keepsTheirOrder() {
        String[] records = new String[200];
        for (int i = 0; i < records.length; i++) {
            records[i] = record(JOB, "\"id\": \"%d\"".formatted(i));
        }

        assertThat(ids(runs(records), Selection.ALL))
                .containsExactlyElementsOf(java.util.stream.IntStream.range(0, 200)
                        .mapToObj(Integer::toString)
                        .toList());
    }

    @Test
    void worst_rows_areTheLargestErrorsInOrder() {
        Reconciliation reconciliation = reconcile(
                ReconcilerTest::fits,
                record(JOB, "\"id\": \"exact\", \"peakAllocatedBytes\": %d".formatted(ALLOCATED)),
                record(JOB, "\"id\": \"far\", \"peakAllocatedBytes\": %d".formatted(ALLOCATED / 2)),
                record(JOB, "\"id\": \"near\", \"peakAllocatedBytes\": %d".formatted(ALLOCATED + 1)),
                record(JOB, "\"id\": \"middle\", \"peakAllocatedBytes\": %d".formatted(ALLOCATED + ALLOCATED / 9)));

        assertThat(reconciliation.worst(Answer.ALLOCATED, 2))
                .extracting(row -> row.run().id())
                .containsExactly("middle", "far");
        assertThat(reconciliation.worst(Answer.ALLOCATED, 9)).hasSize(3);
        assertThat(reconciliation.worst(Answer.RESERVED, 9)).isEmpty();
    }

    private static MemoryEstimate fits(ResolvedJob job) {
        return Estimates.of(job, ALLOCATED, RESERVED, PROCESS, 7);
    }

    private static ReconciledRun only(String record) {
        return reconcile(ReconcilerTest::fits, record).rows().get(0);
    }

    private static Reconciliation reconcile(Function<ResolvedJob, MemoryEstimate> model, String... records) {
        return Reconciler.with(model).reconcile(runs(records), Selection.ALL);
    }

    private static List<String> ids(List<MeasuredRun> runs, Selection selection) {
        return Reconciler.with(ReconcilerTest::fits).reconcile(runs, selection).rows().stream()
                .map(row -> row.run().id())
                .toList();
    }

    private static List<MeasuredRun> runs(String... records) {
        return RecordLines.read(new InputText("rows.jsonl", String.join("\n", records)));
    }

    private static String record(String job, String figures) {
        return "{\"job\": " + job + ", " + figures + "}";
    }
}
