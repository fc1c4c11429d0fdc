package dev.headroom.model.method;

import java.util.Locale;

/** Element type of adapter weights. */
public enum AdapterDtype {
    /** PEFT's default: float32 over a 16-bit base ({@code autocast_adapter_dtype=True}). */
    AUTO,
    FP32,
    /** The base weights' type ({@code autocast_adapter_dtype=False}). */
    WEIGHTS;

    /** The name used on the command line, such as {@code auto}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
