package dev.headroom.model;

import dev.headroom.model.quantity.Bytes;
import java.util.Optional;

/**
 * The three answers about a job, and whether it fits its card.
 *
 * @param peakAllocated bytes of live tensors at the peak
 * @param peakReserved bytes the caching allocator held at most
 * @param process what the driver shows for the process
 * @param verdict whether it fits, if a card was named
 */
public record MemoryAnswers(
        Bytes peakAllocated, Bytes peakReserved, Bytes process, Optional<MemoryEstimate.Verdict> verdict) {}
