package dev.headroom.simulator.measured;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.simulator.Golden;
import dev.headroom.simulator.input.Fields;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.input.YamlReader;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import dev.headroom.simulator.report.Format;
import dev.headroom.simulator.report.ReconciliationReport;
import dev.headroom.simulator.report.Unit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Model versus measured, the main test of the project: every measured run of one card is predicted, and held to the budget
 * in {@code data/measured/accuracy-budget.yaml}. {@code docs/accuracy.md} shows the same errors;
 * {@code -Dgolden.update=true} writes it anew.
 */
final class AccuracyTest {
    private static final String ND4J = "nd4j-h100/campaign.jsonl";
    private static final Path HOME = Path.of(System.getProperty("headroom.home", ".."));
    private static final List<String> FILES = List.of(
            "pytorch-h200.jsonl",
            "pytorch-h200-random.jsonl",
            "pytorch-h100-random.jsonl",
            "pytorch-h100-peft.jsonl",
            "pytorch-h100-adapters.jsonl",
            "pytorch-h100-kinds.jsonl",
            "pytorch-h100-gemma.jsonl",
            "pytorch-h100-experts.jsonl",
            "pytorch-h100-optimizers.jsonl",
            "pytorch-h100-stablelm-phi.jsonl",
            "pytorch-h100-allocator.jsonl",
            "pytorch-h100-longcontext.jsonl",
            "pytorch-h100-deepseek.jsonl",
            "pytorch-h100-falcon.jsonl",
            "pytorch-h100-gpt-oss-llama4.jsonl",
            "pytorch-h100-mixed.jsonl",
            ND4J);
    private static final Path BUDGET = HOME.resolve("data/measured/accuracy-budget.yaml");
    private static final Path DOCUMENT = HOME.resolve("docs/accuracy.md");
    private static final int WORST_ROWS = 5;

    /** How much better than its budget a share may be, and how many times smaller an error, before the budget is too loose. */
    private static final double SHARE_TO_SPARE = 0.03;

    private static final double ERROR_TO_SPARE = 2;

    private static final String INTRODUCTION = """
            # Accuracy

            Every run below was trained on a real card, in a process of its own. Here each is predicted from its job alone and
            compared: the peak of *allocated* bytes, the peak of *reserved* bytes, and what the driver shows for the *process*.
            Rows for which a rule is missing are counted as unsupported and not approximated.

            - [pytorch-h200.jsonl](../data/measured/README.md): the runs the rules were proven on.
            - [pytorch-h200-random.jsonl](../data/measured/README.md): jobs drawn at random from everything supported, measured
              once the rules stood; what they taught is in that file's description.
            - [pytorch-h100-random.jsonl](../data/measured/README.md): more such jobs, on a card that no rule was learnt from.
            - [pytorch-h100-peft.jsonl](../data/measured/README.md): small jobs of every adapter method and of LoRA's options.
            - [pytorch-h100-adapters.jsonl](../data/measured/README.md): small jobs of adapters at a model's ends, ranks by layer,
              BOFT, HiRA and MiSS, and prefixes in caches that slide.
            - [pytorch-h100-kinds.jsonl](../data/measured/README.md): small jobs over every kind of architecture, method and
              optimizer, measured before most of their rules were written.
            - [pytorch-h100-gemma.jsonl](../data/measured/README.md): jobs drawn at random over three generations of Gemma,
              measured once their rules stood; what they taught is in that file's description.
            - [pytorch-h100-experts.jsonl](../data/measured/README.md): jobs drawn at random over mixtures of experts and OLMo 2,
              measured once their rules stood, which they confirmed.
            - [pytorch-h100-optimizers.jsonl](../data/measured/README.md): GaLore and APOLLO, measured once their rules stood.
            - [pytorch-h100-allocator.jsonl](../data/measured/README.md): jobs drawn at random under settings of the allocator,
              measured once its rules stood.
            - [pytorch-h100-longcontext.jsonl](../data/measured/README.md): checkpoints offloaded or of some layers, TRL's chunked
              loss and Liger's tiled MLP, in small jobs and at up to 140,000 tokens.
            - [pytorch-h100-deepseek.jsonl](../data/measured/README.md): latent attention and experts in groups, with each single
              allocation recorded.
            - [pytorch-h100-stablelm-phi.jsonl](../data/measured/README.md): StableLM, Phi, Phi 3 with dropout and Cohere with norms
              over heads, with each single allocation recorded.
            - [pytorch-h100-falcon.jsonl](../data/measured/README.md): the three forms of Falcon, mostly drawn at random and
              measured once their rules stood; what they taught is in that file's description.
            - [pytorch-h100-gpt-oss-llama4.jsonl](../data/measured/README.md): gpt-oss, Llama 4 and models made small of both;
              two thirds measured once their rules stood, which they confirmed.
            - [pytorch-h100-mixed.jsonl](../data/measured/README.md): jobs drawn at random over most of the above, measured last;
              no rule was changed after them.
            - [nd4j-h100/campaign.jsonl](../data/measured/README.md): TinyLlama and other jobs trained from Java, on ND4J 1.0.0-M1.1
              (SameDiff) with CUDA. The card was an H100: no A100 was at hand, so ND4J's code was assembled anew for Hopper
              ([validation.md](validation.md)). At the end of this page are these runs one by one, with their time a step, and the
              article's table.

            The same comparison on your own records:

            ```
            headroom reconcile runs.jsonl --format markdown
            ```

            A test keeps this page current (`mvn test -Dtest=AccuracyTest -Dgolden.update=true` writes it) and holds the
            errors to [data/measured/accuracy-budget.yaml](../data/measured/accuracy-budget.yaml).

            """;

