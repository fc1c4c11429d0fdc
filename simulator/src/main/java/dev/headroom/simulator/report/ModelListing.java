package dev.headroom.simulator.report;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.ParameterCount;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.ModelEntry;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.report.Listing.Column;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The catalog of models as a result: all of them, or one. */
public final class ModelListing {
    private static final List<Column> COLUMNS = List.of(
            new Column("id", "id", false),
            new Column("name", "", false),
            new Column("repository", "", false),
            new Column("aliases", "", false),
            new Column("modelType", "kind", false),
            new Column("supported", "rules", false),
            new Column("parameters", "parameters", true),
            new Column("layers", "layers", true),
            new Column("hiddenSize", "", true),
            new Column("intermediateSize", "", true),
            new Column("attentionHeads", "", true),
            new Column("keyValueHeads", "", true),
            new Column("headSize", "", true),
            new Column("slidingWindow", "", true),
            new Column("vocabularySize", "", true),
            new Column("tiedEmbeddings", "", false),
            new Column("maximumPositions", "", true),
            new Column("publishedParameters", "", true),
            new Column("publishedParametersSource", "", false),
            new Column("source", "", false),
            new Column("retrieved", "", false));

    private ModelListing() {}

    /** Every entry. */
    public static Listing all() {
        return new Listing(
                "models",
                COLUMNS,
                new ModelCatalog().all().stream().map(ModelListing::row).toList(),
                false);
    }

    /**
     * One entry.
     *
     * @throws dev.headroom.simulator.input.InputException if there is none
     */
    public static Listing entry(String id) {
        ModelEntry entry = new ModelCatalog().find(id, Place.of("models show"));
        return new Listing("models", COLUMNS, List.of(row(entry)), true);
    }

    private static List<String> row(ModelEntry entry) {
        Architecture model = entry.architecture();
        Optional<Family> family = Family.of(model.modelType());
        boolean supported =
                family.isPresent() && family.get().missingRule(model).isEmpty();
        OptionalLong window = model.attention().slidingWindow();
        return List.of(
                entry.id(),
                entry.name(),
                entry.repository(),
                String.join(" ", entry.aliases()),
                model.modelType(),
                supported ? "yes" : "no",
                // What has no family only has the published count.
                Long.toString(
                        family.isPresent()
                                ? ParameterCount.of(model)
                                : entry.published().parameters()),
                Integer.toString(model.layers()),
                Long.toString(model.hiddenSize()),
                Long.toString(model.intermediateSize()),
                Long.toString(model.attention().query()),
                Long.toString(model.attention().keyValue()),
                Long.toString(model.attention().dimension()),
                window.isPresent() ? Long.toString(window.getAsLong()) : "",
                Long.toString(model.vocabularySize()),
                model.tiedEmbeddings() ? "yes" : "no",
                Long.toString(model.positions().maximum()),
                Long.toString(entry.published().parameters()),
                entry.published().source(),
                entry.source(),
                entry.retrieved());
    }
}
