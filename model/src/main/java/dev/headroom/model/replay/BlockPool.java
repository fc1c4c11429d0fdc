package dev.headroom.model.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Free blocks in ascending order of size, then address: the order in which PyTorch looks for the best fit. There may be
 * hundreds, but of few sizes, so they lie by size.
 */
final class BlockPool {
    /** Every size there is a free block of, ascending. */
    private long[] sizes = new long[64];

    /** The blocks of each of these sizes; behind them, emptied ones to be used again. */
    private @Nullable SameSize[] blocks = new SameSize[64];

    private int distinctSizes;

    /** Where the last size looked for is: most are looked for twice. */
    private int recent;

    private int count;
    private long searches;

    private final ToLongFunction<Block> releasableOf;

    private long releasable;

    /** A pool whose blocks can be given back to the driver if they are whole segments. */
    BlockPool() {
        this(block -> block.isWhole() ? block.size : 0);
    }

    /**
     * @param releasableOf bytes of a block that can be given back to the driver; they may not change while it is in the pool
     */
    BlockPool(ToLongFunction<Block> releasableOf) {
        this.releasableOf = releasableOf;
    }

    /** Blocks of one size in descending order of address, so that the lowest is the last. */
    private static final class SameSize {
        private Block[] blocks = new Block[8];

        /** Once more the address of each block, side by side, as every search reads them. */
        private long[] addresses = new long[8];

        private int count;

        Block lowest() {
            return blocks[count - 1];
        }

        void add(Block block) {
            if (count == blocks.length) {
                blocks = Arrays.copyOf(blocks, 2 * count);
                addresses = Arrays.copyOf(addresses, 2 * count);
            }
            int index = indexOf(block.address);
            move(index, index + 1);
            blocks[index] = block;
            addresses[index] = block.address;
            count++;
        }

        void remove(Block block) {
            int index = indexOf(block.address);
            if (index == count || blocks[index] != block) {
                throw new IllegalStateException("block is not in the pool");
            }
            move(index + 1, index);
            count--;
        }

        /** Moves every block from {@code source} on. */
        private void move(int source, int target) {
            System.arraycopy(blocks, source, blocks, target, count - source);
            System.arraycopy(addresses, source, addresses, target, count - source);
        }

        /** Index of the first block at this address or below. */
        int indexOf(long address) {
            if (count > 0 && addresses[count - 1] >= address) {
                return addresses[count - 1] == address ? count - 1 : count; // The lowest is asked for most.
            }
            int low = 0;
            int high = count;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (addresses[middle] > address) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }

    /** Counts one search for a free block, which every block in the pool ages by. */
    void countSearch() {
        searches++;
    }

    /** Searches since a block was added. */
    long age(Block block) {
        return searches - block.addedAtSearch;
    }

    /** Bytes that can be given back to the driver. */
    long releasable() {
        return releasable;
    }

    /** The first block of at least {@code size} bytes, if there is one. */
    @Nullable
    Block firstOfAtLeast(long size) {
        int index = indexOf(size);
        return index == distinctSizes ? null : ofSize(index).lowest();
    }

    /** The block with the lowest address of those of at least {@code size} bytes, if there is one. */
    @Nullable
    Block lowestOfAtLeast(long size) {
        Block lowest = null;
        for (int i = indexOf(size); i < distinctSizes; i++) {
            Block candidate = ofSize(i).lowest();
            if (lowest == null || candidate.address < lowest.address) {
                lowest = candidate;
            }
        }
        return lowest;
    }

    /** The block behind this one in the pool, if there is one. */
    @Nullable
    Block after(Block block) {
        int index = indexOf(block.size);
        SameSize alike = ofSize(index);
        int higher = alike.indexOf(block.address) - 1;
        if (higher >= 0) {
            return alike.blocks[higher];
        }
        return index + 1 == distinctSizes ? null : ofSize(index + 1).lowest();
    }

    /** All blocks in order, as they are now. */
    List<Block> inOrder() {
        List<Block> ordered = new ArrayList<>(count);
        for (int i = 0; i < distinctSizes; i++) {
            SameSize alike = ofSize(i);
            for (int j = alike.count - 1; j >= 0; j--) {
                ordered.add(alike.blocks[j]);
            }
        }
        return ordered;
    }

    /** Adds a block that is free from now on. */
    void add(Block block) {
        block.free = true;
        int index = indexOf(block.size);
        if (index == distinctSizes || sizes[index] != block.size) {
            insert(index, block.size);
        }
        ofSize(index).add(block);
        block.addedAtSearch = searches;
        releasable += releasableOf.applyAsLong(block);
        count++;
    }

    /** Adds a block that is free from now on, merged with its free neighbours in the segment; returns what it became. */
    Block addMerged(Block freed) {
        Block block = freed;
        Block previous = block.previous;
        if (previous != null && previous.free && previous.mapped == block.mapped) {
            remove(previous);
            previous.absorbNext();
            block = previous;
        }
        Block next = block.next;
        if (next != null && next.free && next.mapped == block.mapped) {
            remove(next);
            block.absorbNext();
        }
        add(block);
        return block;
    }

    private void insert(int index, long size) {
        if (distinctSizes == sizes.length) {
            sizes = Arrays.copyOf(sizes, 2 * distinctSizes);
            blocks = Arrays.copyOf(blocks, 2 * distinctSizes);
        }
        SameSize emptied = blocks[distinctSizes];
        System.arraycopy(sizes, index, sizes, index + 1, distinctSizes - index);
        System.arraycopy(blocks, index, blocks, index + 1, distinctSizes - index);
        sizes[index] = size;
        blocks[index] = emptied == null ? new SameSize() : emptied;
        distinctSizes++;
    }

    /**
     * Takes a block, which is not free from now on.
     *
     * @throws IllegalStateException if it is not in the pool
     */
    void remove(Block block) {
        int index = indexOf(block.size);
        if (index == distinctSizes) {
            throw new IllegalStateException("block is not in the pool");
        }
        SameSize alike = ofSize(index);
        alike.remove(block);
        block.free = false;
        releasable -= releasableOf.applyAsLong(block);
        count--;
        if (alike.count == 0) {
            distinctSizes--;
            System.arraycopy(sizes, index + 1, sizes, index, distinctSizes - index);
            System.arraycopy(blocks, index + 1, blocks, index, distinctSizes - index);
            blocks[distinctSizes] = alike;
        }
    }

    private SameSize ofSize(int index) {
        SameSize alike = blocks[index];
        if (alike == null) {
            throw new IllegalStateException("no blocks at " + index);
        }
        return alike;
    }

    /** Index of the first size of at least {@code size} bytes. */
    private int indexOf(long size) {
        if (recent < distinctSizes && sizes[recent] >= size && (recent == 0 || sizes[recent - 1] < size)) {
            return recent;
        }
        int low = 0;
        int high = distinctSizes;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sizes[middle] < size) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        recent = low;
        return low;
    }
}
