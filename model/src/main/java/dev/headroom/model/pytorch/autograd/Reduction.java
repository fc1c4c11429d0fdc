package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.quantity.StepFunction;
import java.util.List;

/**
 * Sums over the rows of a tensor on the device. When there are many rows for few columns, the rows are split over thread
 * blocks, which leave their partial sums in a buffer of device memory.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/cuda/Reduce.cuh}, {@code setReduceConfig},
 * {@code global_memory_size}, {@code semaphore_size}; confirmed by recorded allocations on an H200.
 */
public final class Reduction {
    private static final int MOST_THREADS = 512;
    private static final int WARP = 32;
    private static final int FEWEST_VALUES_PER_THREAD = 16;
    private static final int MOST_VALUES_PER_THREAD = 256;
    private static final int ACCUMULATOR_BYTES = 4;
    private static final int VECTOR = 4;
    /** Shorter inputs are not read in vectors. */
    private static final int LEAST_VECTORIZED = 128;

    private final Autograd autograd;
    private final int multiprocessors;
    private final int threadsPerMultiprocessor;

    Reduction(Autograd autograd, int multiprocessors, int threadsPerMultiprocessor) {
        this.autograd = autograd;
        this.multiprocessors = multiprocessors;
        this.threadsPerMultiprocessor = threadsPerMultiprocessor;
    }

    /** Sums {@code x} to a smaller shape: over other dimensions if the last one is left, else over the last as well. */
    public Tensor sum(Tensor x, Shape shape) {
        Tensor out = autograd.allocate(shape, x.dtype, "aten::sum");
        boolean keepsLast = shape.rank() > 0
                && shape.dimension(-1).value() == x.shape.dimension(-1).value()
                && shape.dimension(-1).value() > 1;
        if (keepsLast) {
            stage(shape.dimension(-1), shape.size(), x.shape.size());
        }
        return x.shape.rank() > shape.rank() ? withoutLeadingDimensions(out) : out;
    }

    /** Sums the rows of a matrix, one sum a column. */
    public void stageColumns(Shape matrix) {
        Extent columns = matrix.dimension(-1);
        stage(columns, columns, columns.times(matrix.dimension(-2)));
    }

    /** Sums all of a contiguous tensor to one number: long ones are split over blocks of 512 threads. */
    public void stageWhole(Extent elements) {
        SplitWhole split = new SplitWhole(elements.polynomial(), multiprocessors, threadsPerMultiprocessor);
        long now = split.bytes(elements.value());
        if (!elements.isConstant()) {
            Extent bytes = Extent.stepwise(now, split);
            if (autograd.exceeds(bytes, 0)) {
                allocateStaging(bytes, Extent.ONE);
            }
        } else if (now > 0) {
            allocateStaging(Extent.of(now), Extent.ONE);
        }
    }

    /** Bytes of the partial sums of all elements, summed to one number. */
    private record SplitWhole(Polynomial elements, int multiprocessors, int threadsPerMultiprocessor)
            implements StepFunction {
        @Override
        public long at(long b, long s) {
            return bytes(elements.at(b, s));
        }

        @Override
        public List<Polynomial> arguments() {
            return List.of(elements);
        }

        @Override
        public Polynomial of(List<Polynomial> arguments) {
            return Polynomial.of(new SplitWhole(arguments.get(0), multiprocessors, threadsPerMultiprocessor));
        }

        long bytes(long elements) {
            long vectors = elements >= LEAST_VECTORIZED ? elements / VECTOR : elements;
            int width = powerOfTwo(vectors, MOST_THREADS);
            long valuesPerThread = ceilDiv(elements, width);
            if (valuesPerThread < MOST_VALUES_PER_THREAD) {
                return 0;
            }
            long wantedBlocks = (long) multiprocessors * (threadsPerMultiprocessor / width);
            return ACCUMULATOR_BYTES * Reduction.split(wantedBlocks, valuesPerThread);
        }

        @Override
        public String toString() {
            return "split-sum(%s)".formatted(elements);
        }
    }

