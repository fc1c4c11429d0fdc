package dev.headroom.simulator.measured;

import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Sequence;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What docs/accuracy.md says of the runs on ND4J beside what it says of all: one by one, and the article's table. */
final class Nd4jPages {
    private static final double GB = 1e9;
    private static final List<Integer> LENGTHS = List.of(512, 1024, 1536, 2048);

    /** The article's figures [GB], by length: full fine-tuning, LoRA. */
    private static final Map<Integer, double[]> PUBLISHED = Map.of(
            512, new double[] {23.9, 12.4},
            1024, new double[] {29.1, 22.1},
            1536, new double[] {42.4, 35.4},
            2048, new double[] {58.2, 52.2});

    private Nd4jPages() {}

    static String of(Path records, Reconciliation runs) throws IOException {
        Map<String, ReconciledRun> byId = new HashMap<>();
        runs.rows().forEach(run -> byId.put(run.run().id(), run));
        return "## The article's table, three times\n\n" + article(byId) + "\n## Run by run\n\n" + runs(records, runs)
                + "\n";
    }

    private static String article(Map<String, ReconciledRun> runs) {
        StringBuilder table = new StringBuilder("""
                GB of memory. *Published*: PyTorch on an A100-80GB. *PyTorch*: what Headroom computes for it (float32, micro-batch 2,
                eager attention, LoRA r=64 with dropout 0.1; reserved). *ND4J*: the same model in float32 at the micro-batch b that fits
                the card, LoRA r=64 without dropout; bytes of live arrays, measured on the H100, and predicted.

                | context | method | published | PyTorch, computed | b | ND4J, measured | ND4J, predicted |
                | ---: | --- | ---: | ---: | ---: | ---: | ---: |
                """);
        for (int length : LENGTHS) {
            int batch = length <= 1024 ? 2 : 1;
            for (String method : List.of("full", "lora")) {
                String id = "nd4j-%s-s%d%s"
                        .formatted(method.equals("full") ? "full" : "lora64", length, batch == 2 ? "-b2" : "");
                Comparison live = Optional.ofNullable(runs.get(id))
                        .flatMap(run -> run.comparison(Answer.ALLOCATED))
                        .orElseThrow(() -> new IllegalStateException("no run " + id));
                table.append(String.format(
                        Locale.ROOT,
                        "| %d | %s | %.1f | %.1f | %d | %.3f | %.3f |\n",
                        length,
                        method.equals("full") ? "full" : "LoRA",
                        PUBLISHED.getOrDefault(length, new double[2])[method.equals("full") ? 0 : 1],
                        pytorch(method, length) / GB,
                        batch,
                        live.measured() / GB,
                        live.predicted() / GB));
            }
        }
        return table.toString();
    }

    /** Reserved bytes under PyTorch as the article has it. */
    private static double pytorch(String method, int length) {
        String options = method.equals("full") ? "" : ", \"rank\": 64, \"dropout\": 0.1";
        String record = "{\"id\": \"article\", \"job\": {\"model\": \"tinyllama-1.1b\", \"method\": {\"name\": \""
                + method + "\""
                + options + "}, \"microBatch\": 2, \"sequenceLength\": " + length
                + ", \"weightDtype\": \"float32\", \"attention\": \"eager\", \"trainingLoop\": \"holds-outputs\"},"
                + " \"gpu\": {\"name\": \"a100-80gb\"}}\n";
        Reconciliation one =
                Reconciler.standard().reconcile(RecordLines.read(new InputText("article", record)), Selection.ALL);
        ReconciledRun row = one.rows().get(0);
        return row.predicted().answer(Answer.RESERVED).orElseThrow(() -> new IllegalStateException(row.message()));
    }

    private static String runs(Path records, Reconciliation runs) throws IOException {
        Map<String, Double> seconds = seconds(records);
        StringBuilder table = new StringBuilder("""
                Bytes predicted − measured. The run named *limit* had a device limit, to emulate a smaller card.

                | run | live arrays | device counter | process | seconds a step |
                | --- | ---: | ---: | ---: | ---: |
                """);
        for (ReconciledRun run : runs.rows()) {
            boolean ranOut = run.measured().outOfMemory().orElse(false);
            String verdict = ranOut
                    ? "out of memory, " + (run.outOfMemoryRight().orElse(false) ? "as predicted" : "not predicted")
                    : difference(run, Answer.ALLOCATED);
            table.append("| %s | %s | %s | %s | %s |\n"
                    .formatted(
                            run.run().id(),
                            verdict,
                            difference(run, Answer.DEVICE_COUNTER),
                            difference(run, Answer.PROCESS),
                            Optional.ofNullable(seconds.get(run.run().id()))
                                    .map(time -> String.format(Locale.ROOT, "%.1f", time))
                                    .orElse("")));
        }
        return table.toString();
    }

    private static String difference(ReconciledRun run, Answer answer) {
        return run.comparison(answer)
                .map(comparison -> comparison.difference() == 0
                        ? "0"
                        : String.format(
                                Locale.ROOT,
                                "%+,d (%.4f %%)",
                                comparison.difference(),
                                100 * Math.abs(comparison.errorRatio())))
                .orElse("");
    }

    /** Time of the last step, by id. */
    private static Map<String, Double> seconds(Path records) throws IOException {
        Map<String, Double> seconds = new HashMap<>();
        int number = 0;
        for (String line : Files.readAllLines(records)) {
            InputNode node = JsonReader.read(new InputText(records.toString(), line), ++number, new Problems());
            if (node instanceof Mapping record
                    && record.entry("steps").orElseThrow().value() instanceof Sequence steps
                    && !steps.items().isEmpty()
                    && steps.items().get(steps.items().size() - 1) instanceof Mapping last) {
                seconds.put(
                        String.valueOf(record.entry("id").orElseThrow().value().toJava()),
                        Double.parseDouble(String.valueOf(
                                last.entry("seconds").orElseThrow().value().toJava())));
            }
        }
        return seconds;
    }
}
