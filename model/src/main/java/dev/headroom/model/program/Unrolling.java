package dev.headroom.model.program;

import dev.headroom.model.program.StepProgram.Mark;
import dev.headroom.model.program.StepProgram.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * More laps than a program was recorded with. Of three laps the second is repeated, if the third repeats it: event by event
 * it allocates as much, and frees what lies one lap further on. The copies come between the two, so that what is read or
 * freed after the last lap stays that of the last.
 */
final class Unrolling {
    private static final int RECORDED = StepProgram.FEWEST_LAPS;

    private final int[] recorded;
    private final List<Stretch> stretches;

    /** Number of each recorded tensor once copies lie between. */
    private final int[] numbers;

    /** Tensors of laps that are repeated. */
    private final BitSet repeated = new BitSet();

    private final int[] events;
    private int written;

    private Unrolling(int[] recorded, int tensors, List<Stretch> stretches) {
        this.recorded = recorded;
        this.stretches = stretches;
        this.numbers = new int[tensors];
        int moved = 0;
        int tensor = 0;
        for (Stretch stretch : stretches) {
            for (; tensor < stretch.third(); tensor++) {
                numbers[tensor] = tensor + moved;
            }
            moved += stretch.copies() * stretch.tensors();
            repeated.set(stretch.second(), stretch.third());
        }
        for (; tensor < tensors; tensor++) {
            numbers[tensor] = tensor + moved;
        }
        this.events = new int[moved(recorded.length)];
    }

    /**
     * Laps that do the same.
     *
     * @param laps as recorded
     * @param first the first tensor of the first lap
     * @param second the first tensor of the second, which is repeated
     * @param third the first tensor of the third
     * @param end the first tensor after it
     * @param copies how many more laps there are to be
     */
    private record Stretch(Laps laps, int first, int second, int third, int end, int copies) {
        /** Tensors of the lap that is repeated. */
        int tensors() {
            return third - second;
        }

        /** Events of the lap that is repeated. */
        int events() {
            return laps.start(2) - laps.start(1);
        }

        boolean isFirst(int tensor) {
            return tensor >= first && tensor < second;
        }

        boolean repeats(int tensor) {
            return tensor >= second && tensor < third;
        }
    }

    /**
     * Unrolls every stretch.
     *
     * @param events of the program as recorded
     * @param counts how many laps there are to be, three at least
     * @return nothing where a third lap does not repeat the second
     */
    static Optional<Unrolling> of(int[] events, SizeFormulas sizes, List<Laps> laps, ToIntFunction<Repeated> counts) {
        int[] tensorsBefore = new int[events.length + 1];
        for (int i = 0; i < events.length; i++) {
            tensorsBefore[i + 1] = tensorsBefore[i] + (isAllocation(events[i]) ? 1 : 0);
        }
        List<Stretch> stretches = new ArrayList<>();
        for (Laps one : laps) {
            if (one.count() != RECORDED) {
                return Optional.empty();
            }
            int copies = counts.applyAsInt(one.repeated()) - RECORDED;
            if (copies > 0) {
                stretches.add(new Stretch(
                        one,
                        tensorsBefore[one.start(0)],
                        tensorsBefore[one.start(1)],
                        tensorsBefore[one.start(2)],
                        tensorsBefore[one.start(RECORDED)],
                        copies));
            }
        }
        Unrolling unrolling = new Unrolling(events, tensorsBefore[events.length], stretches);
        return unrolling.unroll(sizes) ? Optional.of(unrolling) : Optional.empty();
    }

    private static boolean isAllocation(int event) {
        return event >= 0 && (event & 1) == 0;
    }

    private boolean unroll(SizeFormulas sizes) {
        int from = 0;
        for (Stretch stretch : stretches) {
            Laps laps = stretch.laps();
            if (!write(from, laps.start(1))
                    || !hasSameSizes(stretch, sizes)
                    || !writeCopies(stretch)
                    || !writeLast(stretch)) {
                return false;
            }
            from = laps.start(RECORDED);
        }
        return write(from, recorded.length);
    }

    /** Events as recorded; false if one frees a tensor of a lap that is repeated, as it is not said which of the copies. */
    private boolean write(int from, int to) {
        for (int i = from; i < to; i++) {
            int event = recorded[i];
            if (event >= 0 && repeated.get(event >> 1)) {
                return false;
            }
            events[written++] = renumbered(event);
        }
        return true;
    }

    private int renumbered(int event) {
        return event < 0 ? event : 2 * numbers[event >> 1] + (event & 1);
    }

    private static boolean hasSameSizes(Stretch stretch, SizeFormulas sizes) {
        for (int tensor = stretch.second(); tensor < stretch.third(); tensor++) {
            if (!sizes.same(tensor, tensor + stretch.tensors())) {
                return false;
            }
        }
        return stretch.end() - stretch.third() == stretch.tensors();
    }

