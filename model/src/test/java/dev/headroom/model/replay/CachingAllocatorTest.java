package dev.headroom.model.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** PyTorch's rules of rounding, splitting, merging and giving back, on requests small enough to follow by hand. */
final class CachingAllocatorTest {
    private static final long MIB = 1 << 20;

    private final CachingAllocator allocator = new CachingAllocator(DeviceMemory.unlimited(), AllocatorLimits.NONE);

    @ParameterizedTest(name = "{0} B take a block of {1} B in a segment of {2} MiB")
    @CsvSource({
        "        0,      512,  2",
        "        1,      512,  2",
        "      513,     1024,  2",
        "  1048576,  1048576,  2",
        "  1048577,  1049088, 20",
        " 10485248, 10485248, 20",
        " 10485760, 10485760, 10",
        " 10485761, 10486272, 12",
        " 33554432, 33554432, 32",
    })
    void allocate_emptyCache_roundsAndTakesASegment(long requested, long block, long segmentMib) {
        allocator.allocate(0, requested);

        assertThat(allocator.blockBytes(0)).isEqualTo(block);
        assertThat(allocator.reserved()).isEqualTo(segmentMib * MIB);
    }

    @Test
    void allocate_largeRestOfExactlyOneMib_isNotSplitOff() {
        allocator.allocate(0, 19 * MIB);

        assertThat(allocator.blockBytes(0)).isEqualTo(20 * MIB);
    }

    @Test
    void allocate_largeRestAboveOneMib_isSplitOff() {
        allocator.allocate(0, 9 * MIB);
        allocator.allocate(1, 9 * MIB);

        assertThat(allocator.blockBytes(0)).isEqualTo(9 * MIB);
        assertThat(allocator.reserved()).isEqualTo(20 * MIB);
    }

    @Test
    void allocate_severalFreeBlocks_takesTheSmallestThatIsLargeEnough() {
        allocator.allocate(0, 40 * MIB);
        allocator.allocate(1, 24 * MIB);
        allocator.allocate(2, 32 * MIB);
        allocator.free(0);
        allocator.free(1);
        allocator.free(2);

        allocator.allocate(3, 31 * MIB);

        assertThat(allocator.blockBytes(3))
                .as("32 MiB block, rest not split off")
                .isEqualTo(32 * MIB);
        assertThat(allocator.reserved()).isEqualTo(96 * MIB);
    }

    @Test
    void free_neighboursFree_mergesThem() {
        for (int tensor = 0; tensor < 3; tensor++) {
            allocator.allocate(tensor, 6 * MIB);
        }
        allocator.free(0);
        allocator.free(2);
        allocator.free(1);

        allocator.allocate(3, 19 * MIB);

        assertThat(allocator.reserved()).as("one segment was enough").isEqualTo(20 * MIB);
    }

    @Test
    void allocate_smallAndLarge_doNotShareSegments() {
        allocator.allocate(0, 2 * MIB);
        allocator.free(0);

        allocator.allocate(1, MIB);

        assertThat(allocator.reserved()).isEqualTo(22 * MIB);
        assertThat(allocator.segments()).isEqualTo(2);
    }

    @Test
    void emptyCache_partlyUsedSegment_isKept() {
        allocator.allocate(0, 6 * MIB);
        allocator.allocate(1, 32 * MIB);
        allocator.free(1);

        allocator.emptyCache();

        assertThat(allocator.reserved()).isEqualTo(20 * MIB);
    }

    @Test
    void allocate_deviceFull_givesCachedSegmentsBackAndTriesAgain() {
        CachingAllocator small = new CachingAllocator(new DeviceMemory(100 * MIB), AllocatorLimits.NONE);
        small.allocate(0, 60 * MIB);
        small.free(0);

        small.allocate(1, 80 * MIB);

        assertThat(small.gaveBackCache()).isTrue();
        assertThat(small.reserved()).isEqualTo(80 * MIB);
    }

    @Test
    void allocate_deviceFullOfLiveTensors_fails() {
        CachingAllocator small = new CachingAllocator(new DeviceMemory(100 * MIB), AllocatorLimits.NONE);
        small.allocate(0, 60 * MIB);

        assertThatThrownBy(() -> small.allocate(1, 60 * MIB)).isInstanceOf(OutOfDeviceMemory.class);
        assertThat(small.reserved()).isEqualTo(60 * MIB);
    }

    private static CachingAllocator splittingBelow(long capacity, long maxSplitSize) {
        return new CachingAllocator(
                new DeviceMemory(capacity), new AllocatorLimits(maxSplitSize, OptionalLong.empty()));
    }

