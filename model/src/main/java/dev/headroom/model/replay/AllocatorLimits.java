package dev.headroom.model.replay;

import java.util.OptionalLong;

/**
 * Sizes that a user's settings give the caching allocator.
 *
 * @param maxSplitSize blocks of this size and above are not split, and serve only requests of nearly their size [bytes];
 *     {@link Long#MAX_VALUE} without such a limit
 * @param collectAbove bytes above which cached segments that have not been used for long are given back before a new one is
 *     taken
 */
record AllocatorLimits(long maxSplitSize, OptionalLong collectAbove) {
    static final AllocatorLimits NONE = new AllocatorLimits(Long.MAX_VALUE, OptionalLong.empty());
}
