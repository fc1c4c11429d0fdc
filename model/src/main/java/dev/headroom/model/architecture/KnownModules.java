package dev.headroom.model.architecture;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The modules of the architectures that were asked for last, as they are asked for again and again. */
final class KnownModules {
    private static final int MOST = 32;

    private static final Map<Architecture, List<WeightedModule>> KNOWN = new ConcurrentHashMap<>();

    private KnownModules() {}

    /**
     * Modules of an architecture.
     *
     * @throws IllegalArgumentException if those of its {@code model_type} are not known
     */
    static List<WeightedModule> of(Architecture architecture) {
        List<WeightedModule> known = KNOWN.get(architecture);
        if (known != null) {
            return known;
        }
        List<WeightedModule> modules = List.copyOf(Family.of(architecture.modelType())
                .orElseThrow(() ->
                        new IllegalArgumentException("no modules known for architecture " + architecture.modelType()))
                .modules(architecture));
        if (KNOWN.size() >= MOST) {
            KNOWN.clear();
        }
        KNOWN.put(architecture, modules);
        return modules;
    }
}
