package dev.headroom.model.pytorch.nn;

/** Which of PEFT's LoRA layers wraps a linear layer. */
public enum AdapterForm {
    /** {@code lora/layer.py}, {@code Linear}; {@code lora/gptq.py} since 0.16 does the same. */
    LINEAR,
    /** {@code lora/bnb.py}, {@code Linear4bit}, which copies the layer's result. */
    FOUR_BIT,
    /** {@code lora/bnb.py}, {@code Linear8bitLt}. */
    EIGHT_BIT,
    /** {@code lora/gptq.py} before, which adds to the layer's result in place. */
    IN_PLACE
}
