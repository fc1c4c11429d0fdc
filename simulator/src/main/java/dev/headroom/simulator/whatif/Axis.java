package dev.headroom.simulator.whatif;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One key of a job that varies in a {@link Sweep}, with its values in order. Ranges are kept as ranges, so an axis of ten
 * million lengths takes no memory. Immutable.
 */
public final class Axis {
    /** The key of the axis over cards, which is no key of a job. */
    public static final String GPU = "gpu";

    private final Optional<JobKey> key;
    private final List<Stretch> stretches;
    private final long size;

    /** Neighbouring values: a range, or one word. */
    private sealed interface Stretch {
        long size();

        String text(long index);
    }

    private record Range(long from, long step, long size) implements Stretch {
        @Override
        public String text(long index) {
            return Long.toString(from + index * step);
        }
    }

    private record Word(String word) implements Stretch {
        @Override
        public long size() {
            return 1;
        }

        @Override
        public String text(long index) {
            return word;
        }
    }

    private Axis(Optional<JobKey> key, List<Stretch> stretches) {
        this.key = key;
        this.stretches = List.copyOf(stretches);
        this.size = stretches.stream().mapToLong(Stretch::size).sum();
    }

    /** Some values of a key, written as on the command line. */
    public static Axis of(JobKey key, List<String> values) {
        return new Axis(
                Optional.of(key), values.stream().<Stretch>map(Word::new).toList());
    }

    /**
     * Numbers from {@code from} to at most {@code to}.
     *
     * @throws IllegalArgumentException if there are none, or the key takes no whole numbers
     */
    public static Axis ofRange(JobKey key, int from, int to, int step) {
        if (!takesNumbers(key) || from < 1 || to < from || step < 1) {
            throw new IllegalArgumentException("%s has no range %d..%d..%d".formatted(key.path(), from, to, step));
        }
        return new Axis(Optional.of(key), List.of(new Range(from, step, (to - from) / step + 1L)));
    }

    /** Some cards, by id. */
    public static Axis ofGpus(List<String> ids) {
        return new Axis(Optional.empty(), ids.stream().<Stretch>map(Word::new).toList());
    }

    /**
     * Reads {@code a,b,c}, {@code from..to} or {@code from..to..step}; ranges include their ends and may stand in lists. A
     * semicolon parts values that have commas in them.
     *
     * @param key the key that varies; empty for cards
     * @throws InputException if it is none of these
     */
    public static Axis parse(Optional<JobKey> key, String text, Place place) {
        List<Stretch> stretches = new ArrayList<>();
        for (String part : text.split(text.indexOf(';') >= 0 ? ";" : ",", -1)) {
            stretches.add(stretch(key, part.strip(), place));
        }
        return new Axis(key, stretches);
    }

    /** The axis of several values, each read as {@link #parse} reads one, but with commas left in words. */
    static Axis parseAll(Optional<JobKey> key, List<String> values, Place place) {
        List<Stretch> stretches = new ArrayList<>();
        for (String value : values) {
            stretches.add(stretch(key, value.strip(), place));
        }
        return new Axis(key, stretches);
    }

    /** The key of a path, such as {@code method.rank}, of its last part, or of an option without hyphens, such as {@code seq}. */
    public static Optional<JobKey> keyNamed(String word) {
        for (JobKey key : JobKey.values()) {
            if (key.path().equals(word)
                    || key.word().equals(word)
                    || key.option().equals("--" + word)) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }

    /** Words that {@link #keyNamed} understands. */
    public static List<String> keyNames() {
        List<String> names = new ArrayList<>();
        for (JobKey key : JobKey.values()) {
            names.add(key.path());
            names.add(key.option().substring(2));
        }
        return names;
    }

    /** Whether a text names more than one value. */
    public static boolean isSeveral(String text) {
        return text.indexOf(',') >= 0 || text.indexOf(';') >= 0 || text.contains("..");
    }

    private static Stretch stretch(Optional<JobKey> key, String part, Place place) {
        if (part.isEmpty()) {
            throw new InputException(
                    place, "a value is missing in the list", "Write a,b,c or from..to or from..to..step.");
        }
        boolean numeric = key.map(Axis::takesNumbers).orElse(false);
        if (!numeric || !part.contains("..")) {
            return new Word(part);
        }
        List<String> bounds = List.of(part.split("\\.\\.", -1));
        if (bounds.size() > 3) {
            throw wrong(part, place);
        }
        int most = key.orElseThrow().maximum();
        long from = number(bounds.get(0), most, part, place);
        long to = number(bounds.get(1), most, part, place);
        long step = bounds.size() > 2 ? number(bounds.get(2), most, part, place) : 1;
        if (to < from) {
            throw new InputException(place, "'%s' is empty: %s is less than %s".formatted(part, to, from));
        }
        return new Range(from, step, (to - from) / step + 1);
    }

    private static long number(String text, int most, String part, Place place) {
        try {
            long number = Long.parseLong(text.strip());
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw wrong(part, place);
        }
        throw new InputException(place, "'%s' has a bound that is not from 1 to %d".formatted(part, most));
    }

    private static InputException wrong(String part, Place place) {
        return new InputException(
                place, "'%s' is no range of whole numbers".formatted(part), "Write from..to or from..to..step.");
    }

    private static boolean takesNumbers(JobKey key) {
        return key.type() == JobKey.Type.WHOLE || key.type() == JobKey.Type.OPTIONAL_WHOLE;
    }

    /** The job key that varies; empty if cards do. */
    public Optional<JobKey> key() {
        return key;
    }

    /** The name of the column: the key's path, or {@link #GPU}. */
    public String name() {
        return key.map(JobKey::path).orElse(GPU);
    }

    /** How many values there are. */
    public long size() {
        return size;
    }

    /** The value at a position, as it would be written. */
    public String text(long index) {
        long rest = index;
        for (Stretch stretch : stretches) {
            if (rest < stretch.size()) {
                return stretch.text(rest);
            }
            rest -= stretch.size();
        }
        throw new IndexOutOfBoundsException("index %d of %d".formatted(index, size));
    }

    /** The smallest and the largest value, if all are whole numbers. */
    Optional<Bounds> bounds() {
        long least = Long.MAX_VALUE;
        long most = Long.MIN_VALUE;
        for (Stretch stretch : stretches) {
            try {
                least = Math.min(least, Long.parseLong(stretch.text(0)));
                most = Math.max(most, Long.parseLong(stretch.text(stretch.size() - 1)));
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }
        return least < 1 || most > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(new Bounds((int) least, (int) most));
    }

    /** Ends of the numbers of an axis. */
    record Bounds(int least, int most) {}

    /** The job with the value at a position. */
    JobSource set(JobSource job, long index) {
        String value = text(index);
        if (key.isEmpty()) {
            return job.withGpu(Scalar.ofOption("--" + GPU, value));
        }
        return job.with(key.get(), value);
    }
}
