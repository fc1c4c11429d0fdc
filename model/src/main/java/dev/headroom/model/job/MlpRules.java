package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.method.Adalora;
import dev.headroom.model.method.AdapterMethod;
import dev.headroom.model.method.Method;
import dev.headroom.model.method.Oft;
import dev.headroom.model.platform.TransformersRules;
import java.util.List;
import java.util.Set;

/** Which jobs MLPs over tiles of tokens are known for. Source: Liger-Kernel 0.8.2, {@code transformers/tiled_mlp.py}. */
final class MlpRules {
    private static final String KEY = "mlpTiles";

    /** Models whose MLP is silu(gate) times up, of three matrices without biases, as LigerTiledSwiGLUMLP's is. */
    private static final Set<String> MODEL_TYPES = Set.of("llama", "mistral", "qwen2", "qwen3");

    private MlpRules() {}

    static void check(FineTuningJob job, Architecture model, List<Problem> problems) {
        if (job.mlpTiles().isEmpty()) {
            return;
        }
        refuseUnless(MODEL_TYPES.contains(model.modelType()), problems, "of " + model.modelType());
        refuseUnless(
                TransformersRules.of(job.stack())
                        .filter(TransformersRules::isNewest)
                        .isPresent(),
                problems,
                "under %s".formatted(job.stack()));
        refuseUnless(job.precision().quantization().isEmpty(), problems, "of quantized weights");
        refuseUnless(isKnown(job.method()), problems, "with " + job.method().name());
        if (job.method() instanceof AdapterMethod adapter
                && !job.checkpointing().isOn()
                && Family.of(model.modelType()).isPresent()
                && adapter.layers(model).stream().allMatch(layer -> layer.path().contains(".mlp."))) {
            problems.add(
                    Problem.invalid(
                            KEY,
                            "the first layer's adapters would get no gradient: nothing before its MLP trains, and its input needs none"));
        }
    }

    /** AdaLoRA and OFT have not been seen within one. */
    private static boolean isKnown(Method method) {
        return !(method instanceof Adalora || method instanceof Oft);
    }

    private static void refuseUnless(boolean known, List<Problem> problems, String what) {
        if (!known) {
            problems.add(Problem.unsupported(KEY, "no rule for tiled MLPs %s".formatted(what)));
        }
    }
}
