package dev.headroom.model.method;

import dev.headroom.model.architecture.WeightedModule;
import java.util.Map;
import java.util.OptionalInt;

/** A method whose update is a product of factors of low rank, with no other options than rank and targets. */
public interface LowRankProduct extends AdapterMethod {
    /** Inner dimension of the factors. */
    int rank();

    @Override
    default OptionalInt requiredSide(WeightedModule target) {
        return OptionalInt.of(rank());
    }

    @Override
    default String description() {
        return "%s (r=%s on %s)".formatted(name(), rank(), targets());
    }

    @Override
    default Map<String, Object> options() {
        return new Options()
                .with("rank", rank())
                .with("targets", targets().toString())
                .map();
    }
}
