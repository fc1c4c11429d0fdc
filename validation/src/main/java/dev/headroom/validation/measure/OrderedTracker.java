package dev.headroom.validation.measure;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.internal.DependencyTracker;

/** ND4J's tracker with sets that keep the order of insertion, so that every run executes operations in the same order. */
final class OrderedTracker<T, D> extends DependencyTracker<T, D> {
    @Override
    protected Map<T, ?> newTMap() {
        return new LinkedHashMap<>();
    }

    @Override
    protected Set<T> newTSet() {
        return new LinkedHashSet<>();
    }
}
