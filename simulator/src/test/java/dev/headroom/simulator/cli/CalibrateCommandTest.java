package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.simulator.Golden;
import dev.headroom.simulator.catalog.CalibrationFile;
import dev.headroom.simulator.catalog.OverheadCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code headroom calibrate} fits to committed runs, and to runs that are changed in a known way. */
final class CalibrateCommandTest {
    private static final Path MEASURED = Golden.home().resolve("data/measured");
    private static final String RANDOM = "pytorch-h100-random.jsonl";
    private static final Pattern PROCESS = Pattern.compile("\"processBytes\": (\\d+)");
    private static final Pattern CONTEXT = Pattern.compile("\"contextBytes\": (\\d+)");
    private static final long MIB = 1 << 20;

    @TempDir
    private Path directory;

    /** Every so many records of a committed file. */
    private static List<String> records(String file, int step) throws IOException {
        List<String> lines = Files.readAllLines(MEASURED.resolve(file));
        List<String> some = new ArrayList<>();
        for (int i = 0; i < lines.size(); i += step) {
            some.add(lines.get(i));
        }
        return some;
    }

    private static String changed(String line, Pattern figure, LongUnaryOperator change) {
        Matcher found = figure.matcher(line);
        assertThat(found.find()).as(line).isTrue();
        return line.substring(0, found.start(1))
                + change.applyAsLong(Long.parseLong(found.group(1)))
                + line.substring(found.end(1));
    }

    private CliRun calibrate(List<String> lines, String... options) throws IOException {
        Path records = Files.write(directory.resolve("runs.jsonl"), lines);
        List<String> words = new ArrayList<>(List.of("calibrate", records.toString()));
        Collections.addAll(words, options);
        return CliRun.of(words.toArray(String[]::new));
    }

    private ProcessOverhead calibration(List<String> lines) throws IOException {
        String file = directory.resolve("card.yaml").toString();
        CliRun run = calibrate(lines, "-o", file);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        return CalibrationFile.read(file).get(0);
    }

    private static ProcessOverhead builtIn(String gpu, boolean nd4j) {
        return new OverheadCatalog()
                .all().stream()
                        .filter(overhead -> overhead.gpu().equals(gpu) && overhead.isOfNd4j() == nd4j)
                        .findFirst()
                        .orElseThrow();
    }

    @Test
    void calibrate_committedRecords_givesTheConstantsOfTheCatalog() throws IOException {
        ProcessOverhead fitted = calibration(records("pytorch-h200.jsonl", 4));

        ProcessOverhead known = builtIn("h200", false);
        assertThat(fitted.context()).isEqualTo(known.context());
        assertThat(fitted.training()).isEqualTo(known.training());
        assertThat(fitted.modules()).isEqualTo(known.modules());
        assertThat(fitted.page()).isEqualTo(ProcessOverhead.LARGEST_PAGE);
        assertThat(fitted.driver()).isEqualTo(known.driver());
        assertThat(fitted.stack()).isEqualTo(known.stack());
    }

    @Test
    void calibrate_recordsOfNd4j_findsTheContextAndPages() throws IOException {
        ProcessOverhead fitted = calibration(records("nd4j-h100/campaign.jsonl", 1));

        assertThat(fitted.context()).isEqualTo(builtIn("h100-80gb", true).context());
        assertThat(fitted.page()).isEqualTo(ProcessOverhead.LARGEST_PAGE);
        assertThat(fitted.isOfNd4j()).isTrue();
        assertThat(fitted.training().count()).isZero();
        assertThat(calibrate(records("nd4j-h100/campaign.jsonl", 1)).out().replaceAll("\\s+", " "))
                .contains("so nothing is added for the workspaces of libraries");
    }

    @Test
    void calibrate_cardWithALargerContext_isUsedByEstimate() throws IOException {
        List<String> larger = records(RANDOM, 1).stream()
                .map(line -> changed(line, CONTEXT, bytes -> bytes + 100 * MIB))
                .map(line -> changed(line, PROCESS, bytes -> bytes + 110 * MIB))
                .toList();
        String job = "estimate --model tinyllama-1.1b --seq 256 --gpu h100-80gb --format csv";

        ProcessOverhead fitted = calibration(larger);
        CliRun with = CliRun.of((job + " --calibration " + directory.resolve("card.yaml")).split(" "));

        ProcessOverhead known = builtIn("h100-80gb", false);
        assertThat(fitted.context().count()).isEqualTo(known.context().count() + 100 * MIB);
        assertThat(fitted.training().count()).isEqualTo(known.training().count() + 10 * MIB);
        assertThat(process(with)).isEqualTo(process(CliRun.of(job.split(" "))) + 110 * MIB);
    }

