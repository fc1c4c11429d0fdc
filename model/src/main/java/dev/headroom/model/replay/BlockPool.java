package dev.headroom.model.replay;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Free blocks in ascending order of size, then address: the order in which PyTorch looks for the best fit. */
final class BlockPool {
    private Block[] blocks = new Block[256];
    private int count;

    int count() {
        return count;
    }

    Block get(int index) {
        return blocks[index];
    }

    /** Index of the first block of at least {@code size} bytes; {@link #count()} if there is none. */
    int firstOfAtLeast(long size) {
        return lowerBound(size, Long.MIN_VALUE);
    }

    /** Takes out the smallest block of at least {@code size} bytes, the lowest address first. */
    @Nullable
    Block takeBestFit(long size) {
        int index = firstOfAtLeast(size);
        return index == count ? null : takeAt(index);
    }

    Block takeAt(int index) {
        Block block = blocks[index];
        System.arraycopy(blocks, index + 1, blocks, index, count - index - 1);
        count--;
        return block;
    }

    void add(Block block) {
        if (count == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * count);
        }
        int index = lowerBound(block.size, block.address);
        System.arraycopy(blocks, index, blocks, index + 1, count - index);
        blocks[index] = block;
        count++;
    }

    void remove(Block block) {
        int index = lowerBound(block.size, block.address);
        if (index == count || blocks[index] != block) {
            throw new IllegalStateException("block is not in the pool");
        }
        takeAt(index);
    }

    private int lowerBound(long size, long address) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            Block block = blocks[middle];
            if (block.size < size || (block.size == size && block.address < address)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
