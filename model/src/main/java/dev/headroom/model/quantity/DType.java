package dev.headroom.model.quantity;

import java.util.Arrays;
import java.util.Optional;

/** Element types. Widths are in bits, because 4-bit weights exist. */
public enum DType {
    FLOAT32("float32", "fp32", 32),
    BFLOAT16("bfloat16", "bf16", 16),
    FLOAT16("float16", "fp16", 16),
    INT64("int64", "int64", 64),
    INT32("int32", "int32", 32),
    INT8("int8", "int8", 8),
    UINT8("uint8", "uint8", 8),
    BOOL("bool", "bool", 8);

    private final String longName;
    private final String shortName;
    private final int bits;

    DType(String longName, String shortName, int bits) {
        this.longName = longName;
        this.shortName = shortName;
        this.bits = bits;
    }

    /** Width of one element [bits]. */
    public int bits() {
        return bits;
    }

    /** PyTorch's name, such as {@code bfloat16}. */
    public String longName() {
        return longName;
    }

    /** The short name used on the command line, such as {@code bf16}. */
    public String shortName() {
        return shortName;
    }

    public boolean isFloatingPoint() {
        return this == FLOAT32 || isHalf();
    }

    /** Whether this is one of the 16-bit floating-point types. */
    public boolean isHalf() {
        return this == BFLOAT16 || this == FLOAT16;
    }

    /** Finds a type by its long or short name. */
    public static Optional<DType> parse(String name) {
        return Arrays.stream(values())
                .filter(type -> type.longName.equals(name) || type.shortName.equals(name))
                .findFirst();
    }

    /**
     * The type of the result of an operation on two tensors.
     *
     * @see <a href="https://pytorch.org/docs/stable/tensor_attributes.html">PyTorch, tensor attributes, type promotion</a>
     */
    public static DType promote(DType a, DType b) {
        if (a == b) {
            return a;
        }
        if (a.isFloatingPoint() && b.isFloatingPoint()) {
            return FLOAT32;
        }
        if (a.isFloatingPoint()) {
            return a;
        }
        if (b.isFloatingPoint()) {
            return b;
        }
        return a.bits >= b.bits ? a : b;
    }

    @Override
    public String toString() {
        return longName;
    }
}