    private static long process(CliRun run) {
        return run.out()
                .lines()
                .filter(line -> line.startsWith("processBytes,"))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(',') + 1)))
                .sum();
    }

    @Test
    void calibrated_everyCommand_saysSo() throws IOException {
        calibration(records(RANDOM, 1));
        String file = directory.resolve("card.yaml").toString();
        String job = " --model qwen2.5-0.5b --gpu h100-80gb --calibration " + file;

        for (String command : List.of(
                "estimate --seq 64",
                "compare --seqs 64",
                "explain --seq 64",
                "solve --max batch --seq 512",
                "sweep --seq 64")) {
            CliRun run = CliRun.of((command + job).split(" "));
            String said = (run.out() + run.err()).replaceAll("\\s+", " ");
            assertThat(said).as(command).contains("process overhead of h100-80gb is calibrated");
        }
        CliRun reconciled =
                CliRun.of("reconcile", directory.resolve("runs.jsonl").toString(), "--calibration", file);
        assertThat(reconciled.err()).contains("process overhead of h100-80gb is calibrated: card.yaml: fitted to 25");
        CliRun other =
                CliRun.of("estimate", "--model", "qwen2.5-0.5b", "--seq", "64", "--gpu", "h200", "--calibration", file);
        assertThat(other.out().replaceAll("\\s+", " "))
                .contains("the calibration does not cover h200 under pytorch: Headroom's own figures are used");
    }

    @Test
    void calibrate_noisyRecords_hasTheTruthInItsIntervals() throws IOException {
        List<String> noisy = new ArrayList<>();
        List<String> lines = records(RANDOM, 1);
        for (int i = 0; i < lines.size(); i++) {
            long noise = (i * 7 % 3 - 1) * 2L * MIB;
            noisy.add(changed(lines.get(i), PROCESS, bytes -> bytes + noise));
        }
        CliRun run = calibrate(noisy, "--format", "csv");

        String unseen = KernelModule.CUSOLVER_SVD.id(); // which no record of these loads
        assertThat(run.out().lines().skip(1).filter(line -> !line.contains(unseen)))
                .hasSize(2 + KernelModule.values().length - 1)
                .allSatisfy(line -> {
                    String[] cells = line.split(",", -1);
                    long truth = switch (cells[1]) {
                        case "contextBytes" ->
                            builtIn("h100-80gb", false).context().count();
                        case "trainingKernelsBytes" ->
                            builtIn("h100-80gb", false).training().count();
                        default -> 8 * MIB;
                    };
                    assertThat(truth).isBetween(Long.parseLong(cells[4]), Long.parseLong(cells[5]));
                    assertThat(Long.parseLong(cells[2])).as("used").isEqualTo(truth);
                });
        assertThat(run.out())
                .contains("trainingKernelsBytes,136314880,")
                .doesNotContain(",136314880,136314880,136314880");
    }

    @Test
    void calibrate_oneRecordChanged_showsInTheHeldOutErrorIfItWasHeldOut() throws IOException {
        List<String> lines = records(RANDOM, 2);
        int heldOut = 0;
        for (int i = 0; i < lines.size(); i++) {
            List<String> changed = new ArrayList<>(lines);
            changed.set(i, changed(lines.get(i), PROCESS, bytes -> bytes + 6 * MIB));
            String json = calibrate(changed, "--format", "json").out();
            Matcher largest = Pattern.compile("\"maxBytes\": (\\d+)").matcher(json);
            assertThat(largest.find()).isTrue();
            // One that is fitted may move a constant, but by less.
            assertThat(Long.parseLong(largest.group(1))).isBetween(0L, 6 * MIB);
            heldOut += Long.parseLong(largest.group(1)) == 6 * MIB ? 1 : 0;
        }
        assertThat(heldOut).isEqualTo(lines.size() / 4);
    }

    @Test
    void calibrate_otherOrder_givesTheSame() throws IOException {
        List<String> lines = new ArrayList<>(records(RANDOM, 1));
        String first = calibrate(lines, "--format", "json").out();
        Collections.reverse(lines);

        assertThat(calibrate(lines, "--format", "json").out()).isEqualTo(first);
    }

    @Test
    void calibrate_contradictingRecords_isRefusedAndWritesNothing() throws IOException {
        // Jobs of the second file were started by torchrun for two cards, and load NCCL as well.
        Path file = directory.resolve("card.yaml");
        CliRun run = CliRun.of(
                "calibrate",
                MEASURED.resolve(RANDOM).toString(),
                MEASURED.resolve("pytorch-h100x2.jsonl").toString(),
                "-o",
                file.toString());

        assertRefused(
                run,
                "records contradict each other by more than 8.00 MiB",
                "'d000'",
                "1134.00 MiB",
                "is 758.00 MiB",
                "and 7 more");
        assertThat(file).doesNotExist();
    }

    @Test
    void calibrate_severalReasons_namesThemAll() throws IOException {
        List<String> lines = new ArrayList<>(records("pytorch-h200.jsonl", 200));
        List<String> others = records(RANDOM, 2);
        others.set(0, changed(others.get(0), PROCESS, bytes -> bytes + 1000));
        others.set(1, changed(others.get(1), CONTEXT, bytes -> bytes + 300 * MIB));
        others.set(2, changed(others.get(2), PROCESS, bytes -> bytes / 2));
        lines.addAll(others);
        lines.add("{\"id\": \"bad\", \"job\": {\"model\": \"tinyllama-1.1b\", \"seq\": 1}}");

        assertRefused(
                calibrate(lines),
                "unknown key 'seq'",
                "h200 (driver 580.159.04",
                "too few records: 3, and at least 8 are needed",
                "processBytes are no whole pages of a driver",
                "has a context of 912.00 MiB; the median is 612.00 MiB",
                "records contradict themselves",
                "less than its context of 612.00 MiB");
    }

    @Test
    void calibrate_twoDrivers_isRefused() throws IOException {
        List<String> lines = new ArrayList<>();
        List<String> records = records(RANDOM, 1);
        for (int i = 0; i < records.size(); i++) {
            lines.add(i % 2 == 0 ? records.get(i) : records.get(i).replace("580.159.04", "570.1"));
        }

        assertRefused(
                calibrate(lines),
                "different drivers or libraries",
                "(16 records)",
                "(17 records)",
                "Calibrate each by itself");
    }

    @Test
    void calibrate_recordsWithoutProcess_saysWhy() throws IOException {
        List<String> lines = records(RANDOM, 4).stream()
                .map(line -> line.replace("\"processBytes\"", "\"somethingElse\""))
                .toList();

        assertRefused(calibrate(lines), "none of 9 tells what a process holds: 9 have no processBytes");
    }

    private static void assertRefused(CliRun run, String... reasons) {
        assertThat(run.err()).contains(reasons).doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
        assertThat(run.code()).isEqualTo(2);
    }

    @Test
    void calibrationFile_wrong_namesEveryMistake() throws IOException {
        Path file = Files.writeString(
                directory.resolve("wrong.yaml"),
                "schemaVersion: 2\nplatforms:\n  - gpu: h200\n    driver: d\n    stack: torch\n    contextByte: 5\n    source: s\n");

        CliRun run = CliRun.of("estimate", "--model", "qwen2.5-0.5b", "--seq", "64", "--calibration", file.toString());

        assertRefused(
                run,
                "wrong.yaml:1:16: must be 1",
                "'contextBytes' is missing",
                "wrong.yaml:6:5: unknown key 'contextByte'\nMaybe 'contextBytes'?");
    }

    @Test
    @Tag("golden")
    void example_ofTheDocumentation_isWhatTheCommandWrites() throws IOException {
        Path file = directory.resolve("example.yaml");
        CliRun run = CliRun.of(
                "calibrate",
                MEASURED.resolve(RANDOM).toString(),
                MEASURED.resolve("pytorch-h100-gemma.jsonl").toString(),
                "-o",
                file.toString());

        assertThat(run.code()).isZero();
        Golden.check(Golden.home().resolve("docs/reference/calibration.example.yaml"), Files.readString(file));
    }
}
