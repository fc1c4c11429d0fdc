package dev.headroom.model.platform;

import java.util.Map;
import java.util.TreeMap;

/**
 * The libraries a job runs on. Rules of what a framework does are keyed by these versions.
 *
 * @param torch PyTorch's version, such as {@code 2.11}
 * @param transformers Hugging Face Transformers' version
 * @param peft PEFT's version
 * @param cuda the CUDA toolkit PyTorch was built with
 */
public record SoftwareStack(String torch, String transformers, String peft, String cuda) {
    /** The stack whose rules are modelled and were measured. */
    public static final SoftwareStack NEWEST = new SoftwareStack("2.11", "5.17", "0.21", "13.0");

    /** Name and version of every library, in alphabetical order. */
    public Map<String, String> versions() {
        return new TreeMap<>(Map.of("cuda", cuda, "peft", peft, "torch", torch, "transformers", transformers));
    }

    /** {@code torch=2.11,transformers=5.17,peft=0.21}. */
    @Override
    public String toString() {
        return "torch=%s,transformers=%s,peft=%s".formatted(torch, transformers, peft);
    }
}
