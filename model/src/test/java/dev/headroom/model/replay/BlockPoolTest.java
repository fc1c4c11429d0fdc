package dev.headroom.model.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class BlockPoolTest {
    private static final Comparator<Block> ORDER =
            Comparator.comparingLong((Block block) -> block.size).thenComparingLong(block -> block.address);

    @Test
    void addRemove_manyBlocksOfFewSizes_staySortedBySizeThenAddress() {
        Random random = new Random(7);
        BlockPool pool = new BlockPool();
        TreeSet<Block> expected = new TreeSet<>(ORDER);
        for (int i = 0; i < 5_000; i++) {
            if (expected.isEmpty() || random.nextInt(5) > 1) {
                Block block =
                        new Block(1024L * i ^ random.nextInt(1 << 20) * 8192L, 512L * (1 + random.nextInt(90)), true);
                pool.add(block);
                expected.add(block);
            } else {
                long size = 512L * random.nextInt(100);
                Block first = pool.firstOfAtLeast(size);
                assertThat(first).isEqualTo(expected.ceiling(new Block(0, size, true)));
                if (first != null) {
                    assertThat(pool.after(first)).isEqualTo(expected.higher(first));
                    pool.remove(first);
                    expected.remove(first);
                }
            }
        }
        assertThat(pool.inOrder()).containsExactlyElementsOf(expected).hasSizeGreaterThan(500);
    }

    @Test
    void lowestOfAtLeast_smallerAndLargerBlocks_comparesAddressesOfAllLargeEnough() {
        BlockPool pool = new BlockPool();
        List.of(new Block(0, 512, true), new Block(8192, 1024, true), new Block(4096, 2048, true))
                .forEach(pool::add);

        assertThat(pool.firstOfAtLeast(1024)).hasFieldOrPropertyWithValue("address", 8192L);
        assertThat(pool.lowestOfAtLeast(1024)).hasFieldOrPropertyWithValue("address", 4096L);
        assertThat(pool.lowestOfAtLeast(4096)).isNull();
    }

    @Test
    void addMerged_freeNeighbours_becomesOneWholeSegment() {
        BlockPool pool = new BlockPool();
        Block head = new Block(0, 4096, true);
        Block middle = head.split(1024);
        Block tail = middle.split(1024);
        pool.add(head);
        pool.add(tail);
        assertThat(pool.releasable()).isZero();

        Block merged = pool.addMerged(middle);

        assertThat(merged.size).isEqualTo(4096);
        assertThat(pool.inOrder()).containsExactly(merged);
        assertThat(pool.releasable()).isEqualTo(4096);
        pool.remove(merged);
        assertThat(pool.releasable()).isZero();
        assertThat(merged.free).isFalse();
    }

    @Test
    void remove_blockOfAnotherPool_fails() {
        BlockPool pool = new BlockPool();
        List<Block> blocks = new ArrayList<>(List.of(new Block(0, 512, true), new Block(512, 512, true)));
        pool.add(blocks.get(0));

        assertThatThrownBy(() -> pool.remove(blocks.get(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> pool.remove(new Block(0, 1024, true))).isInstanceOf(IllegalStateException.class);
    }
}
