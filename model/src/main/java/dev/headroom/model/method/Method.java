package dev.headroom.model.method;

/** How a model is fine-tuned: which parameters train, and which modules are wrapped. */
public sealed interface Method permits FullFineTuning, Lora {
    /** The name used on the command line and in files, such as {@code lora}. */
    String name();
}
