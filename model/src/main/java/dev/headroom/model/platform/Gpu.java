package dev.headroom.model.platform;

import dev.headroom.model.quantity.Bytes;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A graphics card.
 *
 * @param id catalog id, such as {@code a100-80gb}
 * @param name the vendor's name
 * @param driverNames names by which the driver reports it
 * @param memory total memory as the driver reports it
 * @param computeCapability decides which kernels run
 * @param multiprocessors streaming multiprocessors, if known; they decide how kernels split sums
 * @param rates speeds from the data sheet
 */
public record Gpu(
        String id,
        String name,
        List<String> driverNames,
        Bytes memory,
        ComputeCapability computeCapability,
        OptionalInt multiprocessors,
        Rates rates) {
    public Gpu {
        driverNames = List.copyOf(driverNames);
    }

    /**
     * Data sheet rates.
     *
     * @param memoryBandwidth [10⁹ bytes per second]
     * @param fp32 dense rate [10¹² operations per second]
     * @param bf16 dense tensor-core rate [10¹² operations per second], if the card has one
     * @param fp16 dense tensor-core rate [10¹² operations per second], if the card has one
     */
    public record Rates(double memoryBandwidth, OptionalDouble fp32, OptionalDouble bf16, OptionalDouble fp16) {}
}