    /** The second lap and its copies; false if the third is no copy. */
    private boolean writeCopies(Stretch stretch) {
        Laps laps = stretch.laps();
        int[] second = Arrays.copyOfRange(recorded, laps.start(1), laps.start(2));
        int[] third = Arrays.stream(recorded, laps.start(2), laps.start(RECORDED))
                .filter(event -> !StepProgram.isMark(event)) // Some figures are read in the last lap only.
                .toArray();
        if (second.length != third.length) {
            return false;
        }
        int[] firstCopy = new int[second.length];
        int[] stride = new int[second.length];
        for (int i = 0; i < second.length; i++) {
            Optional<Stretch> home = home(second[i], third[i], stretch);
            if (home.isEmpty()) {
                return false;
            }
            stride[i] = 2 * home.get().tensors();
            firstCopy[i] = isOfLapBefore(third[i], stretch) ? renumbered(third[i]) : renumbered(second[i]) + stride[i];
            events[written++] = renumbered(second[i]);
        }
        for (int copy = 0; copy < stretch.copies(); copy++) {
            for (int i = 0; i < second.length; i++) {
                events[written++] = firstCopy[i] + copy * stride[i];
            }
        }
        return true;
    }

    /** Where the tensor of an event of the second lap, and of that which repeats it in the third, belongs; nothing if it does not. */
    private Optional<Stretch> home(int second, int third, Stretch user) {
        if (second < 0 || third < 0 || isAllocation(second) != isAllocation(third)) {
            return Optional.empty();
        }
        if (isOfLapBefore(third, user)) {
            return Optional.of(user).filter(lap -> lap.isFirst(second >> 1));
        }
        for (Stretch stretch : stretches) {
            if (stretch.repeats(second >> 1)) {
                return Optional.of(stretch)
                        .filter(one -> third - second == 2 * one.tensors() && one.copies() == user.copies());
            }
        }
        return Optional.empty();
    }

    /** Whether an event of the third lap is about a tensor of the second. */
    private static boolean isOfLapBefore(int third, Stretch user) {
        return user.repeats(third >> 1);
    }

    /** The third lap, which follows the last copy. */
    private boolean writeLast(Stretch stretch) {
        for (int i = stretch.laps().start(2); i < stretch.laps().start(RECORDED); i++) {
            int event = recorded[i];
            if (event >= 0 && stretch.repeats(event >> 1)) {
                events[written++] = renumbered(event) + 2 * stretch.copies() * stretch.tensors();
            } else if (!write(i, i + 1)) {
                return false;
            }
        }
        return true;
    }

    int[] events() {
        return events;
    }

    /** The recorded tensor that each tensor is a copy of, or itself. */
    int[] originals() {
        int[] originals = new int[numbers.length + copiedTensors()];
        int at = 0;
        int from = 0;
        for (Stretch stretch : stretches) {
            at = count(from, stretch.third(), originals, at);
            for (int copy = 0; copy < stretch.copies(); copy++) {
                at = count(stretch.second(), stretch.third(), originals, at);
            }
            from = stretch.third();
        }
        count(from, numbers.length, originals, at);
        return originals;
    }

    private int copiedTensors() {
        return stretches.stream()
                .mapToInt(stretch -> stretch.copies() * stretch.tensors())
                .sum();
    }

    private static int count(int from, int to, int[] numbers, int at) {
        for (int number = from; number < to; number++) {
            numbers[at + number - from] = number;
        }
        return at + to - from;
    }

    /** Marks, where they are now. */
    List<Mark> marks(List<Mark> marks) {
        return marks.stream()
                .map(mark -> new Mark(moved(mark.event()), mark.step(), mark.end(), mark.peak()))
                .toList();
    }

    /** The spans of phases, with those of the copies. */
    List<Span> spans(List<Span> spans) {
        List<Span> all = new ArrayList<>();
        for (Span span : spans) {
            int first = moved(span.firstEvent());
            all.add(new Span(first, span.step(), span.phase()));
            for (Stretch stretch : stretches) {
                if (span.firstEvent() >= stretch.laps().start(1)
                        && span.firstEvent() < stretch.laps().start(2)) {
                    for (int copy = 1; copy <= stretch.copies(); copy++) {
                        all.add(new Span(first + copy * stretch.events(), span.step(), span.phase()));
                    }
                }
            }
        }
        all.sort(Comparator.comparingInt(Span::firstEvent));
        return all;
    }

    /** Index of a recorded event once copies lie between. */
    private int moved(int event) {
        return event
                + stretches.stream()
                        .filter(stretch -> event >= stretch.laps().start(2))
                        .mapToInt(stretch -> stretch.copies() * stretch.events())
                        .sum();
    }
}