    /**
     * Reduces each row of a contiguous matrix to one value.
     *
     * @param accumulatorBytes of what a thread keeps of its part of a row
     */
    public void stageRows(Extent rows, Extent length, int accumulatorBytes) {
        SplitRows split = new SplitRows(
                rows.polynomial(), length.polynomial(), accumulatorBytes, multiprocessors, threadsPerMultiprocessor);
        Extent bytes = Extent.stepwise(split.bytes(rows.value(), length.value()), split);
        if (autograd.exceeds(bytes, 0)) {
            allocateStaging(bytes, rows);
        }
    }

    /** Bytes of the partial results of rows that are split over blocks; a block of threads has one row at a time. */
    private record SplitRows(
            Polynomial rows, Polynomial length, int accumulatorBytes, int multiprocessors, int threadsPerMultiprocessor)
            implements StepFunction {
        @Override
        public long at(long b, long s) {
            return bytes(rows.at(b, s), length.at(b, s));
        }

        @Override
        public List<Polynomial> arguments() {
            return List.of(rows, length);
        }

        @Override
        public Polynomial of(List<Polynomial> arguments) {
            return Polynomial.of(new SplitRows(
                    arguments.get(0), arguments.get(1), accumulatorBytes, multiprocessors, threadsPerMultiprocessor));
        }

        long bytes(long rows, long length) {
            boolean vectors = rows == 1 && length > LEAST_VECTORIZED;
            int widthLimit = powerOfTwo(vectors ? length / VECTOR : length, MOST_THREADS);
            int width = Math.min(widthLimit, WARP);
            int height = Math.min(powerOfTwo(rows, MOST_THREADS), MOST_THREADS / width);
            width = Math.min(widthLimit, MOST_THREADS / height);
            if (ceilDiv(length, width) < Math.min(height * 16, MOST_VALUES_PER_THREAD)) {
                return 0;
            }
            long threads = (long) width * height;
            long valuesPerThread = ceilDiv(length, threads);
            long wantedBlocks = multiprocessors * (threadsPerMultiprocessor / threads);
            if (valuesPerThread < MOST_VALUES_PER_THREAD || rows > wantedBlocks) {
                return 0;
            }
            long split = split(ceilDiv(wantedBlocks, rows), valuesPerThread);
            return split > 1 ? accumulatorBytes * rows * split : 0;
        }

        @Override
        public String toString() {
            return "split-rows(%s of %s)".formatted(rows, length);
        }
    }

    /** {@code sum_to} keeps the dimensions it sums over, and takes a view without the leading ones ({@code ExpandUtils.h}). */
    private Tensor withoutLeadingDimensions(Tensor sum) {
        Tensor view = autograd.alias(sum, sum.shape);
        autograd.release(sum);
        return view;
    }

    /**
     * Sums {@code elements} down to {@code columns}.
     *
     * @param last length of the last dimension, of which a thread takes neighbours at once
     */
    private void stage(Extent last, Extent columns, Extent elements) {
        SplitSum sum = new SplitSum(
                last.polynomial(),
                columns.polynomial(),
                elements.polynomial(),
                multiprocessors,
                threadsPerMultiprocessor);
        Staging now = sum.staging(last.value(), columns.value(), elements.value());
        if (last.isConstant() && columns.isConstant() && elements.isConstant()) {
            if (now.bytes() > 0) {
                allocateStaging(Extent.of(now.bytes()), Extent.of(now.counters()));
            }
            return;
        }
        Extent bytes = Extent.stepwise(now.bytes(), sum);
        if (autograd.exceeds(bytes, 0)) {
            allocateStaging(bytes, Extent.stepwise(now.counters(), new Counters(sum)));
        }
    }

    /** Buffers of one sum: bytes of its partial sums, and how many counters; none if it is not split. */
    private record Staging(long bytes, long counters) {
        static final Staging NONE = new Staging(0, 0);
    }

