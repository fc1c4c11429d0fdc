package dev.headroom.model.samediff.session;

import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.samediff.graph.Variable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps released arrays and hands them out again: the smallest that is large enough, however much too large it is. So
 * small arrays come to sit in large buffers, and the pool grows from step to step. Arrays that were not released before the
 * end of a step are left to Java's garbage collector, which is taken not to run.
 *
 * <p>Source: ND4J 1.0.0-M1.1, {@code ArrayCacheMemoryMgr}. Its test for buffers that are too large compares the wrong way
 * round and is never true; and its list of arrays of one type fails when it is asked for one while it holds exactly 1000.
 */
final class CachingMemory implements ArrayMemory {
    private static final int LIST_SIZE = 1000;

    private final ProgramRecorder recorder;
    private final long limit;
    private final Map<Variable, Buffer> live = new HashMap<>();
    private final Map<DType, List<Buffer>> cached = new EnumMap<>(DType.class);
    private final Map<DType, Integer> capacity = new EnumMap<>(DType.class);
    private final Deque<Buffer> oldestFirst = new ArrayDeque<>();
    private long cachedBytes;

    /** A tensor of the program, and how many elements fit into it. */
    private record Buffer(int tensor, DType type, long elements) {
        long bytes() {
            return Math.multiplyExact(elements, (long) type.bits()) / 8;
        }
    }

    /**
     * @param limit bytes that the cache may hold: a quarter of the card's memory
     */
    CachingMemory(ProgramRecorder recorder, long limit) {
        this.recorder = recorder;
        this.limit = limit;
    }

    @Override
    public void allocate(Variable variable, Category category) {
        DType type = variable.type();
        List<Buffer> pool = cached.computeIfAbsent(type, key -> new ArrayList<>());
        int index = firstOfAtLeast(pool, variable.shape().elements());
        if (index == pool.size()) {
            int tensor = recorder.allocate(category, variable.module(), variable.name(), variable.shape(), type);
            live.put(variable, new Buffer(tensor, type, variable.shape().elements()));
            return;
        }
        if (pool.size() == capacity.getOrDefault(type, LIST_SIZE)) {
            throw new RefusedJobException(List.of(Problem.invalid(
                    "trainingLoop",
                    ("ND4J's default memory manager fails on this job: ArrayCacheMemoryMgr of 1.0.0-M1.1 ends with"
                                    + " ArrayIndexOutOfBoundsException once it holds %s arrays of one type; use closes-arrays")
                            .formatted(pool.size()))));
        }
        Buffer buffer = pool.remove(index);
        oldestFirst.remove(buffer);
        cachedBytes -= buffer.bytes();
        recorder.changeRole(buffer.tensor(), category, variable.module(), variable.name());
        live.put(variable, buffer);
    }

    @Override
    public void release(Variable variable) {
        Buffer buffer = live.remove(variable);
        if (buffer == null) {
            return;
        }
        if (buffer.bytes() > limit) {
            recorder.free(buffer.tensor());
            return;
        }
        while (cachedBytes + buffer.bytes() > limit) {
            Buffer oldest = oldestFirst.remove();
            cached.getOrDefault(oldest.type(), new ArrayList<>()).remove(oldest);
            cachedBytes -= oldest.bytes();
            recorder.free(oldest.tensor());
        }
        List<Buffer> pool = cached.computeIfAbsent(buffer.type(), key -> new ArrayList<>());
        if (pool.size() == capacity.getOrDefault(buffer.type(), LIST_SIZE)) {
            capacity.put(buffer.type(), 2 * pool.size());
        }
        pool.add(firstOfAtLeast(pool, buffer.elements()), buffer);
        oldestFirst.add(buffer);
        cachedBytes += buffer.bytes();
        recorder.changeRole(buffer.tensor(), Category.CACHED_FREE, "", "ArrayCacheMemoryMgr");
    }

    @Override
    public void endStep() {
        live.clear();
    }

    private static int firstOfAtLeast(List<Buffer> pool, long elements) {
        int low = 0;
        int high = pool.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (pool.get(middle).elements() < elements) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
