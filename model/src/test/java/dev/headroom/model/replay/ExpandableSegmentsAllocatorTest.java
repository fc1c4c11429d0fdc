package dev.headroom.model.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Segments that grow: what a full device does to them. */
final class ExpandableSegmentsAllocatorTest {
    private static final long MIB = 1 << 20;

    static LongStream seeds() {
        return new SplittableRandom(7).longs(50);
    }

    @Test
    void allocate_deviceFull_givesCachedPagesBackAndTriesAgain() {
        ExpandableSegmentsAllocator allocator = new ExpandableSegmentsAllocator(new DeviceMemory(100 * MIB));
        allocator.allocate(0, 60 * MIB);
        allocator.allocate(1, 20 * MIB);
        allocator.free(0);

        allocator.allocate(2, 80 * MIB);

        assertThat(allocator.gaveBackCache()).isTrue();
        assertThat(allocator.reserved()).isEqualTo(100 * MIB);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void allocateAndFree_randomlyOnASmallDevice_endsFullOrKeepsCount(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ExpandableSegmentsAllocator allocator = new ExpandableSegmentsAllocator(new DeviceMemory(300 * MIB));
        List<Integer> live = new ArrayList<>();
        long liveBytes = 0;
        for (int tensor = 0; tensor < 3000; tensor++) {
            long size = random.nextInt(3) == 0 ? random.nextLong(1, 40 * MIB) : random.nextLong(1, MIB);
            while (!live.isEmpty() && liveBytes + size > 200 * MIB) {
                int freed = live.remove(random.nextInt(live.size()));
                liveBytes -= allocator.blockBytes(freed);
                allocator.free(freed);
            }
            int next = tensor;
            try {
                allocator.allocate(next, size);
            } catch (OutOfDeviceMemory full) {
                assertThatThrownBy(() -> allocator.allocate(next, size)).isInstanceOf(OutOfDeviceMemory.class);
                return;
            }
            live.add(tensor);
            liveBytes += allocator.blockBytes(tensor);
            assertThat(allocator.allocated()).isEqualTo(liveBytes);
            assertThat(allocator.reserved()).isBetween(liveBytes, 300 * MIB);
        }
    }
}