    private static final Map<String, Reconciliation> RECONCILED = new LinkedHashMap<>();

    @BeforeAll
    static void reconcileEveryRun() throws IOException {
        for (String file : FILES) {
            RECONCILED.put(file, Reconciler.standard().reconcile(runs(file), Selection.ALL));
        }
    }

    private static List<MeasuredRun> runs(String file) throws IOException {
        String path = HOME.resolve("data/measured").resolve(file).toString();
        return MeasuredFiles.read(List.of(path), InputStream.nullInputStream());
    }

    @Test
    void reconcile_everyRun_isPredictedOrSaysWhichRuleIsMissing() {
        for (Reconciliation reconciliation : RECONCILED.values()) {
            assertThat(reconciliation.rows(Status.INVALID))
                    .extracting(ReconciledRun::message)
                    .isEmpty();
            assertThat(reconciliation.rows(Status.UNSUPPORTED))
                    .extracting(ReconciledRun::message)
                    .allSatisfy(message -> assertThat(message).contains("no rule"));
        }
    }

    @Test
    void reconcile_llamaMistralAndQwen2UnderFullAndLora_areAllSupported() throws IOException {
        Selection main = new Selection(
                Set.of("llama", "mistral", "qwen2"),
                Set.of("full", "lora"),
                Set.of("adamw", "adamw-fused", "adamw-for-loop", "sgd", "sgd-momentum"));
        Reconciler refusing = Reconciler.with(job -> Estimates.of(job, 1, 1, 1, 1));

        assertThat(refusing.reconcile(runs("pytorch-h200.jsonl"), main).rows())
                .isNotEmpty()
                .filteredOn(row -> row.status() != Status.OK)
                .extracting(ReconciledRun::message)
                .isEmpty();
    }

    @Test
    void accuracy_everyFigure_keepsItsBudgetAndTheBudgetIsTight() {
        Problems problems = new Problems();
        Fields budgets = Fields.of(
                YamlReader.read(InputText.ofFile(BUDGET.toString(), InputText.JOB_LIMIT), problems), problems);
        List<String> violations = new ArrayList<>();
        RECONCILED.forEach((file, reconciliation) -> {
            List<String> here = new ArrayList<>();
            compare(reconciliation, budgets.fields(file), here);
            here.forEach(violation -> violations.add(file + ": " + violation));
        });
        budgets.refuseOthers();
        problems.throwIfAny();

        assertThat(violations)
                .as("%s: correct the model, or the budget if the model is better", BUDGET)
                .isEmpty();
    }

