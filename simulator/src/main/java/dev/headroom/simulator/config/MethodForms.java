package dev.headroom.simulator.config;

import static dev.headroom.simulator.config.JobKey.ADAPTER_DTYPE;
import static dev.headroom.simulator.config.JobKey.BIAS;
import static dev.headroom.simulator.config.JobKey.BLOCK_SIZE;
import static dev.headroom.simulator.config.JobKey.DROPOUT;
import static dev.headroom.simulator.config.JobKey.ENCODER_HIDDEN_SIZE;
import static dev.headroom.simulator.config.JobKey.INITIAL_RANK;
import static dev.headroom.simulator.config.JobKey.MODULES_TO_SAVE;
import static dev.headroom.simulator.config.JobKey.RANK;
import static dev.headroom.simulator.config.JobKey.RANK_PATTERN;
import static dev.headroom.simulator.config.JobKey.TARGETS;
import static dev.headroom.simulator.config.JobKey.TRAINED_LAYERS;
import static dev.headroom.simulator.config.JobKey.VIRTUAL_TOKENS;

import dev.headroom.model.method.Adalora;
import dev.headroom.model.method.BitFit;
import dev.headroom.model.method.Boft;
import dev.headroom.model.method.Dora;
import dev.headroom.model.method.FrozenEmbeddings;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.HeadOnly;
import dev.headroom.model.method.Hira;
import dev.headroom.model.method.Ia3;
import dev.headroom.model.method.LastLayers;
import dev.headroom.model.method.LnTuning;
import dev.headroom.model.method.Loha;
import dev.headroom.model.method.Lokr;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Miss;
import dev.headroom.model.method.Oft;
import dev.headroom.model.method.PTuning;
import dev.headroom.model.method.PrefixTuning;
import dev.headroom.model.method.PromptTuning;
import dev.headroom.model.method.Rslora;
import dev.headroom.model.method.TrainedBeside;
import dev.headroom.model.method.TrainedBeside.Biases;
import dev.headroom.model.method.Vera;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every method that has rules, and how it is written. */
final class MethodForms {
    private static final Map<JobKey, String> LORA = Map.of(
            RANK,
            "16",
            TARGETS,
            "all-linear",
            DROPOUT,
            "0.0",
            ADAPTER_DTYPE,
            "auto",
            BIAS,
            "none",
            MODULES_TO_SAVE,
            "none",
            RANK_PATTERN,
            "none");

    private static final List<MethodForm> ALL = List.of(
            new MethodForm("full", Map.of(), values -> new FullFineTuning()),
            new MethodForm("lora", LORA, MethodForms::lora),
            new MethodForm("rslora", LORA, values -> new Rslora(lora(values))),
            new MethodForm("dora", LORA, values -> new Dora(lora(values))),
            new MethodForm(
                    "adalora",
                    Map.of(INITIAL_RANK, "12", TARGETS, "all-linear", DROPOUT, "0.0"),
                    values -> new Adalora(values.whole(INITIAL_RANK), values.targets(), values.probability(DROPOUT))),
            new MethodForm(
                    "vera",
                    Map.of(RANK, "256", TARGETS, "attention-qv", DROPOUT, "0.0"),
                    values -> new Vera(values.whole(RANK), values.targets(), values.probability(DROPOUT))),
            new MethodForm(
                    "loha",
                    Map.of(RANK, "8", TARGETS, "all-linear"),
                    values -> new Loha(values.whole(RANK), values.targets())),
            new MethodForm(
                    "lokr",
                    Map.of(RANK, "8", TARGETS, "all-linear"),
                    values -> new Lokr(values.whole(RANK), values.targets())),
            new MethodForm(
                    "hira",
                    Map.of(RANK, "32", TARGETS, "all-linear"),
                    values -> new Hira(values.whole(RANK), values.targets())),
            new MethodForm(
                    "miss",
                    Map.of(RANK, "64", TARGETS, "all-linear"),
                    values -> new Miss(values.whole(RANK), values.targets())),
            new MethodForm(
                    "oft",
                    Map.of(BLOCK_SIZE, "32", TARGETS, "all-linear"),
                    values -> new Oft(values.whole(BLOCK_SIZE), values.targets())),
            new MethodForm(
                    "boft",
                    Map.of(BLOCK_SIZE, "4", TARGETS, "all-linear"),
                    values -> new Boft(values.whole(BLOCK_SIZE), values.targets())),
            new MethodForm(
                    "prompt-tuning",
                    Map.of(VIRTUAL_TOKENS, "20"),
                    values -> new PromptTuning(values.whole(VIRTUAL_TOKENS))),
            new MethodForm(
                    "prefix-tuning",
                    Map.of(VIRTUAL_TOKENS, "20"),
                    values -> new PrefixTuning(values.whole(VIRTUAL_TOKENS))),
            new MethodForm(
                    "p-tuning",
                    Map.of(VIRTUAL_TOKENS, "20", ENCODER_HIDDEN_SIZE, "none"),
                    values -> new PTuning(values.whole(VIRTUAL_TOKENS), values.optionalWhole(ENCODER_HIDDEN_SIZE))),
            new MethodForm("ia3", Map.of(), values -> new Ia3()),
            new MethodForm("ln-tuning", Map.of(), values -> new LnTuning()),
            new MethodForm("full-frozen-embeddings", Map.of(), values -> new FrozenEmbeddings()),
            new MethodForm("last-4-layers", Map.of(), values -> new LastLayers(4)),
            new MethodForm(
                    "last-layers", Map.of(TRAINED_LAYERS, "4"), values -> new LastLayers(values.whole(TRAINED_LAYERS))),
            new MethodForm("bitfit", Map.of(), values -> new BitFit()),
            new MethodForm("lm-head-only", Map.of(), values -> new HeadOnly()));

    private MethodForms() {}

    private static Lora lora(MethodForm.Values values) {
        return new Lora(
                values.whole(RANK),
                values.targets(),
                values.probability(DROPOUT),
                values.adapterDtype(),
                new TrainedBeside(Biases.of(values.word(BIAS)), values.words(MODULES_TO_SAVE)),
                values.rankPattern());
    }

    static Optional<MethodForm> of(String name) {
        return ALL.stream().filter(form -> form.name().equals(name)).findFirst();
    }

    /** Names of the methods. */
    static List<String> names() {
        return ALL.stream().map(MethodForm::name).toList();
    }
}
