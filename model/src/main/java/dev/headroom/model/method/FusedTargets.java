package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.architecture.WeightedModule.Weight;
import dev.headroom.model.method.Targets.Preset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What LoRA's targets mean in a mixture of experts whose router and experts were linear layers in Transformers 4 and are
 * parameters in Transformers 5: their old names stand for the parameters, and for no linear layer any more.
 *
 * <p>Source: peft 0.21, {@code utils/transformers_weight_conversion.py}, {@code _MOE_TARGET_MODULE_MAPPING},
 * {@code _convert_peft_config_moe}; transformers 5.17, {@code conversion_mapping.py}, {@code _MODEL_TO_CONVERSION_PATTERN},
 * which names the architectures this is done for: qwen2_moe, whose pattern it is, is not among them.
 */
final class FusedTargets {
    /** Former linear layers, the ends of the paths of the parameters they are now part of, and which two are one now. */
    private record Naming(Map<String, String> parameters, List<String> halves) {
        static Naming of(String gate, String up, String down) {
            Map<String, String> parameters = new LinkedHashMap<>();
            parameters.put("gate", ".gate.weight");
            parameters.put(gate, ".gate_up_proj");
            parameters.put(up, ".gate_up_proj");
            parameters.put(down, ".down_proj");
            return new Naming(parameters, List.of(gate, up));
        }
    }

    private static final Naming NONE = new Naming(Map.of(), List.of());
    private static final Naming LIKE_QWEN = Naming.of("gate_proj", "up_proj", "down_proj");
    private static final Map<String, Naming> BY_MODEL_TYPE = Map.of(
            "olmoe", LIKE_QWEN,
            "qwen3_moe", LIKE_QWEN,
            "deepseek_v3", LIKE_QWEN,
            "mixtral", Naming.of("w1", "w3", "w2"));

    private FusedTargets() {}

    /** The names that stand for parameters of an architecture; none if its experts are not converted. */
    static Set<String> words(Architecture architecture) {
        return naming(architecture).parameters().keySet();
    }

    private static Naming naming(Architecture architecture) {
        return BY_MODEL_TYPE.getOrDefault(architecture.modelType(), NONE);
    }

    /** The parameters that are adapted, in the order of the model's modules. */
    static List<TargetParameter> of(Targets targets, Architecture architecture) {
        Set<String> meant = meant(targets, architecture);
        Map<String, String> parameters = naming(architecture).parameters();
        List<TargetParameter> found = new ArrayList<>();
        for (WeightedModule module : architecture.modules()) {
            if (module.kind() != Kind.PARAMETERS) {
                continue;
            }
            for (Weight weight : module.weights()) {
                String path = module.path() + "." + weight.name();
                long parts = meant.stream()
                        .filter(word -> path.endsWith(parameters.getOrDefault(word, word)))
                        .count();
                if (parts > 0) {
                    found.add(new TargetParameter(module, weight, (int) parts));
                }
            }
        }
        return found;
    }

    /** What PEFT finds wrong with targets that name a part of a fused parameter only. */
    static Optional<String> problem(Targets targets, Architecture architecture) {
        Set<String> meant = meant(targets, architecture);
        List<String> halves = naming(architecture).halves();
        return halves.isEmpty() || meant.containsAll(halves) || halves.stream().noneMatch(meant::contains)
                ? Optional.empty()
                : Optional.of("%s of %s are one parameter: name both or neither"
                        .formatted(String.join(" and ", halves), architecture.modelType()));
    }

    private static Set<String> meant(Targets targets, Architecture architecture) {
        Set<String> meant = new TreeSet<>();
        for (String word : targets.words()) {
            if (word.equals(Preset.ALL_LINEAR.id())) {
                meant.addAll(words(architecture));
            } else if (word.equals(Preset.MLP.id())) {
                meant.addAll(Family.of(architecture.modelType()).orElseThrow().mlp());
            } else {
                meant.add(word);
            }
        }
        meant.retainAll(words(architecture));
        return meant;
    }
}
