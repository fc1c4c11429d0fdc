package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.quantity.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Several methods at several sequence lengths.
 *
 * @param methods names of the methods, in the order asked for
 * @param lengths sequence lengths, in the order asked for
 * @param cells every method at every length: all methods of the first length, then of the next
 * @param crossovers where each method's saving against full fine-tuning ends
 */
public record Comparison(List<String> methods, List<Integer> lengths, List<Cell> cells, List<Crossover> crossovers) {
    /** The method that others are compared with. */
    public static final String BASELINE = "full";

    /** A saving below this share of the baseline is hardly one. */
    public static final double LEAST_SAVING_RATIO = 0.10;

    public Comparison {
        methods = List.copyOf(methods);
        lengths = List.copyOf(lengths);
        cells = List.copyOf(cells);
        crossovers = List.copyOf(crossovers);
    }

    /**
     * Where a method's saving of reserved memory first falls below {@link #LEAST_SAVING_RATIO}.
     *
     * @param method the method
     * @param above the longest length tried before that at which it still saves as much; none if the saving is smaller
     *     from the start
     * @param below the shortest length tried at which it does not; none if it saves as much everywhere
     */
    public record Crossover(String method, OptionalInt above, OptionalInt below) {}

    /**
     * Computes the grid.
     *
     * @param contenders the methods
     */
    public static Comparison of(List<Contender> contenders, List<Integer> lengths, Workplace workplace) {
        List<String> methods = contenders.stream().map(Contender::method).toList();
        List<Cell> cells = new ArrayList<>();
        for (int length : lengths) {
            for (Contender contender : contenders) {
                cells.add(Cell.of(contender, length, workplace));
            }
        }
        List<Crossover> crossovers = new ArrayList<>();
        Comparison grid = new Comparison(methods, lengths, cells, List.of());
        int baseline = methods.indexOf(BASELINE);
        if (baseline >= 0) {
            for (Contender contender : contenders) {
                if (!contender.method().equals(BASELINE)) {
                    grid.crossover(contender, contenders.get(baseline), workplace)
                            .ifPresent(crossovers::add);
                }
            }
        }
        return new Comparison(methods, lengths, cells, crossovers);
    }

    /** The cell of a method at a length. */
    public Cell cell(String method, int length) {
        return cells.get(
                Math.addExact(Math.multiplyExact(lengths.indexOf(length), methods.size()), methods.indexOf(method)));
    }

    /** The share of the baseline's reserved memory that a cell saves; negative if it takes more. */
    public OptionalDouble savingRatio(Cell cell) {
        if (!methods.contains(BASELINE) || cell.method().equals(BASELINE)) {
            return OptionalDouble.empty();
        }
        Optional<MemoryEstimate> baseline =
                cell(BASELINE, cell.sequenceLength()).estimate();
        if (baseline.isEmpty() || cell.estimate().isEmpty()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(
                savingRatio(cell.estimate().get().peakReserved(), baseline.get().peakReserved()));
    }

    private static double savingRatio(Bytes method, Bytes baseline) {
        return 1 - (double) method.count() / baseline.count();
    }

    /**
     * Narrows the first crossing between two lengths of the grid down to a 64th of a length. Savings of reserved memory
     * step with the allocator's segments, so there is no sharper answer.
     */
    private Optional<Crossover> crossover(Contender contender, Contender baseline, Workplace workplace) {
        OptionalInt above = OptionalInt.empty();
        OptionalInt below = OptionalInt.empty();
        for (int length : lengths.stream().sorted().toList()) {
            OptionalDouble saving = savingRatio(cell(contender.method(), length));
            if (saving.isPresent() && saving.getAsDouble() < LEAST_SAVING_RATIO) {
                below = OptionalInt.of(length);
                break;
            }
            if (saving.isPresent()) {
                above = OptionalInt.of(length);
            }
        }
        if (above.isEmpty() && below.isEmpty()) {
            return Optional.empty();
        }
        if (above.isPresent() && below.isPresent()) {
            int low = above.getAsInt();
            int high = below.getAsInt();
            while (high - low > Math.max(1, high / 64)) {
                int middle = low + (high - low) / 2;
                Cell a = Cell.of(contender, middle, workplace);
                Cell b = Cell.of(baseline, middle, workplace);
                if (a.estimate().isEmpty() || b.estimate().isEmpty()) {
                    break;
                }
                double saving = savingRatio(
                        a.estimate().get().peakReserved(), b.estimate().get().peakReserved());
                low = saving >= LEAST_SAVING_RATIO ? middle : low;
                high = saving >= LEAST_SAVING_RATIO ? high : middle;
            }
            above = OptionalInt.of(low);
            below = OptionalInt.of(high);
        }
        return Optional.of(new Crossover(contender.method(), above, below));
    }
}
