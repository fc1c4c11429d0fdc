package dev.headroom.simulator.catalog;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.input.Fields;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.input.YamlReader;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What processes were measured to hold beside PyTorch's allocator, by card, driver and libraries. */
public final class OverheadCatalog {
    private final CatalogDirectory directory = new CatalogDirectory("platforms");

    /** Every measured overhead, by id. */
    public List<ProcessOverhead> all() {
        List<ProcessOverhead> overheads = new ArrayList<>();
        for (String id : directory.ids()) {
            directory.file(id).map(OverheadCatalog::read).ifPresent(overheads::add);
        }
        return overheads;
    }

    private static ProcessOverhead read(InputText file) {
        Problems problems = new Problems();
        Fields fields = Fields.of(YamlReader.read(file, problems), problems);
        ProcessOverhead overhead = new ProcessOverhead(
                fields.text("gpu"),
                fields.text("driver"),
                fields.text("stack"),
                new Bytes(fields.positive("contextBytes")),
                fields.optional("trainingKernelsBytes").isPresent()
                        ? new Bytes(fields.positive("trainingKernelsBytes"))
                        : Bytes.ZERO,
                fields.optional("kernelsBytes").isPresent() ? modules(fields.fields("kernelsBytes")) : Map.of(),
                fields.text("source"),
                true);
        fields.refuseOthers();
        problems.throwIfAny();
        return overhead;
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
