package dev.headroom.simulator.measured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PublishedRunsTest {
    private static final String FILE = Path.of(System.getProperty("headroom.home", ".."))
            .resolve("data/measured/third-party/third-party.csv")
            .toString();

    @Test
    void reconcile_stockRunsOnOneCard_areWithinAQuarterOfAPercentOrTheirBounds() throws IOException {
        List<ReconciledRun> predicted = reconcile().rows(Status.OK);

        assertThat(predicted)
                .extracting(row -> row.run().id())
                .containsExactlyInAnyOrder(
                        "m0250", "m0256", "m0272", "m0304", "m0312", "m0314", "m0336", "m0338", "m0587", "m0589",
                        "m0605", "m0621", "m0645", "m0653", "m0685", "m0709", "m0711", "m0737", "m0753", "m0755",
                        "m0793", "m0819", "m1842", "m1850");
        assertThat(predicted)
                .allSatisfy(row -> assertThat(row.comparison(Answer.ALLOCATED))
                        .hasValueSatisfying(comparison -> assertThat(
                                        Math.abs(comparison.errorRatio()) < 0.0025 || isBetweenBounds(row))
                                .isTrue()))
                .allSatisfy(row -> assertThat(row.message()).startsWith("assumed: "));
    }

    @Test
    void reconcile_everyOtherRun_namesTheMissingRule() throws IOException {
        Reconciliation reconciliation = reconcile();

        assertThat(reconciliation.rows(Status.INVALID)).isEmpty();
        assertThat(reconciliation.rows(Status.UNSUPPORTED))
                .hasSize(138)
                .allSatisfy(row -> assertThat(row.message()).contains("no rule"));
    }

    @Test
    void read_columnsMissing_isRefused(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("runs.csv"), "id,model\na,b\n");

        assertThatThrownBy(() -> MeasuredFiles.read(List.of(file.toString()), InputStream.nullInputStream()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("columns are missing")
                .hasMessageContaining("versions");
    }

    @Test
    void reconcile_expertsCalledOneByOne_haveBoundsAroundWhatWasMeasured() throws IOException {
        assertThat(reconcile().rows(Status.OK))
                .filteredOn(row -> row.estimate().orElseThrow().allocatedRange().isPresent())
                .filteredOn(row -> !row.run().id().equals("m0737")) // Its peak is at the loss.
                .extracting(row -> row.run().id())
                .containsExactlyInAnyOrder("m0250", "m0589");
        assertThat(reconcile().rows(Status.OK))
                .filteredOn(row -> List.of("m0250", "m0589").contains(row.run().id()))
                .hasSize(2)
                .allMatch(PublishedRunsTest::isBetweenBounds);
    }

    private static boolean isBetweenBounds(ReconciledRun row) {
        long measured = row.measured().answer(Answer.ALLOCATED).orElseThrow();
        return row.estimate()
                .orElseThrow()
                .allocatedRange()
                .filter(range -> range.least().count() <= measured)
                .filter(range -> measured <= range.most().count())
                .isPresent();
    }

    private static Reconciliation reconcile() throws IOException {
        List<MeasuredRun> runs = MeasuredFiles.read(List.of(FILE), InputStream.nullInputStream());
        return Reconciler.standard().reconcile(runs, Selection.ALL);
    }
}
