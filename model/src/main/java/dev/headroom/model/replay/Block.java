package dev.headroom.model.replay;

import org.jspecify.annotations.Nullable;

/** A stretch of a segment: handed out, free, or (in an expandable segment) without memory behind it. */
final class Block {
    long address;
    long size;
    final boolean small;
    boolean free;
    boolean mapped = true;
    /** Number of the tensor it is handed out for. */
    int tensor;
    /** Number of searches of its pool when it was added there. */
    long addedAtSearch;

    /** Of the first block of a segment: the range of the driver's addresses that the segment takes. */
    @Nullable
    Block range;

    @Nullable
    Block previous;

    @Nullable
    Block next;

    Block(long address, long size, boolean small) {
        this.address = address;
        this.size = size;
        this.small = small;
    }

    /** Whether it is a whole segment. */
    boolean isWhole() {
        return previous == null && next == null;
    }

    /** Cuts this block to {@code head} bytes and returns the rest as a new block behind it. */
    Block split(long head) {
        Block tail = new Block(address + head, size - head, small);
        tail.mapped = mapped;
        tail.previous = this;
        tail.next = next;
        if (next != null) {
            next.previous = tail;
        }
        next = tail;
        size = head;
        return tail;
    }

    /** Takes in the block behind this one. */
    void absorbNext() {
        Block absorbed = next;
        if (absorbed == null) {
            throw new IllegalStateException("no block behind this one");
        }
        size += absorbed.size;
        next = absorbed.next;
        if (next != null) {
            next.previous = this;
        }
    }
}
