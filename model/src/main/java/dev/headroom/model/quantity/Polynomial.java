package dev.headroom.model.quantity;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/**
 * A polynomial with whole coefficients in b (micro-batch) and s (sequence length), and in numbers made of them that kernels
 * round to: ⌊b·s/10⌋ and ⌈s/8⌉, ⌈s/32⌉, ⌈s/64⌉, ⌈s/128⌉. Multiples of {@link StepFunction step functions} may be added to
 * it. While a program is written down, r (the rank of an adapter) may occur in it as well. Immutable; arithmetic is exact
 * and throws on overflow.
 */
public final class Polynomial {
    public static final Polynomial ZERO = new Polynomial(new int[0], new long[0]);
    /** Micro-batch [sequences]. */
    public static final Polynomial BATCH = new Polynomial(new int[] {1}, new long[] {1});
    /** Sequence length [tokens]. */
    public static final Polynomial SEQUENCE = new Polynomial(new int[] {1 << 4}, new long[] {1});
    /** ⌊b·s/10⌋. */
    public static final Polynomial TENTH_OF_TOKENS = new Polynomial(new int[] {1 << 8}, new long[] {1});

    /** Position of the exponent of r, which no other symbol comes after. */
    private static final int RANK_SHIFT = 28;

    /** r, the rank of an adapter. It is to be {@linkplain #ofRank given a value} before the polynomial is. */
    public static final Polynomial RANK = new Polynomial(new int[] {1 << RANK_SHIFT}, new long[] {1});

    /** Tile sizes of symbol 3 and on. */
    private static final int[] TILE_SIZES = {8, 32, 64, 128};

    private static final String[] SYMBOLS = {"b", "s", "⌊bs/10⌋", "⌈s/8⌉", "⌈s/32⌉", "⌈s/64⌉", "⌈s/128⌉", "r"};
    private static final String[] POWERS = {"", "", "²", "³", "⁴", "⁵", "⁶", "⁷"};

    /** Exponents of one term: 4 bits a symbol, ascending. */
    private final int[] monomials;

    private final long[] coefficients;

    /** Step functions that are added, with their factors; none is zero. */
    private final Map<StepFunction, Long> steps;

    private Polynomial(int[] monomials, long[] coefficients) {
        this(monomials, coefficients, Map.of());
    }

    private Polynomial(int[] monomials, long[] coefficients, Map<StepFunction, Long> steps) {
        this.monomials = monomials;
        this.coefficients = coefficients;
        this.steps = steps;
    }

    /** A number that follows no polynomial. It can be added and multiplied by constants. */
    public static Polynomial of(StepFunction step) {
        return new Polynomial(new int[0], new long[0], Map.of(step, 1L));
    }

    /**
     * ⌈s/size⌉: how many tiles of 8, 32, 64 or 128 tokens cover a sequence.
     *
     * @throws IllegalArgumentException for any other size
     */
    public static Polynomial sequenceTiles(int size) {
        int index = Arrays.binarySearch(TILE_SIZES, size);
        if (index < 0) {
            throw new IllegalArgumentException("size (%d) must be 8, 32, 64 or 128".formatted(size));
        }
        return new Polynomial(new int[] {1 << (4 * (3 + index))}, new long[] {1});
    }

    public static Polynomial constant(long value) {
        return value == 0 ? ZERO : new Polynomial(new int[] {0}, new long[] {value});
    }

    public Polynomial plus(Polynomial other) {
        return combine(other, 1);
    }

    public Polynomial minus(Polynomial other) {
        return combine(other, -1);
    }

    public Polynomial times(long factor) {
        if (factor == 0) {
            return ZERO;
        }
        long[] scaled = new long[coefficients.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = Math.multiplyExact(coefficients[i], factor);
        }
        Map<StepFunction, Long> scaledSteps = Map.of();
        if (!steps.isEmpty()) {
            scaledSteps = new LinkedHashMap<>(steps);
            scaledSteps.replaceAll((step, times) -> Math.multiplyExact(times, factor));
        }
        return new Polynomial(monomials, scaled, scaledSteps);
    }

    /**
     * @throws IllegalArgumentException if a step function would be multiplied by anything but a constant or a rank
     */
    public Polynomial times(Polynomial other) {
        if (!steps.isEmpty() || !other.steps.isEmpty()) {
            if (isConstant()) {
                return other.times(at(1, 1));
            }
            if (other.isConstant()) {
                return times(other.at(1, 1));
            }
            if (dependsOnRank() || other.dependsOnRank()) {
                return of(new Product(this, other));
            }
            throw new IllegalArgumentException("a step function of %s or %s is multiplied".formatted(this, other));
        }
        Polynomial sum = ZERO;
        for (int i = 0; i < monomials.length; i++) {
            int[] shifted = new int[other.monomials.length];
            for (int j = 0; j < shifted.length; j++) {
                shifted[j] = monomials[i] + other.monomials[j];
            }
            sum = sum.plus(new Polynomial(shifted, other.times(coefficients[i]).coefficients));
        }
        return sum;
    }