    /** Bytes of the partial sums of {@code elements} summed to {@code columns}. */
    private record SplitSum(
            Polynomial last, Polynomial columns, Polynomial elements, int multiprocessors, int threadsPerMultiprocessor)
            implements StepFunction {
        @Override
        public long at(long b, long s) {
            return stagingAt(b, s).bytes();
        }

        @Override
        public List<Polynomial> arguments() {
            return List.of(last, columns, elements);
        }

        @Override
        public Polynomial of(List<Polynomial> arguments) {
            return Polynomial.of(sumOf(arguments));
        }

        SplitSum sumOf(List<Polynomial> arguments) {
            return new SplitSum(
                    arguments.get(0), arguments.get(1), arguments.get(2), multiprocessors, threadsPerMultiprocessor);
        }

        Staging stagingAt(long b, long s) {
            return staging(last.at(b, s), columns.at(b, s), elements.at(b, s));
        }

        Staging staging(long last, long columns, long elements) {
            long rows = elements / columns;
            int vector = last % VECTOR == 0 ? VECTOR : last % 2 == 0 ? 2 : 1;
            int mostThreads = MOST_THREADS / vector;
            int widthLimit = powerOfTwo(columns / vector, mostThreads);
            int heightLimit = powerOfTwo(rows, mostThreads);
            int width = Math.min(widthLimit, WARP);
            int height = Math.min(heightLimit, mostThreads / width);
            width = Math.min(widthLimit, mostThreads / height);
            if (rows < Math.min(height * 16, MOST_VALUES_PER_THREAD)) {
                return Staging.NONE;
            }
            long valuesPerThread = ceilDiv(rows, height);
            long blocksAcross = ceilDiv(columns / vector, width);
            long wantedBlocks = (long) multiprocessors * (threadsPerMultiprocessor / (width * height));
            if (valuesPerThread < MOST_VALUES_PER_THREAD || blocksAcross > wantedBlocks) {
                return Staging.NONE;
            }
            long split = split(ceilDiv(wantedBlocks, blocksAcross), valuesPerThread);
            return split > 1
                    ? new Staging(ACCUMULATOR_BYTES * columns * split * width * vector, blocksAcross)
                    : Staging.NONE;
        }

        @Override
        public String toString() {
            return "split-sum(%s → %s)".formatted(elements, columns);
        }
    }

    /** Blocks of a sum that gather partial sums. */
    private record Counters(SplitSum sum) implements StepFunction {
        @Override
        public long at(long b, long s) {
            return sum.stagingAt(b, s).counters();
        }

        @Override
        public List<Polynomial> arguments() {
            return sum.arguments();
        }

        @Override
        public Polynomial of(List<Polynomial> arguments) {
            return Polynomial.of(new Counters(sum.sumOf(arguments)));
        }

        @Override
        public String toString() {
            return "counters of " + sum;
        }
    }

    /** Over how many blocks one sum is split. */
    private static long split(long wantedBlocks, long valuesPerThread) {
        return Math.max(
                Math.min(wantedBlocks, ceilDiv(valuesPerThread, FEWEST_VALUES_PER_THREAD)),
                ceilDiv(valuesPerThread, MOST_VALUES_PER_THREAD));
    }

    /** The partial sums, and a counter for each block that has some to gather. */
    private void allocateStaging(Extent bytes, Extent counters) {
        Tensor buffer = autograd.allocate(Shape.of(bytes), DType.UINT8, "aten::sum staging buffer");
        Tensor semaphores = autograd.allocate(Shape.of(counters.times(4)), DType.UINT8, "aten::sum semaphores");
        autograd.useUp(semaphores);
        autograd.useUp(buffer);
    }

    /** Largest power of two that is neither above {@code value} nor above {@code limit}. */
    private static int powerOfTwo(long value, int limit) {
        return value < limit ? Integer.highestOneBit(Math.max(1, (int) value)) : limit;
    }

    private static long ceilDiv(long a, long b) {
        return (a + b - 1) / b;
    }
}
