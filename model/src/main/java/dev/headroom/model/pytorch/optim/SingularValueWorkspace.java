package dev.headroom.model.pytorch.optim;

/**
 * What cuSOLVER asks for to decompose a float32 matrix by {@code cusolverDnSgesvdj} into thin factors: the rotations of a
 * square, or of what a QR decomposition leaves of a matrix with more rows than columns; one with more columns is transposed
 * into a copy.
 *
 * <p>Source: answers of {@code cusolverDnSgesvdj_bufferSize} of cuSOLVER 12 (CUDA 13.0) on an H100 for 1,729 shapes,
 * {@code data/measured/cusolver-gesvdj-h100.csv}, which all follow these formulas. They hold for sides that are multiples of
 * 32.
 */
public final class SingularValueWorkspace {
    /** Sides of matrices are multiples of it. */
    public static final int GRANULE = 32;

    private static final long FLOAT = 4;

    private SingularValueWorkspace() {}

    /**
     * Bytes of the workspace.
     *
     * @param rows a multiple of {@link #GRANULE}
     * @param columns a multiple of {@link #GRANULE}
     * @throws ArithmeticException if they exceed 2^63
     */
    public static long bytes(long rows, long columns) {
        return Math.multiplyExact(FLOAT, floats(rows, columns));
    }

    private static long floats(long rows, long columns) {
        if (rows == columns) {
            return square(rows);
        }
        long longer = Math.max(rows, columns);
        long shorter = Math.min(rows, columns);
        long factored = Math.max(reflected(longer, shorter), 1024 * Math.max(768, shorter + 512) + shorter + 32);
        return rows > columns
                ? Math.max(factored, square(columns) + Math.multiplyExact(columns, columns))
                : Math.addExact(factored, Math.multiplyExact(rows, columns));
    }

    /** Two matrices of a square's size, and angles for each pair of tiles of 32 columns. */
    private static long square(long side) {
        long tiles = side / GRANULE;
        long angles = (tiles * (4 * tiles + 1) + 31) / 32 * 32;
        return Math.addExact(2 * Math.multiplyExact(side, side), 65 * side + 1024 + angles);
    }

    /** The matrix, its triangle, and blocks of 256 reflections. */
    private static long reflected(long longer, long shorter) {
        return Math.addExact(
                Math.multiplyExact(shorter + 256, longer),
                Math.multiplyExact(shorter, shorter) + 514 * shorter + 256 * 257);
    }
}