    @Test
    void allocate_blockAboveSplitLimit_isNotCutForASmallRequest() {
        CachingAllocator limited = splittingBelow(Long.MAX_VALUE, 64 * MIB);
        limited.allocate(0, 100 * MIB);
        limited.free(0);

        limited.allocate(1, 30 * MIB);

        assertThat(limited.reserved()).isEqualTo(130 * MIB);
    }

    @Test
    void allocate_requestAboveSplitLimit_takesWholeBlockWithin20Mib() {
        CachingAllocator limited = splittingBelow(Long.MAX_VALUE, 64 * MIB);
        limited.allocate(0, 100 * MIB);
        limited.free(0);

        limited.allocate(1, 81 * MIB);
        assertThat(limited.blockBytes(1)).isEqualTo(100 * MIB);
        limited.free(1);
        limited.allocate(2, 80 * MIB);

        assertThat(limited.blockBytes(2)).isEqualTo(80 * MIB);
        assertThat(limited.reserved()).isEqualTo(180 * MIB);
    }

    @Test
    void allocate_deviceFullUnderSplitLimit_givesBackNoMoreLargeBlocksThanNeeded() {
        CachingAllocator limited = splittingBelow(300 * MIB, 64 * MIB);
        limited.allocate(0, 100 * MIB);
        limited.allocate(1, 150 * MIB);
        limited.free(0);
        limited.free(1);

        limited.allocate(2, 120 * MIB + 1);

        assertThat(limited.reserved()).as("100 MiB block kept").isEqualTo(222 * MIB);
        assertThat(limited.gaveBackCache()).isFalse();
    }

    @Test
    void allocate_aboveCollectionThreshold_givesBackSegmentsUnusedForLongest() {
        CachingAllocator collecting = new CachingAllocator(
                DeviceMemory.unlimited(), new AllocatorLimits(Long.MAX_VALUE, OptionalLong.of(150 * MIB)));
        collecting.allocate(0, 100 * MIB);
        collecting.allocate(1, 60 * MIB);
        collecting.free(0);
        for (int tensor = 2; tensor < 10; tensor++) {
            collecting.allocate(tensor, 2 * MIB);
        }
        collecting.free(1);

        collecting.allocate(10, 200 * MIB);

        assertThat(collecting.reserved())
                .as("the 100 MiB segment, split by 2 MiB tensors, stays; the 60 MiB one goes")
                .isEqualTo(300 * MIB);
    }

    @Test
    void segmentMap_someBlocksFree_listsThemInTheirSegments() {
        allocator.allocate(0, 6 * MIB);
        allocator.allocate(1, 6 * MIB);
        allocator.allocate(2, 512);
        allocator.free(0);

        assertThat(allocator.segmentMap())
                .extracting(SegmentView::small, SegmentView::bytes, SegmentView::used, SegmentView::largestHole)
                .containsExactlyInAnyOrder(
                        tuple(false, 20 * MIB, 6 * MIB, 8 * MIB), tuple(true, 2 * MIB, 512L, 2 * MIB - 512));
    }

    static LongStream seeds() {
        return new SplittableRandom(2026).longs(50);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void allocateAndFree_randomly_countsAreSumsOfLiveBlocks(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> live = new ArrayList<>();
        long[] requested = new long[2000];
        for (int tensor = 0; tensor < requested.length; tensor++) {
            requested[tensor] = 1L << random.nextInt(27);
            requested[tensor] += random.nextLong(requested[tensor]);
            allocator.allocate(tensor, requested[tensor]);
            live.add(tensor);
            while (!live.isEmpty() && random.nextInt(100) < 48) {
                allocator.free(live.remove(random.nextInt(live.size())));
            }
            long blocks = 0;
            for (int alive : live) {
                long block = allocator.blockBytes(alive);
                assertThat(block).isBetween(requested[alive], requested[alive] + MIB + 511);
                blocks += block;
            }
            assertThat(allocator.allocated()).isEqualTo(blocks);
            if (tensor % 100 == 0) {
                assertThat(allocator.segmentMap().stream()
                                .filter(segment -> segment.used() == 0)
                                .mapToLong(SegmentView::bytes)
                                .sum())
                        .as("what emptyCache would give back")
                        .isEqualTo(allocator.releasable());
            }
            assertThat(allocator.reserved()).isGreaterThanOrEqualTo(blocks);
        }
        live.forEach(allocator::free);
        allocator.emptyCache();
        assertThat(allocator.allocated()).isZero();
        assertThat(allocator.reserved()).as("all was merged, so all goes back").isZero();
        assertThat(allocator.segments()).isZero();
    }
}
