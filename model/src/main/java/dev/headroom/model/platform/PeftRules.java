package dev.headroom.model.platform;

import java.util.Set;

/** What differs between versions of PEFT. */
public final class PeftRules {
    /** Versions in which {@code tuners/lora/gptq.py} adds to the result of a quantized layer in place. */
    private static final Set<String> IN_PLACE_ON_GPTQ = Set.of("0.8", "0.12", "0.13");

    private PeftRules() {}

    /** Whether LoRA adds its update to the result of a GPTQ layer in place. */
    public static boolean addsToGptqInPlace(SoftwareStack stack) {
        return IN_PLACE_ON_GPTQ.contains(stack.peft());
    }
}
