package dev.headroom.validation.measure;

import java.lang.reflect.Field;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.internal.AbstractSession;
import org.nd4j.autodiff.samediff.internal.DependencyTracker;

/** ND4J's tracker with sets that keep the order of insertion, so that every run executes operations in the same order. */
final class OrderedTracker<T, D> extends DependencyTracker<T, D> {
    /** Gives a session such a tracker in place of its own. */
    static void replaceIn(AbstractSession<?, ?> session) {
        try {
            Field tracker = AbstractSession.class.getDeclaredField("dt");
            tracker.setAccessible(true);
            tracker.set(session, new OrderedTracker<>());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("ND4J's session is not as in 1.0.0-M1.1", e);
        }
    }

    @Override
    protected Map<T, ?> newTMap() {
        return new LinkedHashMap<>();
    }

    @Override
    protected Set<T> newTSet() {
        return new LinkedHashSet<>();
    }
}
