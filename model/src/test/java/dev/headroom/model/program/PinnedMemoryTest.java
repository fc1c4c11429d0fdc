package dev.headroom.model.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.quantity.Polynomial;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Blocks are powers of two and are used again. */
final class PinnedMemoryTest {
    private final PinnedMemory memory = new PinnedMemory();

    /** The last two are checkpoints of 300·3 tokens of 2048 and of 20000 of 4096, as torch.cuda.host_memory_stats had them. */
    @ParameterizedTest(name = "{0} B take {1} B")
    @CsvSource({"1, 1", "2, 2", "3, 4", "1024, 1024", "1025, 2048", "3686400, 4194304", "163840000, 268435456"})
    void allocate_anySize_takesAPowerOfTwo(long bytes, long held) {
        memory.allocate(Polynomial.constant(bytes));

        assertThat(memory.heldAt(1, 1)).isEqualTo(held);
    }

    @Test
    void allocate_blockOfTheSameSizeIsFree_usesIt() {
        memory.free(memory.allocate(Polynomial.constant(700)));
        memory.allocate(Polynomial.constant(1000));

        assertThat(memory.heldAt(1, 1)).isEqualTo(1024);
        memory.allocate(Polynomial.constant(1000));
        assertThat(memory.heldAt(1, 1)).isEqualTo(2048);
    }

    @Test
    void allocate_onlyALargerBlockIsFree_takesANewOne() {
        memory.free(memory.allocate(Polynomial.constant(4096)));
        memory.allocate(Polynomial.constant(2048));

        assertThat(memory.heldAt(1, 1)).isEqualTo(4096 + 2048);
    }

    @Test
    void heldAt_otherLengths_blocksAreSharedWhereTheyAreOfOnePower() {
        memory.free(memory.allocate(Polynomial.constant(1024)));
        memory.allocate(Polynomial.SEQUENCE);

        assertThat(memory.heldAt(1, 700)).isEqualTo(1024);
        assertThat(memory.heldAt(1, 1025)).isEqualTo(1024 + 2048);
    }
}
