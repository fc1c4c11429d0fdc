package dev.headroom.model.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program of three laps with more of them is the program that is recorded with more of them. */
final class UnrollingTest {
    private final ProgramRecorder recorder = new ProgramRecorder(1, 1);

    private int allocate(long elements) {
        return recorder.allocate(Category.TRANSIENT, "module", "operation", Shape.of(elements), DType.FLOAT32);
    }

    /** Two steps, each of which fetches batches, frees those of the step before, and lets each lap free a tensor of the last. */
    private static StepProgram steps(int laps) {
        UnrollingTest test = new UnrollingTest();
        ProgramRecorder recorder = test.recorder;
        int weight = test.allocate(1000);
        recorder.mark(null, null);
        List<Integer> batches = List.of();
        int loss = test.allocate(1);
        for (int step = 1; step <= 2; step++) {
            recorder.nextStep();
            recorder.enter(Phase.FORWARD);
            List<Integer> fetched = new ArrayList<>();
            for (int i = 0; i < laps; i++) {
                recorder.nextLap();
                fetched.add(test.allocate(20));
                fetched.add(test.allocate(30));
            }
            recorder.endLaps(Repeated.FETCH);
            for (int i = 0; i < batches.size(); i += 2) {
                recorder.nextLap();
                recorder.free(batches.get(i));
                recorder.free(batches.get(i + 1));
            }
            recorder.endLaps(Repeated.FETCH);
            batches = fetched;
            for (int i = 0; i < laps; i++) {
                recorder.nextLap();
                recorder.enter(Phase.FORWARD);
                int next = test.allocate(1);
                int activation = test.allocate(500);
                recorder.free(loss);
                loss = next;
                if (i == 0) {
                    test.allocate(1000); // A gradient, to which the other laps add.
                }
                recorder.enter(Phase.BACKWARD);
                recorder.free(activation);
                if (i + 1 == laps) {
                    recorder.mark(Figure.BACKWARD_END, null);
                }
            }
            recorder.endLaps(Repeated.MICRO_BATCH);
            recorder.enter(Phase.OPTIMIZER);
            test.allocate(7);
        }
        recorder.free(weight);
        return recorder.finish();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 17})
    void withLaps_moreOfThem_isAsRecorded(int laps) {
        StepProgram unrolled = steps(3).withLaps(laps, laps).orElseThrow();
        StepProgram recorded = steps(laps);

        assertThat(events(unrolled)).isEqualTo(events(recorded));
        assertThat(sizes(unrolled)).isEqualTo(sizes(recorded));
        assertThat(sizes(unrolled.at(1, 1, 1))).isEqualTo(sizes(recorded));
        assertThat(unrolled.spans()).isEqualTo(recorded.spans());
        assertThat(unrolled.loadedEvent()).isEqualTo(recorded.loadedEvent());
        assertThat(unrolled.requestedPeak()).isEqualTo(recorded.requestedPeak());
    }

    @Test
    void withLaps_fewerRunThanAreFetched_hasAsManyOfEach() {
        StepProgram unrolled = steps(3).withLaps(10, 4).orElseThrow();

        int moreFetched = 2 * 7 * 2; // in two steps, of two tensors each
        int moreRun = 2 * 2;
        assertThat(unrolled.tensorCount()).isEqualTo(steps(3).tensorCount() + moreFetched + moreRun);
    }

    @Test
    void withLaps_otherThanThreeRecorded_isNothing() {
        assertThat(steps(2).withLaps(5, 5)).isEmpty();
        assertThat(steps(4).withLaps(5, 5)).isEmpty();
    }

    @Test
    void withLaps_lapThatAsksForMore_isNothing() {
        assertThat(laps(10, 10, 11)).isEmpty();
        assertThat(laps(11, 10, 10)).isPresent();
    }

    private static Optional<StepProgram> laps(long... sizes) {
        UnrollingTest test = new UnrollingTest();
        test.recorder.mark(null, null);
        for (long size : sizes) {
            test.recorder.nextLap();
            test.recorder.free(test.allocate(size));
        }
        test.recorder.endLaps(Repeated.MICRO_BATCH);
        return test.recorder.finish().withLaps(5, 5);
    }

    @Test
    void withLaps_tensorOfALapFreedAfterAll_isNothing() {
        recorder.mark(null, null);
        List<Integer> held = new ArrayList<>();
        for (int lap = 0; lap < 3; lap++) {
            recorder.nextLap();
            held.add(allocate(10));
        }
        recorder.endLaps(Repeated.MICRO_BATCH);
        held.forEach(recorder::free);

        assertThat(recorder.finish().withLaps(5, 5)).isEmpty();
    }

    private static List<Integer> events(StepProgram program) {
        return IntStream.range(0, program.eventCount()).mapToObj(program::event).toList();
    }

    private static List<Long> sizes(StepProgram program) {
        return IntStream.range(0, program.tensorCount())
                .mapToObj(program::requestedBytes)
                .toList();
    }
}
