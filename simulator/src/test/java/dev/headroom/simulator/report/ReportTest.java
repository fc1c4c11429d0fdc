package dev.headroom.simulator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.Problem;
import dev.headroom.model.method.Method;
import dev.headroom.simulator.Golden;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.config.TestJobs;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.whatif.Cell;
import dev.headroom.simulator.whatif.Comparison;
import dev.headroom.simulator.whatif.Comparison.Crossover;
import dev.headroom.simulator.whatif.MemoryShares;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What results look like in every format, shown on made-up estimates. */
final class ReportTest {
    private static final long GB = 1_000_000_000L;

    private static EstimateReport estimate() {
        return new EstimateReport(SampleEstimates.estimate(SampleEstimates.LORA, 1024, 12 * GB));
    }

    private static EstimateReport tooLarge() {
        return new EstimateReport(SampleEstimates.estimate(SampleEstimates.FULL, 4096, 100 * GB));
    }

    private static CompareReport comparison() {
        List<Cell> cells = new ArrayList<>();
        for (int length : List.of(512, 1024, 4096)) {
            for (Method method : List.of(SampleEstimates.FULL, SampleEstimates.LORA)) {
                long activations = 4096L * length * length + (method.equals(SampleEstimates.FULL) ? 0 : GB);
                cells.add(new Cell(
                        method.name(),
                        length,
                        Optional.of(SampleEstimates.estimate(method, length, activations)),
                        List.of()));
            }
            cells.add(new Cell(
                    "dora",
                    length,
                    Optional.empty(),
                    List.of(Problem.unsupported("method.name", "no rule for method 'dora' yet"))));
        }
        return new CompareReport(
                SampleEstimates.job(SampleEstimates.LORA, 512),
                new Comparison(
                        List.of("full", "lora", "dora"),
                        List.of(512, 1024, 4096),
                        cells,
                        List.of(new Crossover("lora", OptionalInt.of(1024), OptionalInt.of(1040)))));
    }

    private static Mapping parsed(String json) {
        Problems problems = new Problems();
        Mapping mapping = (Mapping) JsonReader.read(new InputText("json", json), problems);
        assertThat(problems.isEmpty()).isTrue();
        return mapping;
    }

    @Tag("golden")
    @ParameterizedTest(name = "{0}")
    @EnumSource(Format.class)
    void in_everyFormat_isTheGoldenOutput(Format format) {
        String ending = "." + format.id() + ".txt";
        Golden.check(Golden.besideTests("report/estimate" + ending), estimate().in(format, Unit.GIB, false));
        Golden.check(Golden.besideTests("report/too-large" + ending), tooLarge().in(format, Unit.GIB, false));
        Golden.check(Golden.besideTests("report/compare" + ending), comparison().in(format, Unit.GB, false));
        Golden.check(
                Golden.besideTests("report/explain" + ending),
                ExplainReport.of(estimate().estimate()).in(format, Unit.GIB, false));
    }

    @Test
    void plain_everyLine_fits80Columns() {
        for (Report report : List.of(
                estimate(),
                tooLarge(),
                comparison(),
                ExplainReport.of(estimate().estimate()))) {
            assertThat(report.in(Format.TABLE, Unit.GB, false).lines()).allMatch(line -> line.length() <= 80);
        }
    }

    @Test
    void in_otherLocale_isTheSame() {
        Locale before = Locale.getDefault();
        String expected = comparison().in(Format.TABLE, Unit.GIB, false);
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(comparison().in(Format.TABLE, Unit.GIB, false)).isEqualTo(expected);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void plain_colored_saysTheSameWords() {
        String colored = tooLarge().in(Format.TABLE, Unit.GIB, true);

        assertThat(colored).startsWith("\u001B[31;1mDOES NOT FIT a100-80gb");
        assertThat(colored.replaceAll("\u001B\\[[0-9;]*m", ""))
                .isEqualTo(tooLarge().in(Format.TABLE, Unit.GIB, false));
    }

    @Test
    void json_job_canBeReadAgain() {
        String json = estimate().json();
        String job = json.substring(
                json.indexOf("\"job\": ") + 7,
                json.indexOf(
                        "\"stack\": {\n    \"cuda\": \"13.0\",\n    \"peft\": \"0.21\",\n    \"torch\": \"2.11\",\n    \"transformers\": \"5.17\",\n    \"computeCapability\""));
        JobSource source = TestJobs.yaml(job.strip().replaceAll(",$", ""));

        assertThat(source.read()).isEqualTo(estimate().estimate().job().job());
    }

    @Test
    void json_keys_areThoseOfTheInterface() {
        Mapping estimate = parsed(estimate().json());
        assertThat(estimate.entries().stream().map(Mapping.Entry::key))
                .startsWith("schemaVersion", "job", "stack", "verdict", "peakAllocatedBytes", "peakReservedBytes")
                .contains(
                        "processBytes", "peakPhase", "breakdown", "warnings", "parametersTotal", "parametersTrainable");
        Mapping verdict = (Mapping) estimate.entry("verdict").orElseThrow().value();
        assertThat(verdict.entries().stream().map(Mapping.Entry::key)).startsWith("fits", "gpu", "headroomBytes");
    }

    @Test
    void shares_ofAnyEstimate_addUpToTheAllocatedPeak() {
        MemoryEstimate estimate = estimate().estimate();
        MemoryShares shares = MemoryShares.of(estimate);

        assertThat(shares.parameters()
                        .plus(shares.gradients())
                        .plus(shares.optimizer())
                        .plus(shares.activations())
                        .plus(shares.other()))
                .isEqualTo(estimate.peakAllocated());
        assertThat(shares.other().count()).isEqualTo(4096);
    }

    @Test
    void explain_rowByKeyPathOrLabel_isThatRow() {
        MemoryEstimate estimate = estimate().estimate();

        assertThat(ExplainReport.of(estimate, "norm")).isEqualTo(ExplainReport.of(estimate, "savedActivations/norm"));
        assertThat(ExplainReport.of(estimate, "saved activations").orElseThrow().row())
                .isEqualTo("savedActivations");
        assertThat(ExplainReport.of(estimate, "nonsense")).isEmpty();
    }
}
