package dev.headroom.model.quantity;

import java.util.Arrays;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** The shape of a tensor. Negative positions count from the end, as in PyTorch. Immutable. */
public final class Shape {
    public static final Shape SCALAR = new Shape(new Extent[0]);

    private final Extent[] dimensions;
    private final long elements;
    private @Nullable Polynomial polynomial;

    private Shape(Extent[] dimensions) {
        this.dimensions = dimensions;
        long product = 1;
        for (Extent dimension : dimensions) {
            product = Math.multiplyExact(product, dimension.value());
        }
        this.elements = product;
    }

    public static Shape of(Extent... dimensions) {
        return new Shape(dimensions.clone());
    }

    /** A shape that depends on nothing, such as a frozen weight's. */
    public static Shape of(long... dimensions) {
        return new Shape(Arrays.stream(dimensions).mapToObj(Extent::of).toArray(Extent[]::new));
    }

    public int rank() {
        return dimensions.length;
    }

    public Extent dimension(int position) {
        return dimensions[position < 0 ? dimensions.length + position : position];
    }

    /** The same shape in a job of other sizes, with a number in the place of r. */
    public Shape at(long b, long s, long rank) {
        return new Shape(Arrays.stream(dimensions)
                .map(dimension -> dimension.at(b, s, rank))
                .toArray(Extent[]::new));
    }

    /** Number of elements in this job. */
    public long elements() {
        return elements;
    }

    /** Number of elements as a polynomial in b and s. */
    public Polynomial elementsPolynomial() {
        Polynomial product = polynomial;
        if (product == null) {
            product = Polynomial.constant(1);
            for (Extent dimension : dimensions) {
                product = product.times(dimension.polynomial());
            }
            polynomial = product;
        }
        return product;
    }

    /**
     * Bytes of as many elements of a type, as a polynomial in b and s.
     *
     * @throws ArithmeticException if they are no whole number of bytes
     */
    public Polynomial bytes(DType dtype) {
        int bits = dtype.bits();
        return bits >= 8
                ? elementsPolynomial().times(bits / 8)
                : elementsPolynomial().times(bits).dividedExactlyBy(8);
    }

    /** Number of elements as a length. */
    public Extent size() {
        return new Extent(elements, elementsPolynomial());
    }

    /** The same shape with one dimension replaced. */
    public Shape with(int position, Extent dimension) {
        Extent[] changed = dimensions.clone();
        changed[position < 0 ? dimensions.length + position : position] = dimension;
        return new Shape(changed);
    }

    /** The same shape with two dimensions exchanged. */
    public Shape transposed(int first, int second) {
        return with(first, dimension(second)).with(second, dimension(first));
    }

    /** The same shape without its last dimension, and then {@code last}. */
    public Shape withLast(Extent last) {
        return with(-1, last);
    }

    /**
     * The same shape without one dimension.
     *
     * @param position index of the dimension, or negative to count from the last
     */
    public Shape withoutDimension(int position) {
        int removed = position < 0 ? dimensions.length + position : position;
        Extent[] kept = new Extent[dimensions.length - 1];
        System.arraycopy(dimensions, 0, kept, 0, removed);
        System.arraycopy(dimensions, removed + 1, kept, removed, kept.length - removed);
        return new Shape(kept);
    }

    /** All leading dimensions multiplied into one. */
    public Shape flattened() {
        Extent rows = Extent.ONE;
        for (int i = 0; i + 1 < dimensions.length; i++) {
            rows = rows.times(dimensions[i]);
        }
        return of(rows, dimension(-1));
    }

    /**
     * The shape two operands broadcast to. Where a micro-batch of one meets a dimension that is always one, the
     * micro-batch wins, so that the result is right for larger ones too.
     */
    public static Shape broadcast(Shape a, Shape b) {
        if (a.equals(b)) {
            return a;
        }
        Extent[] out = new Extent[Math.max(a.rank(), b.rank())];
        for (int i = 1; i <= out.length; i++) {
            Extent left = i <= a.rank() ? a.dimension(-i) : Extent.ONE;
            Extent right = i <= b.rank() ? b.dimension(-i) : Extent.ONE;
            boolean leftWins = left.value() == right.value()
                    ? !left.polynomial().isConstant() || right.polynomial().isConstant()
                    : left.value() > right.value();
            out[out.length - i] = leftWins ? left : right;
        }
        return new Shape(out);
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof Shape that
                        && elements == that.elements
                        && Arrays.equals(dimensions, that.dimensions));
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(elements) + dimensions.length;
    }

    /** The shape in b and s, such as {@code [b, 32, s, s]}. */
    public String symbolic() {
        StringJoiner text = new StringJoiner(", ", "[", "]");
        for (Extent dimension : dimensions) {
            text.add(dimension.polynomial().toString());
        }
        return text.toString();
    }

    @Override
    public String toString() {
        StringJoiner text = new StringJoiner("×", "[", "]");
        for (Extent dimension : dimensions) {
            text.add(Long.toString(dimension.value()));
        }
        return text.toString();
    }
}
