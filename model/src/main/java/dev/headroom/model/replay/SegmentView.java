package dev.headroom.model.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A segment of device memory, cut into blocks.
 *
 * @param small whether it serves requests of at most 1 MiB
 * @param blocks its blocks, in the order of addresses
 */
public record SegmentView(boolean small, List<BlockView> blocks) {
    public SegmentView {
        blocks = List.copyOf(blocks);
    }

    /**
     * A block.
     *
     * @param bytes its size
     * @param tensor number of the tensor in it, in the step program; none if it is free
     */
    public record BlockView(long bytes, OptionalInt tensor) {}

    /** Bytes held from the driver. */
    public long bytes() {
        return blocks.stream().mapToLong(BlockView::bytes).sum();
    }

    /** Bytes in blocks handed out. */
    public long used() {
        return blocks.stream()
                .filter(block -> block.tensor().isPresent())
                .mapToLong(BlockView::bytes)
                .sum();
    }

    /** Bytes of the largest free block; 0 if there is none. */
    public long largestHole() {
        return blocks.stream()
                .filter(block -> block.tensor().isEmpty())
                .mapToLong(BlockView::bytes)
                .max()
                .orElse(0);
    }

    /** The blocks from one on. */
    static SegmentView from(Block first) {
        List<BlockView> views = new ArrayList<>();
        for (@Nullable Block block = first; block != null; block = block.next) {
            if (block.mapped) {
                views.add(new BlockView(block.size, block.free ? OptionalInt.empty() : OptionalInt.of(block.tensor)));
            }
        }
        return new SegmentView(first.small, views);
    }
}
