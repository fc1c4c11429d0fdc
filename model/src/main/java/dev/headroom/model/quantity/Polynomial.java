package dev.headroom.model.quantity;

import java.util.Arrays;
import java.util.StringJoiner;

/**
 * A polynomial with whole coefficients in b (micro-batch) and s (sequence length), and in numbers made of them that kernels
 * round to: ⌊b·s/10⌋ and ⌈s/16⌉, ⌈s/32⌉, ⌈s/64⌉, ⌈s/128⌉. Immutable; arithmetic is exact and throws on overflow.
 */
public final class Polynomial {
    public static final Polynomial ZERO = new Polynomial(new int[0], new long[0]);
    /** Micro-batch [sequences]. */
    public static final Polynomial BATCH = new Polynomial(new int[] {1}, new long[] {1});
    /** Sequence length [tokens]. */
    public static final Polynomial SEQUENCE = new Polynomial(new int[] {1 << 4}, new long[] {1});
    /** ⌊b·s/10⌋. */
    public static final Polynomial TENTH_OF_TOKENS = new Polynomial(new int[] {1 << 8}, new long[] {1});

    /** Tile sizes of symbol 3 and on. */
    private static final int[] TILE_SIZES = {16, 32, 64, 128};

    private static final String[] SYMBOLS = {"b", "s", "⌊bs/10⌋", "⌈s/16⌉", "⌈s/32⌉", "⌈s/64⌉", "⌈s/128⌉"};
    private static final String[] POWERS = {"", "", "²", "³", "⁴", "⁵", "⁶", "⁷"};

    /** Exponents of one term: 4 bits a symbol, ascending. */
    private final int[] monomials;

    private final long[] coefficients;

    private Polynomial(int[] monomials, long[] coefficients) {
        this.monomials = monomials;
        this.coefficients = coefficients;
    }

    /**
     * ⌈s/size⌉: how many tiles of 16, 32, 64 or 128 tokens cover a sequence.
     *
     * @throws IllegalArgumentException for any other size
     */
    public static Polynomial sequenceTiles(int size) {
        int index = Arrays.binarySearch(TILE_SIZES, size);
        if (index < 0) {
            throw new IllegalArgumentException("size (%d) must be 16, 32, 64 or 128".formatted(size));
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
        return new Polynomial(monomials, scaled);
    }

    public Polynomial times(Polynomial other) {
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
        return new Polynomial(monomials, quotients);
    }

    /** The value at a micro-batch of {@code b} sequences of {@code s} tokens. */
    public long at(long b, long s) {
        long sum = 0;
        for (int i = 0; i < monomials.length; i++) {
            sum = Math.addExact(sum, Math.multiplyExact(coefficients[i], product(monomials[i], b, s)));
        }
        return sum;
    }

    /** The value of a product of symbols. */
    static long product(int monomial, long b, long s) {
        long product = multiplyPower(1, b, monomial & 15);
        product = multiplyPower(product, s, (monomial >> 4) & 15);
        if (monomial >= 1 << 8) {
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

    public boolean isConstant() {
        return monomials.length == 0 || (monomials.length == 1 && monomials[0] == 0);
    }

    /** The coefficient of b^i·s^j. */
    public long coefficient(int batchPower, int sequencePower) {
        return coefficientOf(batchPower | sequencePower << 4);
    }

    /** Highest power of s that occurs. */
    public int degreeInSequence() {
        int degree = 0;
        for (int m : monomials) {
            degree = Math.max(degree, degreeInSequence(m));
        }
        return degree;
    }

    private static int degreeInSequence(int monomial) {
        int degree = 0;
        for (int symbol = 1; symbol < SYMBOLS.length; symbol++) {
            degree += (monomial >> (4 * symbol)) & 15;
        }
        return degree;
    }

    /** Only the terms in which s has exactly this power (⌊bs/10⌋ and the tiles of s count as one power of s). */
    public Polynomial termsOfSequenceDegree(int degree) {
        Polynomial sum = ZERO;
        for (int i = 0; i < monomials.length; i++) {
            if (degreeInSequence(monomials[i]) == degree) {
                sum = sum.plus(new Polynomial(new int[] {monomials[i]}, new long[] {coefficients[i]}));
            }
        }
        return sum;
    }

    /** Whether {@code this ≥ other} for all b ≥ 1, s ≥ 1 can be seen from the coefficients alone. */
    public boolean dominates(Polynomial other) {
        for (long coefficient : minus(other).coefficients) {
            if (coefficient < 0) {
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
        return new Polynomial(Arrays.copyOf(keys, n), Arrays.copyOf(values, n));
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
        return other instanceof Polynomial that
                && Arrays.equals(monomials, that.monomials)
                && Arrays.equals(coefficients, that.coefficients);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(monomials) + Arrays.hashCode(coefficients);
    }

    /** Highest powers first: {@code 8·b·s² + 4096·b·s + 12}. */
    @Override
    public String toString() {
        if (monomials.length == 0) {
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
            String sign = coefficients[i] < 0 ? "-" : text.length() == 0 ? "" : "+";
            text.append(text.length() == 0 ? sign : " " + sign + " ").append(factors);
        }
        return text.toString();
    }
}
