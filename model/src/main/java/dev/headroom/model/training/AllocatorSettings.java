package dev.headroom.model.training;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What {@code PYTORCH_CUDA_ALLOC_CONF} and {@code torch.cuda.set_per_process_memory_fraction} set.
 *
 * @param expandableSegments {@code expandable_segments:True}
 * @param maxSplitSize {@code max_split_size_mb}, in bytes: blocks of this size and above are not split
 * @param memoryFraction share of the card's memory that the allocator may hold
 * @param collectionThreshold {@code garbage_collection_threshold}: share of what the allocator may hold above which it gives
 *     unused segments back; means nothing without {@code memoryFraction}
 */
public record AllocatorSettings(
        boolean expandableSegments,
        OptionalLong maxSplitSize,
        OptionalDouble memoryFraction,
        OptionalDouble collectionThreshold) {
    /** PyTorch's own settings. */
    public static final AllocatorSettings STANDARD =
            new AllocatorSettings(false, OptionalLong.empty(), OptionalDouble.empty(), OptionalDouble.empty());

    /** {@code max_split_size_mb} must be larger than this [MiB]. */
    public static final int SMALLEST_SPLIT_LIMIT = 20;
}
