package dev.headroom.simulator.report;

import dev.headroom.model.platform.Gpu;
import dev.headroom.simulator.catalog.GpuCatalog;
import dev.headroom.simulator.catalog.GpuEntry;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.report.Listing.Column;
import java.math.BigDecimal;
import java.util.List;
import java.util.OptionalDouble;

/** The catalog of cards as a result: all of them, or one. */
public final class GpuListing {
    private static final List<Column> COLUMNS = List.of(
            new Column("id", "id", false),
            new Column("name", "", false),
            new Column("driverNames", "", false),
            new Column("memoryMiB", "MiB", true),
            new Column("memoryBytes", "", true),
            new Column("memoryBandwidthGBps", "GB/s", true),
            new Column("bf16Tflops", "bf16 TF", true),
            new Column("fp16Tflops", "fp16 TF", true),
            new Column("fp32Tflops", "fp32 TF", true),
            new Column("computeCapability", "CC", false),
            new Column("multiprocessors", "", true),
            new Column("memoryNote", "", false),
            new Column("memorySource", "", false),
            new Column("bandwidthSource", "", false),
            new Column("ratesSource", "", false),
            new Column("computeCapabilitySource", "", false),
            new Column("retrieved", "", false));

    private GpuListing() {}

    /** Every entry. */
    public static Listing all() {
        return new Listing(
                "gpus",
                COLUMNS,
                new GpuCatalog().all().stream().map(GpuListing::row).toList(),
                false);
    }

    /**
     * One entry.
     *
     * @throws dev.headroom.simulator.input.InputException if there is none
     */
    public static Listing entry(String id) {
        GpuEntry entry = new GpuCatalog().find(id, Place.of("gpus show"));
        return new Listing("gpus", COLUMNS, List.of(row(entry)), true);
    }

    private static List<String> row(GpuEntry entry) {
        Gpu gpu = entry.gpu();
        return List.of(
                gpu.id(),
                gpu.name(),
                String.join(", ", gpu.driverNames()),
                Long.toString(gpu.memory().count() >> 20),
                Long.toString(gpu.memory().count()),
                number(OptionalDouble.of(gpu.rates().memoryBandwidth())),
                number(gpu.rates().bf16()),
                number(gpu.rates().fp16()),
                number(gpu.rates().fp32()),
                gpu.computeCapability().toString(),
                gpu.multiprocessors().isPresent()
                        ? Integer.toString(gpu.multiprocessors().getAsInt())
                        : "",
                entry.memoryNote().orElse(""),
                entry.sources().getOrDefault("memoryMiB", ""),
                entry.sources().getOrDefault("memoryBandwidthGBps", ""),
                entry.sources().getOrDefault("tflops", ""),
                entry.sources().getOrDefault("computeCapability", ""),
                entry.retrieved());
    }

    private static String number(OptionalDouble rate) {
        return rate.isEmpty()
                ? ""
                : BigDecimal.valueOf(rate.getAsDouble()).stripTrailingZeros().toPlainString();
    }
}
