package dev.headroom.simulator.cli;

import dev.headroom.simulator.report.Listing;
import dev.headroom.simulator.report.ModelListing;

/** {@code headroom models}: the catalog of models. */
final class ModelsCommand extends CatalogCommand {
    ModelsCommand() {
        super(
                "models",
                "Lists the models Headroom knows by name, or shows one.",
                "  headroom models",
                "  headroom models show llama-3.1-8b --format json");
    }

    @Override
    Listing all() {
        return ModelListing.all();
    }

    @Override
    Listing entry(String id) {
        return ModelListing.entry(id);
    }
}
