package dev.headroom.simulator.catalog;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.platform.ProcessOverhead.Basis;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.input.Fields;
import java.util.EnumMap;
import java.util.Map;

/** Reads what processes hold on one platform, as it is written in the catalog and in calibrations. */
final class PlatformFields {
    private PlatformFields() {}

    static ProcessOverhead read(Fields fields, Basis basis) {
        ProcessOverhead overhead = new ProcessOverhead(
                fields.text("gpu"),
                fields.text("driver"),
                fields.text("stack"),
                new Bytes(fields.positive("contextBytes")),
                optional(fields, "trainingKernelsBytes", Bytes.ZERO),
                fields.optional("kernelsBytes").isPresent() ? modules(fields.fields("kernelsBytes")) : Map.of(),
                optional(fields, "pageBytes", ProcessOverhead.LARGEST_PAGE),
                fields.text("source"),
                basis);
        fields.refuseOthers();
        return overhead;
    }

    private static Bytes optional(Fields fields, String key, Bytes standard) {
        return fields.optional(key).isPresent() ? new Bytes(fields.positive(key)) : standard;
    }

    private static Map<KernelModule, Bytes> modules(Fields fields) {
        Map<KernelModule, Bytes> modules = new EnumMap<>(KernelModule.class);
        for (KernelModule module : KernelModule.values()) {
            if (fields.optional(module.id()).isPresent()) {
                modules.put(module, new Bytes(fields.positive(module.id())));
            }
        }
        fields.refuseOthers();
        return modules;
    }
}