    /** What is multiplied out once its rank has a value. */
    private record Product(Polynomial left, Polynomial right) implements StepFunction {
        @Override
        public long at(long b, long s) {
            return Math.multiplyExact(left.at(b, s), right.at(b, s));
        }

        @Override
        public List<Polynomial> arguments() {
            return List.of(left, right);
        }

        @Override
        public Polynomial of(List<Polynomial> arguments) {
            return arguments.get(0).times(arguments.get(1));
        }

        @Override
        public String toString() {
            return "(%s)·(%s)".formatted(left, right);
        }
    }

    /**
     * Divides every coefficient.
     *
     * @throws ArithmeticException if a coefficient is not a multiple of {@code divisor}
     */
    public Polynomial dividedExactlyBy(long divisor) {
        long[] quotients = new long[coefficients.length];
        for (int i = 0; i < quotients.length; i++) {
            if (coefficients[i] % divisor != 0) {
                throw new ArithmeticException("%s is not a multiple of %d".formatted(this, divisor));
            }
            quotients[i] = coefficients[i] / divisor;
        }
        if (!steps.isEmpty()) {
            throw new ArithmeticException("%s is not known to be a multiple of %d".formatted(this, divisor));
        }
        return new Polynomial(monomials, quotients);
    }

    /** Whether r occurs in it. */
    public boolean dependsOnRank() {
        if (monomials.length > 0 && monomials[monomials.length - 1] >= 1 << RANK_SHIFT) {
            return true;
        }
        return !steps.isEmpty()
                && steps.keySet().stream()
                        .flatMap(step -> step.arguments().stream())
                        .anyMatch(Polynomial::dependsOnRank);
    }

    /** The polynomial in b and s that it is for adapters of rank {@code rank}. */
    public Polynomial ofRank(long rank) {
        if (!dependsOnRank()) {
            return this;
        }
        Polynomial sum = ZERO;
        for (int i = 0; i < monomials.length; i++) {
            int[] others = {monomials[i] & ((1 << RANK_SHIFT) - 1)};
            sum = sum.plus(new Polynomial(
                    others, new long[] {multiplyPower(coefficients[i], rank, monomials[i] >> RANK_SHIFT)}));
        }
        for (Map.Entry<StepFunction, Long> step : steps.entrySet()) {
            sum = sum.plus(ofRank(step.getKey(), rank).times(step.getValue()));
        }
        return sum;
    }

    private static Polynomial ofRank(StepFunction step, long rank) {
        List<Polynomial> arguments =
                step.arguments().stream().map(one -> one.ofRank(rank)).toList();
        Polynomial ranked = step.of(arguments);
        boolean constant = !arguments.isEmpty() && arguments.stream().allMatch(Polynomial::isConstant);
        return constant ? constant(ranked.at(1, 1)) : ranked;
    }

    /**
     * The value at a micro-batch of {@code b} sequences of {@code s} tokens.
     *
     * @throws IllegalStateException if it depends on a rank
     */
    public long at(long b, long s) {
        long sum = 0;
        for (int i = 0; i < monomials.length; i++) {
            sum = Math.addExact(sum, Math.multiplyExact(coefficients[i], product(monomials[i], b, s)));
        }
        if (!steps.isEmpty()) {
            for (Map.Entry<StepFunction, Long> step : steps.entrySet()) {
                sum = Math.addExact(
                        sum, Math.multiplyExact(step.getValue(), step.getKey().at(b, s)));
            }
        }
        return sum;
    }

    /** The value of a product of symbols. */
    static long product(int monomial, long b, long s) {
        long product = multiplyPower(1, b, monomial & 15);
        product = multiplyPower(product, s, (monomial >> 4) & 15);
        if (monomial >= 1 << 8) {
            if (monomial >= 1 << RANK_SHIFT) {
                throw new IllegalStateException("a polynomial in r has no value in b and s alone");
            }
            product = multiplyPower(product, Math.multiplyExact(b, s) / 10, (monomial >> 8) & 15);
            for (int tile = 0; tile < TILE_SIZES.length; tile++) {
                long tiles = (s + TILE_SIZES[tile] - 1) / TILE_SIZES[tile];
                product = multiplyPower(product, tiles, (monomial >> (12 + 4 * tile)) & 15);
            }
        }
        return product;
    }

    /** Products of symbols that occur, ascending: 4 bits a symbol hold its exponent. */
    int[] monomials() {
        return monomials;
    }

    /** The coefficient of a product of symbols. */
    long coefficientOf(int monomial) {
        int at = Arrays.binarySearch(monomials, monomial);
        return at < 0 ? 0 : coefficients[at];
    }

    /** Step functions that are added. */
    Set<StepFunction> steps() {
        return steps.keySet();
    }

    /** The factor of a step function. */
    long factorOf(StepFunction step) {
        return steps.getOrDefault(step, 0L);
    }

    public boolean isConstant() {
        return steps.isEmpty() && (monomials.length == 0 || (monomials.length == 1 && monomials[0] == 0));
    }

