package dev.headroom.validation.measure;

import dev.headroom.model.program.Category;
import dev.headroom.validation.network.TrainableNetwork;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.internal.memory.AbstractMemoryMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/** Gives a session its arrays, closes each as soon as it is released, and keeps books by category. */
final class ArrayBooks extends AbstractMemoryMgr {
    private final Map<Category, Long> live = new EnumMap<>(Category.class);
    private final IdentityHashMap<INDArray, Entry> arrays = new IdentityHashMap<>();
    private Map<Category, Long> atPeak = Map.of();
    private long bytes;
    private long peak;
    private long peakSinceMark;
    private Iterator<Category> expected = Collections.emptyIterator();

    private record Entry(Category category, long bytes) {}

    /** The bytes that are there all the time. */
    ArrayBooks(Map<Category, Long> loaded) {
        loaded.forEach((category, count) -> add(category, count));
        atPeak = Map.copyOf(live);
    }

    /** Counts bytes that stay. */
    void add(Category category, long count) {
        live.merge(category, count, Long::sum);
        bytes += count;
        peak = Math.max(peak, bytes);
        peakSinceMark = Math.max(peakSinceMark, bytes);
    }

    /** What the next arrays are, in order. */
    void expect(List<Category> categories) {
        expected = categories.iterator();
    }

    @Override
    public INDArray allocate(boolean detached, DataType type, long... shape) {
        return entered(Nd4j.createUninitializedDetached(type, shape));
    }

    @Override
    public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
        return entered(Nd4j.create(descriptor, false));
    }

    private INDArray entered(INDArray array) {
        Category category = expected.hasNext() ? expected.next() : Category.TRANSIENT;
        Entry entry = new Entry(category, TrainableNetwork.bytes(array));
        arrays.put(array, entry);
        live.merge(entry.category(), entry.bytes(), Long::sum);
        bytes += entry.bytes();
        peakSinceMark = Math.max(peakSinceMark, bytes);
        if (bytes > peak) {
            peak = bytes;
            atPeak = Map.copyOf(live);
        }
        return array;
    }

    @Override
    public void release(INDArray array) {
        Entry entry = arrays.remove(array);
        if (entry != null) {
            live.merge(entry.category(), -entry.bytes(), Long::sum);
            bytes -= entry.bytes();
        }
        if (!array.wasClosed() && array.closeable()) {
            array.close();
        }
    }

    /** Closes what is left of a step. */
    void releaseAll() {
        new ArrayList<>(arrays.keySet()).forEach(this::release);
    }

    @Override
    public void close() {
        releaseAll();
    }

    long bytes() {
        return bytes;
    }

    long peak() {
        return peak;
    }

    /** Bytes by category when the peak was reached. */
    Map<Category, Long> atPeak() {
        return atPeak;
    }

    /** The peak since this was asked last. */
    long peakSinceMark() {
        long result = peakSinceMark;
        peakSinceMark = bytes;
        return result;
    }
}