    private static void compare(Reconciliation reconciliation, Fields budget, List<String> violations) {
        if (reconciliation.rows(Status.OK).size() != budget.positive("supportedRows")) {
            violations.add("supportedRows is " + reconciliation.rows(Status.OK).size());
        }
        int wrong = reconciliation.outOfMemory(false).size();
        if (!budget.text("wrongOutOfMemoryVerdicts").equals(Integer.toString(wrong))) {
            violations.add("wrongOutOfMemoryVerdicts is " + wrong);
        }
        for (Answer answer : Answer.values()) {
            ErrorStatistics statistics = reconciliation.statistics(answer);
            if (statistics.count() == 0) {
                continue; // An answer that the runtime has not.
            }
            Fields limits = budget.fields(answer.id());
            share(answer, "equalToTheByte", statistics.equalToTheByte(), limits, violations);
            share(answer, "withinHundredthPercent", statistics.withinHundredthPercent(), limits, violations);
            share(answer, "withinTenthPercent", statistics.withinTenthPercent(), limits, violations);
            if (statistics.max() > 0) {
                error(answer, "max", statistics.max(), limits, violations);
            }
            limits.refuseOthers();
        }
        budget.refuseOthers();
    }

    private static void share(Answer answer, String key, double actual, Fields limits, List<String> violations) {
        double limit = limits.optionalRate(key).orElse(actual == 0 ? 0 : Double.NaN);
        if (!(actual >= limit && actual - limit <= SHARE_TO_SPARE)) {
            violations.add(violation(answer, key, actual, limit));
        }
    }

    private static void error(Answer answer, String key, double actual, Fields limits, List<String> violations) {
        double limit = limits.optionalRate(key).orElse(Double.NaN);
        if (!(actual <= limit && limit <= actual * ERROR_TO_SPARE)) {
            violations.add(violation(answer, key, actual, limit));
        }
    }

    private static String violation(Answer answer, String key, double actual, double limit) {
        return String.format(Locale.ROOT, "%s.%s is %.6f, its budget %s", answer.id(), key, actual, limit);
    }

    @Test
    @Tag("golden")
    void document_isCurrent() throws IOException {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        RECONCILED.forEach((file, reconciliation) -> page.append("# ")
                .append(file)
                .append("\n\n")
                .append(new ReconciliationReport(reconciliation, WORST_ROWS).in(Format.MARKDOWN, Unit.GIB, false))
                .append('\n'));
        page.append(Nd4jPages.of(
                HOME.resolve("data/measured").resolve(ND4J), Objects.requireNonNull(RECONCILED.get(ND4J))));
        page.append(Dl4jPage.of(HOME.resolve("data/measured/dl4j-cpu.json")).stripTrailing())
                .append('\n');
        String expected = page.toString();
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(DOCUMENT.getParent());
            Files.writeString(DOCUMENT, expected);
        }
        assertThat(DOCUMENT)
                .as("write it anew with -Dgolden.update=true")
                .exists()
                .hasContent(expected);
    }

    @Test
    void readme_accuracyTable_isThatOfTheMeasuredRuns() {
        StringBuilder table = new StringBuilder(
                "| runs | answer | predicted rows | exact to the byte | median error | worst error |\n| --- | --- | ---: | ---: | ---: | ---: |\n");
        RECONCILED.forEach((file, runs) -> {
            for (Answer answer : Answer.values()) {
                if (runs.statistics(answer).count() > 0) {
                    table.append(row(file, answer, runs));
                }
            }
        });
        for (String page : List.of("README.md", "README.zh-CN.md")) {
            Golden.checkSection(Golden.home().resolve(page), "accuracy", table.toString());
        }
    }

    /** Shares are rounded down, errors up: never nicer than they are. */
    private static String row(String file, Answer answer, Reconciliation runs) {
        ErrorStatistics errors = runs.statistics(answer);
        return String.format(
                Locale.ROOT,
                "| %s | %s | %d | %.1f %% | %s | %s |\n",
                file,
                answer.name().toLowerCase(Locale.ROOT),
                errors.count(),
                Math.floor(1000 * errors.equalToTheByte()) / 10,
                percent(errors.median()),
                percent(errors.max()));
    }

    private static String percent(double ratio) {
        return ratio == 0 ? "0" : String.format(Locale.ROOT, "%.3f %%", Math.ceil(1e5 * ratio) / 1e3);
    }
}