    /** The coefficient of b^i·s^j. */
    public long coefficient(int batchPower, int sequencePower) {
        return coefficientOf(batchPower | sequencePower << 4);
    }

    /** Highest power of s that occurs; a step function counts as one. */
    public int degreeInSequence() {
        int degree = steps.isEmpty() ? 0 : 1;
        for (int m : monomials) {
            degree = Math.max(degree, degreeInSequence(m));
        }
        return degree;
    }

    private static int degreeInSequence(int monomial) {
        int degree = 0;
        for (int symbol = 1; symbol < RANK_SHIFT / 4; symbol++) {
            degree += (monomial >> (4 * symbol)) & 15;
        }
        return degree;
    }

    /** Only the terms in which s has exactly this power (⌊bs/10⌋, the tiles of s and step functions count as one power of s). */
    public Polynomial termsOfSequenceDegree(int degree) {
        Polynomial sum = degree == 1 && !steps.isEmpty() ? new Polynomial(new int[0], new long[0], steps) : ZERO;
        for (int i = 0; i < monomials.length; i++) {
            if (degreeInSequence(monomials[i]) == degree) {
                sum = sum.plus(new Polynomial(new int[] {monomials[i]}, new long[] {coefficients[i]}));
            }
        }
        return sum;
    }

    /** Whether {@code this ≥ other} for all b ≥ 1, s ≥ 1 can be seen from the coefficients alone. */
    public boolean dominates(Polynomial other) {
        Polynomial difference = minus(other);
        for (long coefficient : difference.coefficients) {
            if (coefficient < 0) {
                return false;
            }
        }
        for (long factor : difference.steps.values()) {
            if (factor < 0) {
                return false;
            }
        }
        return true;
    }

    private Polynomial combine(Polynomial other, long sign) {
        int[] keys = new int[monomials.length + other.monomials.length];
        long[] values = new long[keys.length];
        int i = 0;
        int j = 0;
        int n = 0;
        while (i < monomials.length || j < other.monomials.length) {
            boolean left = j == other.monomials.length || (i < monomials.length && monomials[i] <= other.monomials[j]);
            boolean right = i == monomials.length || (j < other.monomials.length && other.monomials[j] <= monomials[i]);
            int key = left ? monomials[i] : other.monomials[j];
            long value = left ? coefficients[i++] : 0;
            if (right) {
                value = Math.addExact(value, Math.multiplyExact(sign, other.coefficients[j++]));
            }
            if (value != 0) {
                keys[n] = key;
                values[n++] = value;
            }
        }
        return new Polynomial(Arrays.copyOf(keys, n), Arrays.copyOf(values, n), combinedSteps(other, sign));
    }

    private Map<StepFunction, Long> combinedSteps(Polynomial other, long sign) {
        if (other.steps.isEmpty()) {
            return steps;
        }
        Map<StepFunction, Long> combined = new LinkedHashMap<>(steps);
        other.steps.forEach((step, factor) -> {
            long sum = Math.addExact(combined.getOrDefault(step, 0L), Math.multiplyExact(sign, factor));
            if (sum == 0) {
                combined.remove(step);
            } else {
                combined.put(step, sum);
            }
        });
        return combined.isEmpty() ? Map.of() : combined;
    }

    private static long multiplyPower(long term, long base, int power) {
        long product = term;
        for (int i = 0; i < power; i++) {
            product = Math.multiplyExact(product, base);
        }
        return product;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof Polynomial that
                        && Arrays.equals(monomials, that.monomials)
                        && Arrays.equals(coefficients, that.coefficients)
                        && steps.equals(that.steps));
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(monomials) + Arrays.hashCode(coefficients)) + steps.hashCode();
    }

    /** Highest powers first: {@code 8·b·s² + 4096·b·s + 12}. */
    @Override
    public String toString() {
        if (monomials.length == 0 && steps.isEmpty()) {
            return "0";
        }
        StringBuilder text = new StringBuilder();
        for (int i = monomials.length - 1; i >= 0; i--) {
            StringJoiner factors = new StringJoiner("·");
            if (Math.abs(coefficients[i]) != 1 || monomials[i] == 0) {
                factors.add(Long.toString(Math.abs(coefficients[i])));
            }
            for (int symbol = 0; symbol < SYMBOLS.length; symbol++) {
                int power = (monomials[i] >> (4 * symbol)) & 15;
                if (power > 0) {
                    factors.add(SYMBOLS[symbol] + POWERS[power]);
                }
            }
            append(text, coefficients[i], factors.toString());
        }
        steps.forEach((step, factor) ->
                append(text, factor, Math.abs(factor) == 1 ? step.toString() : Math.abs(factor) + "·" + step));
        return text.toString();
    }

    private static void append(StringBuilder text, long signOf, String term) {
        String sign = signOf < 0 ? "-" : text.length() == 0 ? "" : "+";
        text.append(text.length() == 0 ? sign : " " + sign + " ").append(term);
    }
}
