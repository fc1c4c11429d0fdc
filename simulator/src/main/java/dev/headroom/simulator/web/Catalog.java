package dev.headroom.simulator.web;

import dev.headroom.simulator.report.GpuListing;
import dev.headroom.simulator.report.MethodListing;
import dev.headroom.simulator.report.ModelListing;
import java.util.Optional;

/** The catalogs as JSON, as the commands {@code models} and {@code gpus} print them. Made when first asked for. */
final class Catalog {
    private final Memo models = new Memo(() -> Reply.json(ModelListing.all().json()));
    private final Memo methods = new Memo(() -> Reply.json(MethodListing.json()));
    private final Memo gpus = new Memo(() -> Reply.json(GpuListing.all().json()));

    /** The catalog of a name. */
    Optional<Reply> at(String name) {
        return switch (name) {
            case "models" -> Optional.of(models.get());
            case "methods" -> Optional.of(methods.get());
            case "gpus" -> Optional.of(gpus.get());
            default -> Optional.empty();
        };
    }
}
