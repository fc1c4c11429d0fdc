package dev.headroom.simulator.measured;

import dev.headroom.simulator.input.Fields;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.report.Numbers;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** What docs/accuracy.md says of DL4J's memory report. */
final class Dl4jPage {
    private static final double MB = 1e6;

    private Dl4jPage() {}

    static String of(Path file) {
        Problems problems = new Problems();
        Fields root =
                Fields.of(JsonReader.read(InputText.ofFile(file.toString(), InputText.JOB_LIMIT), problems), problems);
        StringBuilder page = new StringBuilder("""
                # DL4J's memory report

                One other estimator of training memory runs on the JVM: `getMemoryReport` of DL4J's network configurations, a
                `NetworkMemoryReport`. The nearest that DL4J comes to a Llama decoder is built of its own layers (embedding,
                self-attention, gated MLP, residuals, head), reported on by DL4J, and trained on the processor with Adam in float32.
                Beside it stands Headroom's decoder of the same dimensions, predicted, and trained on SameDiff on the same machine.
                """);
        page.append(
                "%s. Hidden size %d, MLP %d, %d heads, %d layers, vocabulary %d, one sequence of %d tokens, rank %d. [MB]\n\n"
                        .formatted(
                                root.text("stack"),
                                root.positive("hidden"),
                                root.positive("intermediate"),
                                root.positive("heads"),
                                root.positive("layers"),
                                root.positive("vocabulary"),
                                root.positive("sequenceLength"),
                                root.positive("rank")));
        page.append("""
                | network | DL4J reports | DL4J takes | error | Headroom predicts | SameDiff takes | error |
                | --- | --- | ---: | ---: | ---: | ---: | ---: |
                """);
        StringBuilder states = new StringBuilder();
        for (Fields network : root.each("networks")) {
            page.append(row(network));
            states.append("- %s: %s parameters, %s numbers of Adam's state.\n"
                    .formatted(
                            network.text("name"),
                            Numbers.grouped(network.positive("parameters")),
                            Numbers.grouped(network.positive("updaterElements"))));
        }
        problems.throwIfAny();
        return page.append("""

                *Takes* is arrays and workspaces at their largest, as ND4J counts them. Where the report fails, the parts whose own
                reports do not fail are added up, which is more than a user gets. What DL4J cannot express or count:

                - Self-attention reports nothing, and the report of a network with such a layer ends with a NullPointerException.
                  Linear layers over a sequence lose its length (`DenseLayer`), or throw (`TimeDistributed`, `Convolution1DLayer`).
                  So there is a report only where each token is an example of its own, without attention.
                - There is no causal mask within attention, no rotary position, no shared key head, no RMS norm, no tied head; no
                  checkpointing, no mixed precision. The report knows no card: no context, no workspace of a library.
                - There is no LoRA. Low-rank pairs are put together beside frozen layers, in the MLP only, as attention's matrices cannot
                  be adapted apart. `FrozenLayer` stops gradients for all that comes before it; with `FrozenLayerWithBackprop`, which
                  does not, DL4J keeps gradients and Adam's state of frozen weights, and saves nothing:

                """).append(states).append("""

                Headroom knows no decoder without attention, and says so; its low-rank pairs are LoRA on the MLP, by rules.

                """).toString();
    }

    private static String row(Fields network) {
        long measured = Math.addExact(network.positive("arraysBytes"), network.positive("workspacesBytes"));
        Optional<String> failure = network.optionalText("reportFailure");
        long reported = failure.isPresent() ? network.positive("partsBytes") : network.positive("reportBytes");
        long silent = failure.isPresent() ? network.positive("silentParts") : 0;
        String report = failure.map(exception -> "%s; the other %d of %d parts: %s"
                        .formatted(
                                exception, network.positive("parts") - silent, network.positive("parts"), mb(reported)))
                .orElse(mb(reported));
        String ours = "– | – | –";
        if (network.optional("headroomPredictedBytes").isPresent()) {
            Comparison comparison = new Comparison(
                    network.positive("headroomPredictedBytes"), network.positive("headroomMeasuredBytes"));
            ours = "%s | %s | %s".formatted(mb(comparison.predicted()), mb(comparison.measured()), error(comparison));
        }
        return "| %s | %s | %s | %s | %s |\n"
                .formatted(network.text("name"), report, mb(measured), error(new Comparison(reported, measured)), ours);
    }

    private static String mb(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / MB);
    }

    private static String error(Comparison comparison) {
        return comparison.difference() == 0
                ? "0"
                : String.format(Locale.ROOT, "%+.1f %%", 100 * comparison.errorRatio());
    }
}
