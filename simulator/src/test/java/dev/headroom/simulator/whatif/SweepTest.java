package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.whatif.SweepRow.Figures;
import dev.headroom.simulator.whatif.SweepRow.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows are in order, say which reading gave them, and bad cells have a reason. */
final class SweepTest {
    private static final Place HERE = Place.of("test");

    private static List<SweepRow> rows(Sweep sweep) {
        List<SweepRow> rows = new ArrayList<>();
        sweep.rows(rows::add);
        return rows;
    }

    private static Axis lengths(String text) {
        return Axis.parse(Optional.of(JobKey.SEQUENCE_LENGTH), text, HERE);
    }

    @Test
    void rows_severalAxes_comeInOrderWithLengthAndBatchFastest() {
        Sweep sweep = Sweep.of(Jobs.small())
                .over(lengths("128,256"))
                .over(Axis.of(JobKey.RANK, List.of("8", "16")))
                .over(Axis.ofRange(JobKey.MICRO_BATCH, 1, 3, 2));

        assertThat(sweep.points()).isEqualTo(8);
        assertThat(rows(sweep).stream().map(row -> String.join(" ", row.values())))
                .containsExactly(
                        "8 128 1", "8 128 3", "8 256 1", "8 256 3", "16 128 1", "16 128 3", "16 256 1", "16 256 3");
    }

    @Test
    void rows_bothReadings_agreeWithinTheirBounds() {
        Sweep sweep = Sweep.of(Jobs.on("rtx-3060-12gb", Jobs.small()))
                .over(Axis.of(JobKey.METHOD, List.of("full", "lora")))
                .over(Axis.of(JobKey.MICRO_BATCH, List.of("1", "4")))
                .over(lengths("100..2100..400"));
        List<SweepRow> analytic = rows(sweep);
        List<SweepRow> replayed = rows(sweep.by(Reading.REPLAY));

        assertThat(analytic).hasSameSizeAs(replayed).allMatch(row -> row.reading() == Reading.ANALYTIC);
        for (int i = 0; i < analytic.size(); i++) {
            Figures bounds = analytic.get(i).figures().orElseThrow();
            Figures exact = replayed.get(i).figures().orElseThrow();
            assertThat(exact.peakAllocated()).isBetween(bounds.peakAllocated(), bounds.peakAllocated() * 101 / 100);
            assertThat(exact.peakReserved().orElseThrow()).isGreaterThanOrEqualTo(exact.peakAllocated());
            if (bounds.fit() != Fit.UNSURE) {
                assertThat(bounds.fit()).isEqualTo(exact.fit());
            }
        }
    }

    @Test
    void rows_replay_isTheEstimate() {
        SweepRow row = rows(Sweep.of(Jobs.small()).over(lengths("777")).by(Reading.REPLAY))
                .get(0);
        MemoryEstimate estimate = Outcome.of(Jobs.small().with(JobKey.SEQUENCE_LENGTH, "777"), new Catalogs())
                .estimate()
                .orElseThrow();

        Figures figures = row.figures().orElseThrow();
        assertThat(figures.peakAllocated()).isEqualTo(estimate.peakAllocated().count());
        assertThat(figures.peakReserved()).hasValue(estimate.peakReserved().count());
        assertThat(figures.processAtMost()).isEqualTo(estimate.process().count());
        assertThat(figures.fit()).isEqualTo(Fit.NOT_ASKED);
    }

    @Test
    void rows_badCells_haveAReasonAndTheOthersFigures() {
        JobSource job = Jobs.small().with(JobKey.MODEL, "opt-125m");
        List<SweepRow> rows = rows(Sweep.of(job)
                .over(Axis.of(JobKey.METHOD, List.of("lora", "full", "loar", "fourierft")))
                .over(Axis.of(JobKey.RANK, List.of("8")))
                .over(lengths("2048,2049,x")));

        assertThat(rows).hasSize(12);
        assertThat(rows.get(0).status()).isEqualTo(Status.OK);
        assertThat(rows.get(1).status()).isEqualTo(Status.INVALID);
        assertThat(rows.get(1).message()).contains("2049 is beyond the 2048 learned positions");
        assertThat(rows.get(2).message()).contains("must be a whole number");
        assertThat(rows.get(3).status()).isEqualTo(Status.NOT_APPLICABLE);
        assertThat(rows.get(3).message()).contains("'method.rank' means nothing to method 'full'");
        assertThat(rows.get(6).message()).contains("unknown value 'loar'");
        assertThat(rows.get(9).status()).isEqualTo(Status.UNSUPPORTED);
    }

    @Test
    void rows_filter_leavesOnlyWhatMeetsIt() {
        Sweep sweep = Sweep.of(Jobs.small())
                .over(Axis.of(JobKey.METHOD, List.of("full", "lora")))
                .over(Axis.ofRange(JobKey.MICRO_BATCH, 1, 4, 1))
                .over(lengths("512..2048..512"))
                .where(Filter.parse("batch * sequenceLength <= 2048", HERE))
                .where(Filter.parse("method.name == lora", HERE));

        assertThat(rows(sweep).stream().map(row -> String.join(" ", row.values())))
                .containsExactly(
                        "lora 1 512",
                        "lora 1 1024",
                        "lora 1 1536",
                        "lora 1 2048",
                        "lora 2 512",
                        "lora 2 1024",
                        "lora 3 512",
                        "lora 4 512");
    }

    @Test
    void rows_manyCells_areEachWhatTheJobAloneGives() {
        Sweep sweep = Sweep.of(Jobs.small())
                .over(Axis.ofRange(JobKey.MICRO_BATCH, 1, 40, 1))
                .over(lengths("1..3000..37"));
        List<SweepRow> rows = rows(sweep);

        assertThat(rows).hasSize(40 * 82);
        for (int i = 0; i < rows.size(); i += 331) {
            List<String> values = rows.get(i).values();
            JobSource alone =
                    Jobs.small().with(JobKey.MICRO_BATCH, values.get(0)).with(JobKey.SEQUENCE_LENGTH, values.get(1));
            SweepRow one = rows(Sweep.of(alone)).get(0);
            assertThat(rows.get(i).figures()).as("%s", values).isEqualTo(one.figures());
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "1..2..3..4 | is no range of whole numbers",
                "9..1 | is empty: 1 is less than 9",
                "0..4 | has a bound that is not from 1 to 2147483647",
                "1,,2 | a value is missing",
            })
    void parse_wrongAxis_isRefused(String text, String message) {
        assertThatThrownBy(() -> lengths(text))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "batch | compares nothing",
                "bacth < 4 | unknown key 'bacth'\\nMaybe 'batch'?",
                "batch * < 4 | a number or a key is missing",
                "(batch < 4 | a ')' is missing",
                "batch ? 3 < 4 | '? 3' is not expected",
            })
    void parse_wrongFilter_isRefused(String text, String message) {
        assertThatThrownBy(() -> Filter.parse(text, HERE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message.replace("\\n", "\n"));
    }
}
