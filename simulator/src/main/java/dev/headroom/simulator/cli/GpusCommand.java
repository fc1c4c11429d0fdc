package dev.headroom.simulator.cli;

import dev.headroom.simulator.report.GpuListing;
import dev.headroom.simulator.report.Listing;

/** {@code headroom gpus}: the catalog of cards. */
final class GpusCommand extends CatalogCommand {
    GpusCommand() {
        super(
                "gpus",
                "Lists the cards Headroom knows by name, or shows one.",
                "  headroom gpus",
                "  headroom gpus show a100-80gb --format json");
    }

    @Override
    Listing all() {
        return GpuListing.all();
    }

    @Override
    Listing entry(String id) {
        return GpuListing.entry(id);
    }
}
