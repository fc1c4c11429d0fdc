package dev.headroom.simulator.catalog;

import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.platform.ProcessOverhead.Basis;
import dev.headroom.simulator.input.Fields;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.input.YamlReader;
import java.util.ArrayList;
import java.util.List;

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

    /** Those of a calibration first, which win over the measured ones behind them. */
    public List<ProcessOverhead> after(List<ProcessOverhead> calibrated) {
        List<ProcessOverhead> overheads = new ArrayList<>(calibrated);
        overheads.addAll(all());
        return overheads;
    }

    private static ProcessOverhead read(InputText file) {
        Problems problems = new Problems();
        ProcessOverhead overhead =
                PlatformFields.read(Fields.of(YamlReader.read(file, problems), problems), Basis.MEASURED);
        problems.throwIfAny();
        return overhead;
    }
}
