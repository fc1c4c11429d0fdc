package dev.headroom.model.samediff;

import dev.headroom.model.explain.RuleBook;
import dev.headroom.model.explain.Source;
import dev.headroom.model.platform.SoftwareStack;
import java.util.List;
import java.util.Map;

/** Where the rules for SameDiff are known from. */
public final class SameDiffRuleBook implements RuleBook {
    /** A word that occurs in a module's path, and the part of the model it stands for; the first that fits counts. */
    private record Part(String word, String part) {}

    private static final List<Part> PARTS = List.of(
            new Part(".lora_", "adapter"),
            new Part("embed_tokens", "embedding"),
            new Part("rotary_emb", "positions and mask"),
            new Part("norm", "norms"),
            new Part("_proj", "projections"),
            new Part(".self_attn", "attention"),
            new Part(".mlp", "MLP"),
            new Part(".layers.", "residual stream"),
            new Part("lm_head", "output head"),
            new Part("loss", "loss"),
            new Part("model", "positions and mask"));

    /** What does not come from an operation of the graph, and where its rule is. */
    private static final Map<String, String> FILES = Map.of(
            "parameter", "the network: dev.headroom.model.samediff.network.LlamaNetwork",
            "buffer", "the network: dev.headroom.model.samediff.network.LlamaNetwork",
            "tokens", "the network: dev.headroom.model.samediff.network.LlamaNetwork",
            "labels", "the network: dev.headroom.model.samediff.network.LlamaNetwork",
            "DeviceLocalNDArray", "DeviceLocalNDArray.broadcast, its delayed array",
            "state view", "SameDiff.initializeTraining",
            "ArrayCacheMemoryMgr", "ArrayCacheMemoryMgr.release");

    @Override
    public String part(String module, String operation) {
        for (Part part : PARTS) {
            if (module.contains(part.word())) {
                return part.part();
            }
        }
        return "training loop";
    }

    @Override
    public Source source(String module, String operation) {
        String rule = FILES.getOrDefault(
                operation,
                "InferenceSession.getOutputs: the output of '%s' is released after its last reader"
                        .formatted(operation));
        return new Source(Source.Kind.SOURCE_CODE, "ND4J %s, %s".formatted(SoftwareStack.ND4J, rule));
    }

    @Override
    public Source allocator() {
        return new Source(
                Source.Kind.MEASURED,
                "ND4J %s: libnd4j's arrays within an operation, and cudaMalloc's pages of 2 MiB"
                        .formatted(SoftwareStack.ND4J));
    }
}
