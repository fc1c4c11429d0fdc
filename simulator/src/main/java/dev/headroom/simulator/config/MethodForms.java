package dev.headroom.simulator.config;

import static dev.headroom.simulator.config.JobKey.ADAPTER_DTYPE;
import static dev.headroom.simulator.config.JobKey.DROPOUT;
import static dev.headroom.simulator.config.JobKey.RANK;
import static dev.headroom.simulator.config.JobKey.TARGETS;

import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Lora;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every method that has rules, and how it is written. */
final class MethodForms {
    private static final List<MethodForm> ALL = List.of(
            new MethodForm("full", Map.of(), values -> new FullFineTuning()),
            new MethodForm(
                    "lora",
                    Map.of(RANK, "16", TARGETS, "all-linear", DROPOUT, "0.0", ADAPTER_DTYPE, "auto"),
                    values -> new Lora(
                            values.whole(RANK), values.targets(), values.probability(DROPOUT), values.adapterDtype())));

    private MethodForms() {}

    static Optional<MethodForm> of(String name) {
        return ALL.stream().filter(form -> form.name().equals(name)).findFirst();
    }

    /** Names of the methods. */
    static List<String> names() {
        return ALL.stream().map(MethodForm::name).toList();
    }
}
