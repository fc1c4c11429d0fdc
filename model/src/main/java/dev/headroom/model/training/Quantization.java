package dev.headroom.model.training;

import dev.headroom.model.quantity.DType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the frozen weights of a model's linear layers are held in fewer bits; embedding, norms and output head are not.
 *
 * @param kind the scheme
 * @param doubleQuant whether the scales of blocks are quantized as well (nf4)
 * @param computeDtype the type layers are told to compute in (nf4), if they are told
 * @param upcast which of the other weights are held in float32
 * @param groupSize inputs that share a scale (gptq4); all of them if there is none
 */
public record Quantization(
        Kind kind, boolean doubleQuant, Optional<DType> computeDtype, Upcast upcast, OptionalInt groupSize) {
    /** A scheme, by the library that has it. */
    public enum Kind {
        /** 4-bit normal floats in blocks of 64 (bitsandbytes). */
        NF4,
        /** LLM.int8: rows of 8-bit numbers (bitsandbytes). */
        INT8,
        /** Groups of 4-bit numbers, found by a calibration beforehand (GPTQ). */
        GPTQ4;

        /** The word used on the command line and in files. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Optional<Kind> parse(String id) {
            return Arrays.stream(values())
                    .filter(value -> value.id().equals(id))
                    .findFirst();
        }
    }

    /** Which of the weights that are not quantized become float32 before adapters are added. */
    public enum Upcast {
        /** All, as by PEFT's {@code prepare_model_for_kbit_training}. */
        ALL,
        /** Norms and biases: TRL's SFTTrainer takes embedding and head back to bfloat16. */
        NORMS,
        /** None: the model is not prepared. */
        NONE;

        /** The word used on the command line and in files. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Optional<Upcast> parse(String id) {
            return Arrays.stream(values())
                    .filter(value -> value.id().equals(id))
                    .findFirst();
        }
    }

    /** The scheme with its options in words. */
    @Override
    public String toString() {
        String text = kind.id() + (doubleQuant ? " with double quantization" : "");
        if (kind == Kind.GPTQ4) {
            return text + (groupSize.isPresent() ? " in groups of " + groupSize.getAsInt() : " without groups");
        }
        String computed = computeDtype.map(type -> ", computed in " + type).orElse("");
        return text + computed + (upcast == Upcast.ALL ? "" : ", upcast " + upcast.id());
    }
}
