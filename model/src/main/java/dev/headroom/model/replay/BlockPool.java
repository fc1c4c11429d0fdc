package dev.headroom.model.replay;

import java.util.Arrays;

/** Free blocks in ascending order of size, then address: the order in which PyTorch looks for the best fit. */
final class BlockPool {
    private Block[] blocks = new Block[256];
    private int count;
    private long searches;

    /** Counts one search for a free block, which every block in the pool ages by. */
    void countSearch() {
        searches++;
    }

    /** Searches since a block was added. */
    long age(Block block) {
        return searches - block.addedAtSearch;
    }

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
        block.addedAtSearch = searches;
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
