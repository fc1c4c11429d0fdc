package dev.headroom.model.replay;

import java.util.Arrays;

/** Free blocks in ascending order of size, then address: the order in which PyTorch looks for the best fit. */
final class BlockPool {
    private Block[] blocks = new Block[256];

    /** Size and address of each block once more, side by side, as every search reads them. */
    private long[] sizes = new long[256];

    private long[] addresses = new long[256];
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
        move(index + 1, index);
        count--;
        return block;
    }

    void add(Block block) {
        if (count == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * count);
            sizes = Arrays.copyOf(sizes, 2 * count);
            addresses = Arrays.copyOf(addresses, 2 * count);
        }
        int index = lowerBound(block.size, block.address);
        move(index, index + 1);
        blocks[index] = block;
        sizes[index] = block.size;
        addresses[index] = block.address;
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

    /** Moves every block from {@code source} on. */
    private void move(int source, int target) {
        System.arraycopy(blocks, source, blocks, target, count - source);
        System.arraycopy(sizes, source, sizes, target, count - source);
        System.arraycopy(addresses, source, addresses, target, count - source);
    }

    private int lowerBound(long size, long address) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sizes[middle] < size || (sizes[middle] == size && addresses[middle] < address)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
