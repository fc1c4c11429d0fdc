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
 * @param bitsandbytes the version of bitsandbytes, of jobs that use it
 */
public record SoftwareStack(String torch, String transformers, String peft, String cuda, String bitsandbytes) {
    /** The stack whose rules are modelled and were measured. */
    public static final SoftwareStack NEWEST = new SoftwareStack("2.11", "5.17", "0.21", "13.0", "0.49");

    /** The version of ND4J whose rules are modelled and were measured. */
    public static final String ND4J = "1.0.0-M1.1";

    /** Name and version of every library, in alphabetical order; without bitsandbytes, which few jobs use. */
    public Map<String, String> versions() {
        return new TreeMap<>(Map.of("cuda", cuda, "peft", peft, "torch", torch, "transformers", transformers));
    }

    /** Name and version of every library and of bitsandbytes, in alphabetical order. */
    public Map<String, String> versionsWithBitsandbytes() {
        Map<String, String> versions = versions();
        versions.put("bitsandbytes", bitsandbytes);
        return versions;
    }

    /** {@code torch=2.11,transformers=5.17,peft=0.21}. */
    @Override
    public String toString() {
        return "torch=%s,transformers=%s,peft=%s".formatted(torch, transformers, peft);
    }
}
